from __future__ import annotations

from polychrony.experiments.reporting.plots.spikes import sort_spikes


def _events(*spikes):
    return {"step": [step for step, _ in spikes], "neuron": [neuron for _, neuron in spikes]}


def _content(software, hardware, **result):
    entry = {"neurons": 9, "software": software, "hardware": hardware}
    return {"record": {"samples": [{"steps": 5, "populations": {"a": entry}}]}, "result": result}


def test_each_spike_is_of_one_kind():
    content = _content(_events((0, 1), (0, 1), (2, 3)), _events((0, 1), (4, 4)))
    assert sort_spikes(content, 0, "a").kinds == {
        "in both": [(0, 1)],
        "in software only": [(0, 1), (2, 3)],
        "on the chip only": [(4, 4)],
    }


def test_neurons_made_for_the_chip_have_nothing_beside_them():
    assert sort_spikes(_content(None, _events((1, 2))), 0, "a").kinds == {"on the chip": [(1, 2)]}


def test_late_and_dropped_spikes_are_those_of_the_sample_and_the_population():
    spike = {"sample": 0, "step": 1, "population": "a", "neuron": 2}
    others = [{**spike, "sample": 1}, {**spike, "population": "b"}]
    marks = {"late_spikes": [spike, *others], "dropped_spikes": [{**spike, "step": 3}]}
    kinds = sort_spikes(_content(_events(), _events((1, 2)), loop=marks), 0, "a").kinds
    assert kinds["late"] == [(1, 2)]
    assert kinds["dropped"] == [(3, 2)]


def test_without_lists_nothing_is_marked():
    for loop in (None, {}, {"late_spikes": 3, "network": None}):
        kinds = sort_spikes(_content(_events(), _events(), loop=loop), 0, "a").kinds
        assert kinds.keys() == {"in both", "in software only", "on the chip only"}
