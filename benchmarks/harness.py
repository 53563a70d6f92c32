"""Timing of several contenders in one run, so that what disturbs one disturbs all.

A round lets every contender run once, in an order that rotates from round to round; the median of
all rounds counts, and the quartiles beside it show how quiet the machine was. A short turn follows
others that are not timed, as one step of training follows another: otherwise it would pay for the
caches that the contender before it filled, and for threads that had gone to sleep.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from polychrony.experiments.errors import UserError

LEAST_ROUNDS = 3
_LONG_S = 5.0  # of a turn that needs no second one to warm up
_SHORT_S = 0.5  # of a turn that is led in by others
_LEAD_IN_S = 0.05  # of these together, or one of them if it takes longer
_REST_S = 0.005  # in which the idle threads of the contender before go to sleep


@dataclass
class Contender:
    """Something to time."""

    name: str
    """How it is called in tables."""
    run: Callable[[], object] | None
    """One turn, everything that a user pays for; None if it cannot run."""
    detail: str = ""
    """What it computes, where that is not clear."""
    reason: str = ""
    """Why it cannot run."""
    rate: tuple[float, str] | None = None
    """Work of one turn and its unit, as (bytes, "B") or (operations, "flop")."""
    optional: bool = False
    """Whether its failure is a row of the table instead of the end of the benchmark."""
    samples: list[float] = field(default_factory=list)
    """Duration of each turn, s."""
    expected_s: float = 0.0
    """Duration of its last turn before it was measured, s."""

    def median(self) -> float | None:
        """Median duration, s, or None if it did not run."""
        return statistics.median(self.samples) if self.samples else None

    def row(self) -> dict[str, Any]:
        """Its line in the result."""
        return row(self.name, self.samples, "s", self.detail, self.reason, self.rate)


def row(
    name: str,
    samples: Sequence[float],
    unit: str,
    detail: str = "",
    reason: str = "",
    rate: tuple[float, str] | None = None,
) -> dict[str, Any]:
    """A line of a result: median and quartiles of samples, None without any."""
    values = [float(value) for value in samples]
    median = statistics.median(values) if values else None
    low, high = _quartiles(values) if values else (None, None)
    made: dict[str, Any] = {"name": name, "unit": unit, "median": median, "q1": low, "q3": high}
    made |= {"samples": values, "detail": detail, "reason": reason}
    if rate is not None and median:
        made["rate"] = {"value": rate[0] / median, "unit": f"{rate[1]}/s"}
    return made


def _quartiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, high


def measure(
    contenders: Sequence[Contender],
    rounds: int,
    budget_s: float = 60.0,
    device: torch.device | None = None,
    rest_s: float = _REST_S,
    lead_in_s: float = _LEAD_IN_S,
) -> None:
    """Time contenders in turns; their samples grow.

    Args:
        contenders: those without `run` are left out.
        rounds: turns of each.
        budget_s: time after which a slow contender sits out, once it had `LEAST_ROUNDS` turns, s.
        device: where they compute; a turn ends when it has finished.
        rest_s: pause before each turn, s.
        lead_in_s: time of the turns that lead in a short one, at least one of them, s; 0 for none.
    """
    for contender in contenders:
        _warm_up(contender, device)
    able = [contender for contender in contenders if contender.run is not None]
    for turn in range(rounds):
        start = turn % max(1, len(able))
        for contender in (*able[start:], *able[:start]):
            spent = sum(contender.samples)
            if spent > budget_s and len(contender.samples) >= LEAST_ROUNDS:
                continue
            time.sleep(rest_s)
            _lead_in(contender, lead_in_s, device)
            contender.samples.append(_turn(contender, device))


def _lead_in(contender: Contender, duration_s: float, device: torch.device | None) -> None:
    spent = 0.0
    while contender.expected_s < _SHORT_S and spent < duration_s:
        spent += _turn(contender, device)


def _turn(contender: Contender, device: torch.device | None) -> float:
    assert contender.run is not None
    started = time.perf_counter()
    contender.run()
    _finish(device)
    return time.perf_counter() - started


def _finish(device: torch.device | None) -> None:
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)


def _warm_up(contender: Contender, device: torch.device | None) -> None:
    """Let caches fill and compilers work; a peer that fails here gets its reason."""
    if contender.run is None:
        return
    try:
        contender.expected_s = _turn(contender, device)
        if contender.expected_s < _LONG_S:
            contender.expected_s = _turn(contender, device)
    except Exception as error:
        if not contender.optional:
            raise
        contender.run = None
        contender.reason = first_line(error)


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Give torch that many threads and, where the system can, the process that many cores.

    Libraries whose threads torch does not rule, XLA above all, count the cores they may use.

    Raises:
        UserError: there are not so many cores.
    """
    cores = usable_cores()
    if not 1 <= threads <= len(cores):
        raise UserError(f"--threads is {threads}; this process may use {len(cores)} cores")
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    _allow(cores[:threads])
    try:
        yield
    finally:
        _allow(cores)
        torch.set_num_threads(before)


def usable_cores() -> list[int]:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _allow(cores: Sequence[int]) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
