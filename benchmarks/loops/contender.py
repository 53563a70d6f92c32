"""The loop as a contender."""

from __future__ import annotations

from benchmarks.harness import Contender
from benchmarks.loops.build import FLAGS, build
from benchmarks.loops.lif import loop_lif
from benchmarks.peers import checked
from benchmarks.task import ALPHA, DECAY, Task, entry, ours


def loop_contender(name: str, task: Task, reuse: bool = False) -> Contender:
    """The loop on a task, or why it cannot run."""
    if task.x.is_cuda:
        return Contender(name, None, reason="it runs on the CPU only")
    library = build()
    if isinstance(library, str):
        return Contender(name, None, reason=library)
    layer = loop_lif(library, DECAY, ALPHA, reuse)
    detail = f"g++ {FLAGS[0]} {FLAGS[1]}, OpenMP over neurons"
    return checked(name, lambda: entry(layer, task, ours(task), detail))
