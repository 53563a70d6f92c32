"""From the options to the samples."""

from __future__ import annotations

import dataclasses
import shutil

import h5py
import numpy as np
import pytest

from polychrony.datasets import DataError
from polychrony.experiments.config import Config, DataConfig
from polychrony.experiments.data import find_data, open_split
from polychrony.experiments.errors import UserError


@pytest.fixture
def config(shd_files) -> Config:
    data = DataConfig(root=shd_files, dt_ms=20, duration_ms=200, pool=10, valid_speakers=(6,))
    return Config(data=data)


def at(config: Config, **data: object) -> Config:
    return dataclasses.replace(config, data=dataclasses.replace(config.data, **data))


def test_samples_have_the_shape_that_the_options_say(config):
    sizes = {"train": 40, "valid": 20, "test": 20}
    for split, size in sizes.items():
        data = open_split("shd", config, split)
        assert len(data) == size
        x, label = data[3]
        assert x.shape == (10, 70)
        assert label == 3
        assert x.sum() > 0


def test_a_split_without_samples_is_refused(config):
    with pytest.raises(UserError, match="--valid-speakers"):
        open_split("shd", at(config, valid_speakers=()), "valid")


def test_a_speaker_who_does_not_occur_is_refused(config):
    with pytest.raises(DataError, match=r"\[5\].*\[0, 3, 6\]"):
        open_split("shd", at(config, valid_speakers=(5,)), "train")


@pytest.mark.parametrize("recipe", ["shd", "ssc"])
def test_missing_files_are_told_by_name(recipe, config, tmp_path):
    with pytest.raises(UserError, match=rf"{recipe}_train\.h5.*--root"):
        open_split(recipe, at(config, root=tmp_path / "nowhere"), "train")


def test_a_folder_with_other_files_is_no_reason_to_talk_of_downloads(config, tmp_path):
    (tmp_path / "other.h5").touch()
    with pytest.raises(UserError, match=r"shd_train\.h5.*--root"):
        open_split("shd", at(config, root=tmp_path), "train")


def test_files_in_a_folder_of_their_own_are_found(config, shd_files, tmp_path):
    shutil.copytree(shd_files, tmp_path / "SHD")
    assert len(open_split("shd", at(config, root=tmp_path), "test")) == 20
    assert find_data([tmp_path / "nowhere", tmp_path]) == {
        "shd_train.h5": tmp_path / "SHD" / "shd_train.h5",
        "shd_test.h5": tmp_path / "SHD" / "shd_test.h5",
    }


def test_of_two_folders_the_first_counts(shd_files, tmp_path):
    (tmp_path / "shd_test.h5").touch()
    found = find_data([tmp_path, shd_files])
    assert found["shd_test.h5"] == tmp_path / "shd_test.h5"
    assert found["shd_train.h5"] == shd_files / "shd_train.h5"


def test_a_truncated_file_is_told_even_in_a_folder_of_its_own(config, shd_files, tmp_path):
    whole = (shd_files / "shd_train.h5").read_bytes()
    (tmp_path / "SHD").mkdir()
    (tmp_path / "SHD" / "shd_train.h5").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"shd_train\.h5.*not a readable HDF5"):
        open_split("shd", at(config, root=tmp_path), "train")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels", np.zeros(7, np.uint16)),
        ("labels", np.full(60, 99, np.uint16)),
        ("extra/speaker", np.zeros(3, np.uint16)),
    ],
)
def test_a_table_of_a_wrong_shape_is_told_by_file(name, content, config, shd_files, tmp_path):
    shutil.copy(shd_files / "shd_train.h5", tmp_path)
    with h5py.File(tmp_path / "shd_train.h5", "a") as file:
        del file[name]
        file[name] = content
    with pytest.raises(DataError, match=r"shd_train\.h5"):
        open_split("shd", at(config, root=tmp_path), "train")
