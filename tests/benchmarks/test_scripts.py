"""Every script runs, writes a whole result, and tells mistakes in one line."""

from __future__ import annotations

import importlib
import json
from importlib.metadata import version

import pytest
import torch

from benchmarks.cli import main
from benchmarks.report import ORDER

QUICK = ["--quick", "--peers", "none", "--threads", "1"]


def _run(name, *words):
    return main(importlib.import_module(f"benchmarks.{name}").BENCHMARK, [*QUICK, *words])


@pytest.mark.parametrize("name", ORDER)
def test_script_writes_its_result(name, tmp_path, capsys):
    target = tmp_path / "result.json"
    words = ["--root", str(tmp_path)] if name == "shd_epoch" else []
    assert _run(name, "--json", str(target), *words) == 0
    result = json.loads(target.read_text())
    assert result["benchmark"] == name
    assert result["machine"]["torch_threads"] == 1
    assert result["versions"]["torch"] == version("torch")
    assert f"python -m benchmarks.{name} --quick" in result["command"]
    if name == "shd_epoch":
        assert "pass --root FOLDER" in result["skipped"]
    else:
        assert result["cases"]
    for case in result["cases"]:
        assert case["rows"][0]["median"] > 0, case["name"]
        assert all(each["value"] is None or each["value"] > 0 for each in case["claims"])
    printed = capsys.readouterr().out
    assert result["title"] in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rounds", "many"], "--rounds"),
        (["--peers", "brian"], "brian is unknown"),
        (["--threads", "100000"], "--threads is 100000"),
        (["--rounds", "-1"], "--rounds is -1"),
        (["--json", "/tmp"], "it is a folder"),
        (["--fast"], "--fast"),
    ],
)
def test_mistake_is_one_line_and_exit_code_2(words, said, capsys):
    assert _run("lif", *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("benchmarks.lif: error: ") and said in line


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_the_gpu_benchmark_says_so(tmp_path):
    target = tmp_path / "result.json"
    assert _run("lif", "--device", "cuda", "--json", str(target)) == 0
    result = json.loads(target.read_text())
    assert result["skipped"] == "there is no CUDA device" and result["cases"] == []
