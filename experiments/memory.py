"""Memory of an action, as torch's allocator tells it."""

from __future__ import annotations

import gc
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile


def allocated_peak(action: Callable[[], object], device: torch.device | str = "cpu") -> int | None:
    """Most bytes that torch's allocator had given out at once, of those asked for by an action.

    What was there before does not count, nor does its being freed meanwhile. Only what torch
    allocates counts: no imports, no interpreter, no scratch of compiled loops.

    Args:
        action: what is measured; everything that it loads or keeps should be there already.
        device: whose memory; None is returned for others than CPU and CUDA, which are not known.
    """
    kind = torch.device(device).type
    if kind == "cpu":
        return _on_cpu(action)
    return _on_cuda(action, device) if kind == "cuda" else None


def _on_cuda(action: Callable[[], object], device: torch.device | str) -> int:
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    action()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before


def _on_cpu(action: Callable[[], object]) -> int:
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else it tells of itself on standard error
    # What lies in cycles would be freed at any moment: what others left goes before, and the action
    # has to do without the collector.
    gc.collect()
    gc.disable()
    try:
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as run:
            action()
    finally:
        gc.enable()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        run.export_chrome_trace(str(path))
        events = json.loads(path.read_text())["traceEvents"]
    told = [event for event in events if event["name"] == "[memory]"]
    held: dict[int, int] = {}
    alive = peak = 0
    for event in sorted(told, key=lambda event: event["ts"]):
        size, address = int(event["args"]["Bytes"]), int(event["args"]["Addr"])
        if size > 0:
            held[address] = size
            alive += size
        else:
            alive -= held.pop(address, 0)
        peak = max(peak, alive)
    return peak
