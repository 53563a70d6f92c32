"""Where the page and the pictures of a co-simulation go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polychrony.experiments.errors import UserError
from polychrony.experiments.files import check_writable, write_atomically
from polychrony.experiments.reporting.content import gather
from polychrony.experiments.reporting.exploration import read_exploration


@dataclass(frozen=True)
class Outputs:
    """What is asked for beside the numbers.

    Args:
        report: HTML page to write, or None.
        figures: folder for its figures as PNG and SVG, or None.
        trials: JSON of a design space that they show as well, or None.
    """

    report: Path | None = None
    figures: Path | None = None
    trials: Path | None = None

    @property
    def any(self) -> bool:
        """Whether something is asked for."""
        return self.report is not None or self.figures is not None

    def check(self) -> None:
        """Find out before long work what could not be written or read.

        Raises:
            UserError: a place cannot be written, trials cannot be read or are asked for alone, or
                plotly is missing.
        """
        if self.trials is not None and not self.any:
            raise UserError("--trials are shown by a page; name it with --report FILE")
        if self.report is not None:
            from polychrony.experiments.reporting.page import plotly_source

            check_writable(self.report)
            plotly_source()
        if self.figures is not None:
            if self.figures.exists() and not self.figures.is_dir():
                raise UserError(f"{self.figures} is not a folder; choose another for --figures")
            check_writable(self.figures / "accuracy.png")
        if self.trials is not None:
            read_exploration(self.trials)

    def write(self, result: Any, record: Any, chip: Any) -> list[Path]:
        """Write what is asked for.

        Args:
            result: numbers of the co-simulation.
            record: what was recorded beside them.
            chip: description of the chip.

        Returns:
            The files written.

        Raises:
            UserError: one cannot be written.
        """
        # Libraries that draw are slow to load; only who asks for a page waits for them.
        from polychrony.experiments.reporting.page import page
        from polychrony.experiments.reporting.pictures import save_pictures

        trials = None if self.trials is None else read_exploration(self.trials)
        content = gather(result, record, chip, trials)
        written = [] if self.figures is None else save_pictures(content, self.figures)
        if self.report is not None:
            text = page(content)
            write_atomically(self.report, lambda path: _fill(path, text))
            written.append(self.report)
        return written


def _fill(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
