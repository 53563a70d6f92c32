"""What docs/network-on-chip.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

from polychrony.hardware.noc.trace import read_trace

PAGE = (Path(__file__).parents[3] / "docs" / "network-on-chip.md").read_text()


def test_the_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {}
    exec(compile(example, "network-on-chip.md", "exec"), names)
    assert names["measured"].latency_mean > 0 and not names["measured"].saturated
    # Tiles 0 and 6 are 6 columns apart; 0 and 15 are 7 columns and a row, and that copy leaves
    # tile 6 a cycle after the other; 5 and 0 are 5 columns apart.
    assert names["deliveries"].latency.tolist() == [3 * 6 + 5, 3 * 8 + 5 + 1, 3 * 5 + 5]
    assert names["deliveries"].link_flits.shape == (32, 5)


def test_the_trace_can_be_read(tmp_path):
    (trace,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "trace.csv"
    path.write_text(trace)
    assert read_trace(path, 64).flits.tolist() == [1, 4]
