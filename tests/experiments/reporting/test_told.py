from __future__ import annotations

import pytest

from polychrony.experiments.reporting.told import plain, pointer, spoken, told


def test_a_number_names_its_place_and_its_exact_value():
    content = {"a/b": [{"~": 0.1 + 0.2}]}
    made = told(content, "a/b", 0, "~", show=plain)
    assert made == '<data value="0.30000000000000004" data-at="/a~1b/0/~0">0.3</data>'
    assert told({"a": None}, "a") == '<data value="null" data-at="/a">not known</data>'


def test_pointers_are_those_of_rfc_6901():
    assert pointer("foo", 0) == "/foo/0"
    assert pointer("a/b", "m~n") == "/a~1b/m~0n"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (None, "none"),
        ([], "none"),
        ("<x>", "&lt;x&gt;"),
        ({"value": None, "unit": "nJ"}, '<data value="null" data-at="/k/value">unknown</data> nJ'),
        (
            {"one_two": 1, "b": "c"},
            'one two <data value="1" data-at="/k/one_two">1</data>, b c',
        ),
    ],
)
def test_whatever_stands_there_is_said(value, words):
    assert spoken({"k": value}, "k") == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234, "1,234"),
        (5.0, "5"),
        (0.123456, "0.1235"),
        (12345.67, "12,345.7"),
        (None, "not known"),
    ],
)
def test_numbers_for_people(value, text):
    assert plain(value) == text
