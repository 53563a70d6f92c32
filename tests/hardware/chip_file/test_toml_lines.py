from __future__ import annotations

import tomllib

import pytest

from polychrony.hardware.chip_file import chip_text
from polychrony.hardware.chip_file.toml_lines import key_lines
from polychrony.hardware.chips import chip_names, get_chip

TEXT = r'''# [not.a.table]
title = "x"   # b = 1
a.b."c.d" = 1
'quoted key' = """
[looks.like]
a = "table" \"""
"""
list = [
    1, # one
    { deep = "}", more = [
        "]", 2 ] },
]
when = 1979-05-27 07:32:00

[table]
key = 'it'
[ table . "sub" ]
key={x=1,y={z=[true,false]}}
[[many]]
n = 1
[many.inner]
n = 2
[[many]]
n = 3
[[many.deep]]
n = """a
b\\""""
last = 0
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("title",), 2),
        (("a", "b", "c.d"), 3),
        (("quoted key",), 4),
        (("list",), 8),
        (("list", 0), 9),
        (("list", 1), 10),
        (("list", 1, "more"), 10),
        (("list", 1, "more", 0), 11),
        (("list", 1, "more", 1), 11),
        (("when",), 13),
        (("table",), 15),
        (("table", "key"), 16),
        (("table", "sub"), 17),
        (("table", "sub", "key", "y", "z", 1), 18),
        (("many", 0), 19),
        (("many", 0, "n"), 20),
        (("many", 0, "inner", "n"), 22),
        (("many", 1), 23),
        (("many", 1, "n"), 24),
        (("many", 1, "deep", 0, "n"), 26),
        (("many", 1, "deep", 0, "last"), 28),
    ],
)
def test_where_keys_stand(path, line):
    assert key_lines(TEXT)[path] == line


def paths(value, above=()):
    yield above
    entries = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        entries = enumerate(value)
    for key, inner in entries:
        yield from paths(inner, (*above, key))


@pytest.mark.parametrize("text", [TEXT, *(chip_text(get_chip(name)) for name in chip_names())])
def test_every_key_is_found_and_no_other(text):
    found = key_lines(text)
    named = set(found) | {path[:-1] for path in found}
    assert set(paths(tomllib.loads(text))) == named | {()}


@pytest.mark.parametrize("name", chip_names())
def test_every_key_stands_on_the_line_that_is_told(name):
    text = chip_text(get_chip(name))
    lines = text.splitlines()
    for path, line in key_lines(text).items():
        if isinstance(path[-1], str):
            assert path[-1] in lines[line - 1]
