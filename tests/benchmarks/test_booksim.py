"""What is asked of BookSim 2, and what is read from its words; a script stands in for it."""

from __future__ import annotations

import pytest

from benchmarks.booksim import booksim
from polychrony.experiments.errors import UserError

WORDS = """Class 0:
Packet latency average = 20.9
Time taken is 50049 cycles
Time taken is 60079 cycles
====== Traffic class 0 ======
Packet latency average = 21.0169 (1 samples)
"""


def stand_in(tmp_path, words, code=0):
    program, asked = tmp_path / "booksim", tmp_path / "asked"
    program.write_text(f"#!/bin/sh\ncp $1 {asked}\ncat <<'END'\n{words}END\nexit {code}\n")
    program.chmod(0o755)
    return program, asked


def test_the_router_is_ours_and_the_last_words_count(tmp_path):
    program, asked = stand_in(tmp_path, WORDS)
    assert booksim(program, 8, 0.1, 10_000)() == (60079, 21.0169)
    settings = dict(line.rstrip(";").split(" = ") for line in asked.read_text().splitlines())
    assert settings["k"] == "8" and settings["injection_rate"] == "0.1"
    assert settings["sample_period"] == "10000"
    assert settings["num_vcs"] == "1" and settings["vc_buf_size"] == "8"


def test_a_program_without_a_result_is_an_error(tmp_path):
    program, _ = stand_in(tmp_path, "Error: no such topology\n", code=255)
    with pytest.raises(UserError, match=r"booksim printed no result \(exit code 255\)"):
        booksim(program, 8, 0.1, 10_000)()
