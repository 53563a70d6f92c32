"""Lines on which the keys of a TOML text stand; the standard library's reader keeps none."""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
"""Keys and indices from the top to a value."""

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


class _Scanner:
    """Walk over a text that is known to be correct, and note where keys begin."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def note(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, self.text.count("\n", 0, at) + 1)

    def skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found.group()

    def take(self, mark: str) -> bool:
        self.skip(_SPACE)
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def key(self, path: Path) -> Path:
        """A dotted key below `path`; each of its parts is noted."""
        while True:
            self.skip(_SPACE)
            begin = self.at
            raw = self.skip(_STRING) or self.skip(_BARE_KEY)
            (part,) = tomllib.loads(f"{raw} = 0")
            path = (*path, part)
            self.note(path, begin)
            if not self.take("."):
                return path
            path = self.newest(path)

    def newest(self, path: Path) -> Path:
        """Where a header goes on: at the newest element, if it names an array of tables."""
        return (*path, self.counts[path] - 1) if path in self.counts else path

    def value(self, path: Path) -> None:
        self.skip(_SPACE)
        self.note(path, self.at)
        if self.take("["):
            self.elements(path)
        elif self.take("{"):
            self.entries(path)
        elif not self.skip(_STRING):
            self.skip(_SCALAR)

    def elements(self, path: Path) -> None:
        index = 0
        while not self.take("]"):
            self.value((*path, index))
            self.take(",")
            index += 1

    def entries(self, path: Path) -> None:
        while not self.take("}"):
            self.entry(path)
            self.take(",")

    def entry(self, path: Path) -> None:
        key = self.key(path)
        self.take("=")
        self.value(key)

    def header(self) -> Path:
        begin = self.at
        if self.take("[["):
            path = self.key(())
            self.take("]]")
            self.counts[path] = self.counts.get(path, 0) + 1
            self.note(self.newest(path), begin)
        else:
            self.take("[")
            path = self.key(())
            self.take("]")
        return self.newest(path)

    def run(self) -> None:
        path: Path = ()
        self.skip(_SPACE)
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                path = self.header()
            else:
                self.entry(path)
            self.skip(_SPACE)


def key_lines(text: str) -> dict[Path, int]:
    """Line of every key and every element of a list, counted from 1.

    Args:
        text: TOML that the standard library accepts.

    Returns:
        Lines by path; a table that is opened more than once stands where it is first named.
    """
    scanner = _Scanner(text)
    scanner.run()
    return scanner.lines
