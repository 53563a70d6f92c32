"""Pages that programs write, whole or in part.

In a page whose prose is written by hand, a table stands between the lines `<!-- table: NAME -->`
and `<!-- end of table -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from polychrony.experiments.errors import UserError
from polychrony.experiments.files import write_atomically

_PLACE = re.compile(r"(<!-- table: (.+?) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def filled(page: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """A page with its tables as they are now.

    Raises:
        UserError: the page asks for an unknown table, or has no place for one.
    """
    asked = [match[2] for match in _PLACE.finditer(page)]
    if sorted(asked) != sorted(tables):
        odd = sorted({*asked} ^ {*tables}) or sorted(asked)
        raise UserError(f"the page must hold each table once; see: {', '.join(odd)}")
    return _PLACE.sub(lambda match: f"{match[1]}\n{tables[match[2]]()}\n\n{match[3]}", page)


def read(page: Path) -> str:
    """The text of a page.

    Raises:
        UserError: there is none.
    """
    if not page.is_file():
        raise UserError(f"there is no {page}; name the page with --page FILE")
    return page.read_text(encoding="utf-8")


def publish(page: Path, text: str, check: bool) -> None:
    """Write a page, or only tell whether it is what it should be.

    Args:
        page: its file.
        text: what it should hold.
        check: write nothing.

    Raises:
        UserError: it is another one, and is only checked; or it cannot be written.
    """
    if not check:
        write_atomically(page, lambda path: path.write_text(text, encoding="utf-8") and None)
    elif not page.is_file() or page.read_text(encoding="utf-8") != text:
        raise UserError(f"{page} is not what the results make it; leave out --check to write it")
