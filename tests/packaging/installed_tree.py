"""The tree as a wheel installs it, made from a wheel that is really built."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("datasets", "experiments", "hardware", "snn")


def project() -> dict:
    """Content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@functools.cache
def modules() -> frozenset[str]:
    """Every module of the checkout, by import name."""
    names = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            names.add(".".join(("polychrony", *parts)).removesuffix(".__init__"))
    return frozenset(names)


def build_wheel(folder: Path) -> Path:
    """Build the wheel into a folder, from a clean copy of the sources, and return its path."""
    sources = folder / "sources"
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, sources / package, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", str(folder)]
    subprocess.run([*command, str(sources)], check=True)
    (wheel,) = folder.glob("polychrony-*.whl")
    return wheel


def unpack(wheel: Path, folder: Path) -> Path:
    """Lay out a wheel as an installation does and return the folder."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder
