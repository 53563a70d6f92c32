"""Tables within a page whose prose is written by hand.

A table stands between the lines `<!-- table: NAME -->` and `<!-- end of table -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from polychrony.experiments.errors import UserError

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
