"""The built wheel in an environment of its own: every module imports, whatever else is there."""

from __future__ import annotations

import json
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

import installed_tree as installed

IMPORT_ALL = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
import polychrony.snn
print(json.dumps({"file": polychrony.snn.__file__, "modules": sorted(sys.modules)}))
"""
NOT_OURS = {"torchvision", "torchaudio", "torchmetrics", "lightning", "pytorch_lightning"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An empty environment that holds the wheel, and sees the dependencies but not the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = installed.build_wheel(folder)
    venv.create(folder / "env", with_pip=True, symlinks=True)
    python = folder / "env" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run([*install, "--disable-pip-version-check"], check=True)
    site = next((folder / "env").glob("lib/python*/site-packages"))
    dependencies = folder / "dependencies"
    dependencies.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "polychrony" not in entry.name.lower() and entry.suffix != ".pth":
            (dependencies / entry.name).symlink_to(entry)
    (site / "dependencies.pth").write_text(f"{dependencies}\n")
    return python, site


def _import_all(python, cwd):
    names = json.dumps(sorted(installed.modules()))
    done = subprocess.run(
        [python, "-c", IMPORT_ALL, names], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_module_imports_from_any_folder(environment, tmp_path):
    python, site = environment
    for folder in (tmp_path, installed.ROOT):
        assert Path(_import_all(python, folder)["file"]).is_relative_to(site)


def test_every_module_imports_where_torchvision_is_broken(environment, tmp_path):
    python, site = environment
    broken = [site / name for name in sorted(NOT_OURS)]
    for package in broken:
        package.mkdir()
        (package / "__init__.py").write_text("raise RuntimeError('binaries do not match')\n")
    try:
        loaded = set(_import_all(python, tmp_path)["modules"])
    finally:
        for package in broken:
            (package / "__init__.py").unlink()
    assert not loaded & NOT_OURS


def test_another_distribution_called_datasets_is_left_alone(environment, tmp_path):
    python, site = environment
    theirs = site / "datasets"
    theirs.mkdir()
    (theirs / "__init__.py").write_text("OWNER = 'another distribution'\n")
    _import_all(python, tmp_path)
    owner = subprocess.run(
        [python, "-c", "import polychrony.datasets, datasets; print(datasets.OWNER)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert owner.stdout.strip() == "another distribution"
    installed_files = {entry.name for entry in site.iterdir()}
    assert not installed_files & {"snn", "hardware", "experiments"}


def test_command_line_is_installed(environment, tmp_path):
    python, _ = environment
    script = python.parent / "polychrony"
    done = subprocess.run(
        [script, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "cosim" in done.stdout


def test_style_and_script_of_the_page_are_shipped(environment):
    _, site = environment
    for name in ("page.css", "page.js"):
        shipped = site / "polychrony" / "experiments" / "reporting" / name
        assert (
            shipped.read_bytes() == (installed.ROOT / "experiments/reporting" / name).read_bytes()
        )


def test_types_are_shipped(environment):
    _, site = environment
    for package in installed.PACKAGES:
        assert (site / "polychrony" / package / "py.typed").is_file()
