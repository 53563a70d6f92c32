"""Whatever is done to a chip file, it is a chip or is refused in one line."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polychrony.hardware.chip import Chip
from polychrony.hardware.chip_file import chip_text
from polychrony.hardware.chips import chip_names, get_chip, load_chip
from polychrony.hardware.errors import HardwareError

EXTENDED = """\
extends = "loihi"
[numbers]
kind = "mantissas"
weight_bits = 4
[profiles.lab]
extends = "davies2018"
contained = { spike = "neuron_active" }
[profiles.lab.synapse]
energy = { value = 30, unit = "pJ", source = "r", evidence = "measured", voltage = 0.75 }
"""
TEXTS = [("toml", EXTENDED)]
TEXTS += [
    (form, chip_text(get_chip(name), form)) for name in chip_names() for form in ("toml", "yaml")
]
WORDS = ["", '"none"', "-1", "0", "1e999", "nan", "true", "[]", "{}", "[[1]]", '"x"', "1.5", "null"]
WORDS += ["&a", "*a", "<<", "1979-05-27", "extends", "kind", "=", ":", '"', "\n", "9" * 20]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(TEXTS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(WORDS)), max_size=3),
)
def test_a_chip_or_one_line(tmp_path, original, changes):
    form, text = original
    for where, word in changes:
        found = list(re.finditer(r"[^\s=:{},\[\]]+", text))
        hit = found[int(where * len(found))]
        text = text[: hit.start()] + word + text[hit.end() :]
    path = tmp_path / f"mine.{form}"
    path.write_text(text, encoding="utf-8")
    try:
        assert isinstance(load_chip(path), Chip)
    except HardwareError as error:
        assert changes
        assert re.match(rf"{re.escape(str(path))}(:\d+|, chip '\w+'): [^\n]+$", str(error)), error
