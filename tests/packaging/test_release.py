"""A release is the same bytes wherever and whenever it is built."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile

import pytest
import release

import installed_tree as installed


def _copy(folder, time):
    """The commit of this checkout in another folder, written at another time."""
    subprocess.run(["git", "clone", "-q", installed.ROOT, folder], check=True)
    for path in folder.rglob("*"):
        if ".git" not in path.parts:
            os.utime(path, (time, time))
    return folder


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    if not (installed.ROOT / ".git").exists():
        pytest.skip("a release is built from a checkout of git, and this tree is none")
    folder = tmp_path_factory.mktemp("release")
    umask = os.umask(0o077)
    try:
        first = release.build(_copy(folder / "a", 1_000_000_000), folder / "first")
    finally:
        os.umask(umask)
    second = release.build(_copy(folder / "elsewhere", 1_700_000_000), folder / "second")
    return folder, first, second


def test_two_builds_are_the_same_bytes(twice):
    folder, first, second = twice
    assert len(first) == 2 and first == second
    assert (folder / "first" / "SHA256SUMS").read_text().count("\n") == 2


def test_the_source_archive_builds_that_wheel(twice, tmp_path):
    folder = twice[0]
    (source,) = (folder / "first").glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    command = [sys.executable, "-c", release.BUILD, str(tmp_path)]
    subprocess.run(command, cwd=unpacked, check=True, capture_output=True)
    (rebuilt,) = tmp_path.glob("*.whl")
    (wheel,) = (folder / "first").glob("*.whl")
    names = [sorted(zipfile.ZipFile(path).namelist()) for path in (wheel, rebuilt)]
    assert names[0] == names[1]
    assert any(name.startswith("polychrony/snn/") for name in names[0])


def test_nothing_but_the_packages_is_installed(twice):
    folder = twice[0]
    (wheel,) = (folder / "first").glob("*.whl")
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    version = installed.project()["project"]["version"]
    assert tops == {"polychrony", f"polychrony-{version}.dist-info"}
