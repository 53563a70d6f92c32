"""What docs/chips.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from polychrony.hardware.chips import LOIHI, chip_names, get_chip, load_chip
from polychrony.hardware.cosim import cosimulate
from polychrony.hardware.errors import HardwareError

PAGE = (Path(__file__).parents[3] / "docs" / "chips.md").read_text(encoding="utf-8")
EXTENDED, WHOLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_short_example_changes_loihi(written):
    chip = load_chip(written(EXTENDED))
    assert (chip.name, chip.neurons_per_core) == ("wider", 2048)
    assert chip.sources["neurons_per_core"] == "assumed: twice as many"
    assert chip.profile().name == "lab"
    assert chip.profile().synapse.energy.value == 30
    assert chip.profile().neuron_active.energy.value == 81
    assert chip.mesh == LOIHI.mesh


def test_the_whole_example_runs(written, small_graph, counts):
    path = written(WHOLE, "small.toml")
    costs = cosimulate(small_graph, counts, chip=str(path)).costs
    assert (costs.chip, costs.profile) == ("small", "sheet")
    assert costs.energy_per_inference_J["synapse"] == pytest.approx(
        5.1e-12 * costs.synaptic_ops_per_inference
    )
    assert costs.energy_excludes[0] == "neuron_inactive"


def test_the_mistake_reads_as_shown(written):
    shown = re.search(r"`mine\.toml:(.*?) allowed are \.\.\.`", PAGE)[1]
    with pytest.raises(HardwareError, match=re.escape(shown)):
        load_chip(written('extends = "loihi"\n\nneurons_per_cor = 2\n'))


@pytest.mark.parametrize("name", chip_names())
def test_every_chip_stands_in_the_table_with_its_size_and_profiles(name):
    chip = get_chip(name)
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
    assert f" {chip.n_cores:,} x {chip.neurons_per_core:,} " in row
    for profile in chip.profiles:
        mark = f"(`{profile.name}`)" if profile.by_name_only else f"`{profile.name}`"
        assert mark in row
