"""The pages, and the code in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str
    line: int
    needs: tuple[str, ...]
    """Packages without which it cannot run, from `<!-- needs: NAME -->` before it."""


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in re.finditer(
        r"(?:<!-- needs: ([^>]*?) -->\n)?^```(\w*)\n(.*?)^```$", text, re.M | re.S
    ):
        line = text[: match.start(3)].count("\n") + 1
        needs = tuple((match[1] or "").split())
        found.append(Block(match[2], match[3], line, needs))
    return found


def commands(page: Path) -> list[tuple[int, list[str]]]:
    """Words of every `polychrony` command in the shell blocks of a page, with their lines."""
    found = []
    for block in blocks(page):
        if block.language not in ("", "sh", "bash"):
            continue
        joined = block.text.replace("\\\n", " ")
        for line in joined.splitlines():
            if line.startswith("polychrony "):
                found.append((block.line, shlex.split(line, comments=True)[1:]))
    return found


def name(page: Path) -> str:
    """A page's name for messages."""
    return str(page.relative_to(ROOT if page.parent == ROOT else DOCS))
