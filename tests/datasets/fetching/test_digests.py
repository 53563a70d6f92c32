"""Hashes of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from polychrony.datasets import DataError
from polychrony.datasets.fetching.digests import check, matches


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.zip"
    path.write_bytes(b"content")
    return path


def test_without_a_published_hash_the_recorded_one_counts(file: Path) -> None:
    expected = hashlib.sha256(b"content").hexdigest()
    assert check(file, None) == expected
    assert check(file, None) == expected
    file.write_bytes(b"other")
    with pytest.raises(DataError, match=r"a\.zip has changed since it was fetched"):
        check(file, None)


def test_a_published_hash_counts_in_any_case(file: Path) -> None:
    right = f"md5:{hashlib.md5(b'content').hexdigest()}"
    check(file, right)
    with pytest.raises(DataError, match="is not the published file"):
        check(file, f"md5:{'0' * 32}")
    file.write_bytes(b"other")
    with pytest.raises(DataError, match="is not the published file"):
        check(file, right)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"zz  a.zip"])
def test_a_damaged_record_is_told(file: Path, content: bytes) -> None:
    file.with_name("a.zip.sha256").write_bytes(content)
    with pytest.raises(DataError, match="delete both"):
        check(file, None)


@pytest.mark.parametrize("published", ["", "md5:", "md5:12", "sha1:" + "0" * 40, "sha256:XY"])
def test_what_is_no_hash_is_no_hash(file: Path, published: str) -> None:
    with pytest.raises(ValueError, match="is no hash"):
        matches(file, published)
