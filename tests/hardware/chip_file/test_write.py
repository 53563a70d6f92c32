from __future__ import annotations

from dataclasses import replace

import pytest

from polychrony.hardware.chip_file import chip_text, dump_chip
from polychrony.hardware.chips import LOIHI, chip_names, get_chip, load_chip
from polychrony.hardware.errors import HardwareError


@pytest.mark.parametrize("ending", ["toml", "yaml", "yml"])
@pytest.mark.parametrize("name", chip_names())
def test_what_is_written_is_read_again(name, ending, tmp_path):
    chip, path = get_chip(name), tmp_path / f"chip.{ending}"
    dump_chip(chip, path)
    assert load_chip(path) == chip
    assert get_chip(str(path)) == chip
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


AWKWARD = [
    "quotes \" and \\ and '",
    "two\nlines\tand a tab",
    "a # that is no comment, = and ] and }",
    "\x7f \x01 µ \U0001f9e0",
    '"""',
    "unknown",
    "none",
    "yes",
    "1e-3",
]


@pytest.mark.parametrize("ending", ["toml", "yaml"])
@pytest.mark.parametrize("text", AWKWARD)
def test_every_text_survives(text, ending, tmp_path):
    profile = replace(LOIHI.profile(), name="a.b c", assumptions=(text,))
    chip = replace(LOIHI, name="x", profiles=(profile,), assumptions=(text, "after"))
    dump_chip(chip, tmp_path / f"chip.{ending}")
    assert load_chip(tmp_path / f"chip.{ending}") == chip


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(HardwareError, match=r"\.toml, \.yaml or \.yml, not 'json'"):
        dump_chip(LOIHI, tmp_path / "chip.json")
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(HardwareError, match=r"nowhere.*cannot be written.*another place"):
        dump_chip(LOIHI, tmp_path / "nowhere" / "chip.toml")
    (tmp_path / "taken.toml").mkdir()
    with pytest.raises(HardwareError, match="cannot be written"):
        dump_chip(LOIHI, tmp_path / "taken.toml")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken.toml"]


def test_a_number_stands_on_one_line_with_its_source():
    lines = [line for line in chip_text(LOIHI).splitlines() if "23.6" in line]
    assert lines == [
        'energy = { value = 23.6, unit = "pJ", source = "D18 Table 2, p. 96", '
        'evidence = "pre-silicon", voltage = 0.75, scope = "per-event" }'
    ]
