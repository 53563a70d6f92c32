from pathlib import Path

import numpy as np
import pytest
from graphs import random_graph, seeds, spikes_for
from hypothesis import given, settings
from hypothesis import strategies as st

from polychrony.snn import (
    NetworkGraph,
    Population,
    Projection,
    SpikingNetwork,
    simulate,
    to_graph,
)
from polychrony.snn.exchange.nir import NirError, from_nir, read_nir, to_nir, write_nir
from polychrony.snn.graph import Resolution

nir = pytest.importorskip("nir", reason="nir is not installed: pip install 'polychrony[nir]'")
ways = st.tuples(st.sampled_from(["euler", "exact"]), st.booleans())


def check_same_run(graph: NetworkGraph, other: NetworkGraph, seed: int = 0) -> None:
    inputs = spikes_for(graph, seed)
    expected, found = simulate(graph, inputs), simulate(other, inputs)
    assert set(found.spikes) == set(expected.spikes)
    assert set(found.potentials) == set(expected.potentials)
    for name, spikes in expected.spikes.items():
        np.testing.assert_array_equal(found.spikes[name], spikes)
    for name, potentials in expected.potentials.items():
        np.testing.assert_array_equal(found.potentials[name], potentials)


@settings(max_examples=30, deadline=None)
@given(seeds, ways)
def test_a_graph_comes_back_and_spikes_bit_for_bit(seed: int, way: tuple) -> None:
    graph = random_graph(seed)
    back = from_nir(to_nir(graph, discretization=way[0], gain_in_weights=way[1]))
    check_same_run(graph, back, seed)
    assert back.dt == graph.dt
    for population in graph:
        other = back[population.name]
        assert other.kind == population.kind
        if population.kind != "input":
            np.testing.assert_array_equal(population.decay, other.decay)
            np.testing.assert_array_equal(population.bias, other.bias)
        if population.kind == "lif":
            np.testing.assert_array_equal(population.v_threshold, other.v_threshold)
            assert population.v_reset == other.v_reset


@pytest.mark.parametrize(
    "options",
    [{}, {"recurrent": 3}, {"v_reset": None}, {"delays": "fixed", "recurrent": 1}],
    ids=["delays", "recurrent", "soft", "fixed"],
)
def test_a_network_comes_back_from_a_file(options: dict, tmp_path: Path) -> None:
    network = SpikingNetwork(12, [16, 9], 4, dt=2e-3, tau_mem=2e-2, max_delay=7, **options)
    graph, path = to_graph(network), tmp_path / "network.nir"
    write_nir(to_nir(network), path)
    for source in (path, str(path), read_nir(path), nir.read(path)):
        back = from_nir(source)
        check_same_run(graph, back)
        assert [p.label for p in back.projections] == [p.label for p in graph.projections]
        for expected, found in zip(graph.projections, back.projections, strict=True):
            for column in ("pre", "post", "weight", "delay"):
                np.testing.assert_array_equal(getattr(expected, column), getattr(found, column))
    assert list(tmp_path.iterdir()) == [path]


def test_another_unit_of_time_changes_nothing() -> None:
    graph = random_graph(3)
    written = to_nir(graph, dt=1.0, discretization="exact")
    back = from_nir(written)
    check_same_run(graph, back)
    assert back.dt == graph.dt and written.metadata["dt"] == 1.0


def test_one_delay_for_each_neuron_is_one_delay_node() -> None:
    populations = (Population("input", 3, "input"), Population("out", 2, "lif"))
    weight = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
    graph = NetworkGraph(
        populations, (Projection.from_dense("input", "out", weight, [[4, 0, 2], [4, 0, 2]]),), 1e-3
    )
    nodes = to_nir(graph).nodes.values()
    (delay,) = [node for node in nodes if isinstance(node, nir.Delay)]
    np.testing.assert_allclose(delay.delay, [4e-3, 0, 2e-3])
    (affine,) = [node for node in nodes if isinstance(node, nir.Affine)]
    np.testing.assert_array_equal(affine.weight, weight)


def test_delays_of_single_synapses_are_a_bank_of_taps() -> None:
    populations = (Population("input", 2, "input"), Population("out", 2, "lif"))
    graph = NetworkGraph(
        populations,
        (Projection.from_dense("input", "out", [[1.0, 2.0], [3.0, 4.0]], [[0, 1], [5, 1]]),),
        1e-3,
    )
    nodes = list(to_nir(graph).nodes.values())
    delays = [node.delay.tolist() for node in nodes if isinstance(node, nir.Delay)]
    assert sorted(delays) == [[1e-3, 1e-3], [5e-3, 5e-3]]
    weights = [node.weight for node in nodes if isinstance(node, nir.Affine | nir.Linear)]
    np.testing.assert_array_equal(sum(weights), [[1, 2], [3, 4]])


def test_a_layer_that_hears_itself_after_one_step_has_no_delay_node() -> None:
    populations = (Population("input", 2, "input"), Population("out", 2, "lif"))
    graph = NetworkGraph(
        populations,
        (
            Projection.from_dense("input", "out", np.eye(2)),
            Projection.from_dense("out", "out", [[0.0, 0.5], [0.5, 0.0]], 1),
        ),
        1e-3,
    )
    written = to_nir(graph)
    assert not any(isinstance(node, nir.Delay) for node in written.nodes.values())
    assert ("out_to_out", "out") in written.edges and ("out", "out_to_out") in written.edges
    check_same_run(graph, from_nir(written))


def test_what_is_written_passes_the_checks_of_nir() -> None:
    for seed in range(20):
        written = to_nir(random_graph(seed))
        written.infer_types()
        written.check_types()


def test_dense_weights_beyond_the_limit_are_refused() -> None:
    graph = random_graph(1)
    with pytest.raises(NirError, match=r"beyond|more than the limit"):
        to_nir(graph, limit=16)


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    written = to_nir(random_graph(1))
    with pytest.raises(NirError, match=r"missing.*cannot be written"):
        write_nir(written, tmp_path / "missing" / "network.nir")


def test_populations_that_count_in_whole_numbers_are_refused() -> None:
    resolution = Resolution(unit=0.01)
    populations = (
        Population("input", 2, "input"),
        Population("out", 2, "lif", resolution=resolution),
    )
    graph = NetworkGraph(populations, (), 1e-3)
    with pytest.raises(NirError, match="'out' counts in whole numbers"):
        to_nir(graph)


def test_a_full_disk_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What h5py raises on closing a file that did not fit, shortened.
    said = (
        "Can't close\n (file write failed: errno = 28, error message = 'No space left on device')"
    )

    def full(path: Path, graph: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(nir, "write", full)
    with pytest.raises(NirError, match=r"x\.nir cannot be written: No space left on device$"):
        write_nir(None, tmp_path / "x.nir")
    assert list(tmp_path.iterdir()) == []
