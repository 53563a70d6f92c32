"""What a result was made with."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import torch

from polychrony.experiments.machine import (
    command,
    library_versions,
    machine,
    on_processor,
)


def test_versions_are_those_installed_and_none_for_what_is_missing(monkeypatch):
    monkeypatch.setattr("polychrony.experiments.machine.LIBRARIES", ("torch", "no-such-library"))
    assert library_versions() == {"torch": version("torch"), "no-such-library": None}


def test_the_program_itself_is_among_the_libraries():
    assert library_versions()["polychrony"]


def test_a_machine_can_be_written_as_json():
    told = json.loads(json.dumps(machine()))
    assert told["python"] == platform.python_version()
    assert told["torch_threads"] == torch.get_num_threads()
    assert told["cores"] >= 1
    assert told["processor"]
    assert len(told["gpus"]) == torch.cuda.device_count()


def test_the_command_is_what_one_would_type(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/opt/bin/polychrony", "train", "shd", "--run", "my run"])
    assert command() == "polychrony train shd --run 'my run'"


def test_auto_means_the_processor_only_for_want_of_a_gpu(monkeypatch):
    for present in (True, False):
        monkeypatch.setattr("torch.accelerator.is_available", lambda present=present: present)
        assert on_processor("cpu")
        assert on_processor("auto") is not present
