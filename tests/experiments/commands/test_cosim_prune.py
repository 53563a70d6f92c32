"""`polychrony cosim --prune` and `polychrony explore --vary prune`"""

from __future__ import annotations

import json

import numpy as np
import pytest

from polychrony.experiments.pruning import Prune
from polychrony.snn.graph import NetworkGraph, Population, Projection


def numbers(call, *words):
    said = call("cosim", *words, "--json", "-")
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_software_and_chip_both_run_what_is_left(call, finished):
    whole, thin = numbers(call, finished), numbers(call, finished, "--prune", 0.5)
    pruning = thin["pruning"]
    assert whole["pruning"] is None
    assert pruning["accuracy_software_unpruned"] == whole["accuracy_software"]
    assert pruning["synapses_dropped"] == round(0.5 * pruning["synapses_unpruned"])
    assert (pruning["share"], pruning["criterion"]) == (0.5, "magnitude")
    energy = "energy_per_inference_J"
    assert 0 < thin[energy]["synapse"] < whole[energy]["synapse"]


def test_nothing_less_is_the_same_network(call, finished):
    whole, same = numbers(call, finished), numbers(call, finished, "--prune", 0)
    assert same["pruning"]["agreement_unpruned"] == 1.0
    for key in ("accuracy_software", "accuracy_hardware", "energy_per_inference_J"):
        assert whole[key] == same[key]


def test_the_tables_tell_both_accuracies(call, finished):
    said = call("cosim", finished, "--prune", 0.3)
    text = " ".join(said.out.replace("│", " ").split())
    assert "accuracy, unpruned" in text
    assert "by magnitude; both columns are of the network that is left" in text
    assert "agreement with the unpruned network" in text


def test_the_page_tells_both_accuracies(call, finished, tmp_path):
    pytest.importorskip("plotly", reason="the page needs plotly")
    page, figures = tmp_path / "page.html", tmp_path / "figures"
    said = call("cosim", finished, "--prune", 0.3, "--report", page, "--figures", figures)
    assert said.code == 0, said.err
    text = page.read_text()
    assert "software, all synapses" in text
    assert "with all of them the software is right in" in text
    assert (figures / "accuracy.png").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--prune", "1.5"], "--prune is 1.5; it must lie between 0 and 1"),
        (["--prune", "nan"], "--prune is nan"),
        (["--prune-by", "lattice"], "--prune-by lattice needs the share"),
        (["--prune", "0.5", "--prune-by", "lattice"], "no population hears itself"),
    ],
)
def test_what_cannot_be_pruned_is_told(call, finished, words, told):
    assert call("cosim", finished, *words).is_one_error(told)


def test_an_exploration_varies_the_share(call, finished_copy):
    pytest.importorskip("optuna", reason="explore needs optuna")
    words = ["--vary", "prune=0,0.6", "--vary", "place=in_order,greedy", "--json", "-"]
    said = call("explore", finished_copy, *words)
    assert said.code == 0, said.err
    found = json.loads(said.out)
    energy = {}
    for trial in found["trials"]:
        share = trial["params"]["prune"]
        energy.setdefault(share, []).append(trial["values"]["energy_J"])
    assert max(energy[0.6]) < min(energy[0.0])


def test_inhibition_of_neurons_by_themselves_stays():
    own = Projection.from_dense("h", "h", np.diag([-0.5, -0.5]), 1)
    weights = Projection.from_dense("input", "h", [[1.0, 2.0], [3.0, 4.0]])
    populations = Population("input", 2, "input"), Population("h", 2, "lif")
    pruned, lost = Prune(0.5)(NetworkGraph(populations, (weights, own), 1e-3))
    assert pruned.projections[1] is own
    assert [p.projection for p in lost.projections] == ["input->h"]
    assert pruned.projections[0].weight.tolist() == [3.0, 4.0]
