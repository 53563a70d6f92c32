"""The command line as a whole."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest

from polychrony.experiments.cli import main
from polychrony.experiments.config import DataConfig, NetworkConfig, TrainingConfig, option_name
from polychrony.experiments.recipes import RECIPES


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as stop:
        main([*words, "--help"])
    assert stop.value.code == 0
    return " ".join(capsys.readouterr().out.split())


def test_help_and_mistakes_do_not_wait_for_torch():
    program = (
        "import sys\n"
        "from polychrony.experiments.cli import main\n"
        "main(['train', 'shd', '--epochs', 'x'])\n"
        "try: main(['train', 'shd', '--help'])\n"
        "except SystemExit: pass\n"
        "slow = {'torch', 'accelerate', 'h5py', 'numba', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(', '.join(slow) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--epochs" in done.stdout


def test_the_first_help_names_every_command(capsys):
    text = help_of(capsys)
    for command in ("train", "evaluate", "cosim", "explore", "noc", "demo", "doctor", "--debug"):
        assert command in text


def test_the_help_of_train_names_every_recipe_and_nothing_of_the_program(capsys):
    text = help_of(capsys, "train")
    assert all(recipe in text for recipe in RECIPES)
    assert "type:" not in text


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_help_of_a_recipe_names_every_option_with_its_default(recipe, capsys):
    text = help_of(capsys, "train", recipe)
    for word in ("--run FOLDER", "--resume"):
        assert word in text
    for kind in (DataConfig, NetworkConfig, TrainingConfig):
        for field in dataclasses.fields(kind):
            assert option_name(field.name) in text
    assert f"(default: {RECIPES[recipe]().training.epochs})" in text
    assert "--given" not in text and "--recipe" not in text


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("evaluate", ["RUN", "--split {train,valid,test}", "--root", "--json"]),
        ("cosim", ["RUN", "--chip", "--profile", "--samples", "--static", "--root", "--json"]),
        ("explore", ["RUN", "--vary NAME=VALUE,...", "--objective", "--storage URL", "--trials"]),
        ("noc", ["--mesh", "--traffic", "--rate FLOAT", "--vcs", "--trace", "--mode", "--json"]),
        ("doctor", ["--root", "--json"]),
        ("demo", ["runs/demo"]),
    ],
)
def test_the_help_of_a_command_names_its_options(command, options, capsys):
    text = help_of(capsys, command)
    assert all(option in text for option in options)


def test_debug_adds_the_traceback(call, tmp_path):
    assert call("evaluate", tmp_path).is_one_error("config.json")
    said = call("--debug", "evaluate", tmp_path)
    assert said.code == 2
    assert said.err.startswith("Traceback")
    assert said.err.splitlines()[-1].startswith("polychrony: error: ")


def test_an_error_of_the_program_is_not_hidden(tmp_path, monkeypatch):
    def broken(folder: object, root: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("polychrony.experiments.commands.evaluate.open_run", broken)
    with pytest.raises(ValueError, match="a bug"):
        main(["evaluate", str(tmp_path)])


def test_ctrl_c_outside_of_training_is_no_traceback(call, tmp_path, monkeypatch):
    def stopped(folder: object, root: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("polychrony.experiments.commands.evaluate.open_run", stopped)
    said = call("evaluate", tmp_path)
    assert (said.code, said.err) == (130, "polychrony: stopped\n")


def test_json_to_standard_output_is_alone_there(call):
    said = call("doctor", "--json", "-")
    assert said.code == 0
    assert json.loads(said.out)["chips"]
    assert "versions" in said.err


def test_json_to_a_file_leaves_the_tables(call, tmp_path):
    said = call("doctor", "--json", tmp_path / "new" / "doctor.json")
    assert said.code == 0
    assert "versions" in said.out
    assert said.err == ""
    assert json.loads((tmp_path / "new" / "doctor.json").read_text())["chips"]


@pytest.mark.parametrize("where", [".", "file/x.json"])
def test_json_that_cannot_be_written_is_told_before_the_work(where, call, tmp_path, finished):
    (tmp_path / "file").touch()
    said = call("evaluate", finished, "--json", where)
    assert said.is_one_error("cannot be written", "choose another place")
    assert said.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows have no such signal")
def test_a_reader_who_has_enough_is_no_error(tmp_path):
    program = "import sys, polychrony.experiments.cli as cli; sys.exit(cli.main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, "train", "shd", "--help"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 141
    assert said == ""
