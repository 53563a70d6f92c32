"""`LIF.like` fires as the library does, spike for spike, installed or as it was recorded."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from library_neurons import CASES, TRACES, drive

from polychrony.snn import LIF, GeneralLIF, SnnError


@pytest.fixture(scope="module")
def traces():
    with np.load(TRACES) as found:
        return dict(found)


@pytest.mark.parametrize("name", CASES)
def test_spikes_equal_those_recorded_from_the_library(name, traces):
    spikes = CASES[name].ours()(torch.from_numpy(traces["drive"])).numpy()
    assert 0.01 < (spikes > 0).mean() < 0.9  # silence agrees with anything
    np.testing.assert_array_equal(spikes, traces[name])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CASES)
def test_spikes_equal_those_of_the_installed_library(name, dtype):
    case = CASES[name]
    pytest.importorskip(case.library, reason=f"{case.library} is not installed")
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)  # so that ours keeps its decays in that precision too
    try:
        x = torch.from_numpy(drive()).to(dtype)
        with torch.no_grad():
            expected, found = case.run(x), case.ours()(x)
    finally:
        torch.set_default_dtype(before)
    assert torch.equal(found, expected)


def test_every_library_is_recorded_at_a_version(traces):
    libraries = {case.library for case in CASES.values()}
    assert {entry.split()[0] for entry in traces["versions"]} == libraries
    assert set(traces) == {*CASES, "drive", "versions"}


@pytest.mark.parametrize("name", CASES)
def test_a_carried_state_goes_on(name):
    x = torch.from_numpy(drive())[:60]
    neurons = CASES[name].ours()
    first, state = neurons.forward_with_state(x[:25])
    second, _ = neurons.forward_with_state(x[25:], state)
    assert torch.equal(torch.cat([first, second]), neurons(x))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("reset", ["hard", "subtract"])
def test_compiled_kernels_give_what_the_reference_gives(reset, strict):
    x = torch.randint(-4, 9, (200, 2, 5)) / 8  # multiples of 1/8 meet the threshold
    options = {"gain": 0.5, "reset": reset, "strict": strict}
    wanted = GeneralLIF(0.5, 1e-3, **options, backend="reference")(x)
    general = GeneralLIF(0.5, 1e-3, **options, v_floor=-1e9)(x)  # through the general kernel
    assert torch.equal(general, wanted)
    if reset == "hard" or not strict:
        assert torch.equal(GeneralLIF(0.5, 1e-3, **options, backend="cpu")(x), wanted)
    else:
        with pytest.raises(SnnError, match="use 'auto' or 'reference'"):
            GeneralLIF(0.5, 1e-3, **options, backend="cpu")


def test_a_strict_threshold_is_not_reached_by_meeting_it():
    x = torch.tensor([1.0, 1.0, 1.0]).reshape(3, 1, 1)
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        assert LIF.like("snntorch", beta=0.0)(x.to(dtype)).sum() == 0
        assert LIF.like("sinabs", tau_mem=1e-3, norm_input=False)(x.to(dtype)).sum() == 3


@pytest.mark.parametrize("reset", ["hard", "subtract", "late", "once", "none"])
@pytest.mark.parametrize("detach", [True, False])
def test_gradients_reach_every_input(reset, detach):
    x = torch.full((6, 1, 2), 0.6, requires_grad=True)
    neurons = GeneralLIF(0.9, 1e-3, reset=reset, detach_reset=detach, v_floor=-1.0)
    neurons(x).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert (x.grad != 0).all()


def test_decays_of_each_neuron():
    betas = torch.tensor([0.5, 0.9])
    x = torch.from_numpy(drive())[:, :, :2]
    both = LIF.like("snntorch", beta=betas)(x)
    each = [LIF.like("snntorch", beta=float(b))(x[..., k : k + 1]) for k, b in enumerate(betas)]
    assert torch.equal(both, torch.cat(each, -1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"library": "brian"}, "no neurons like those of 'brian'; there are: spikingjelly"),
        ({"library": "snntorch"}, "snntorch needs beta"),
        (
            {"library": "snntorch", "beta": 0.9, "tau": 2},
            "no parameter 'tau' here; there are: beta",
        ),
        ({"library": "snntorch", "beta": 0.9, "reset_mechanism": "soft"}, "'subtract', 'zero'"),
        ({"library": "spikingjelly", "tau": 1.0}, "it must be above 1"),
        ({"library": "spikingjelly", "v_reset": 2.0}, "must be above 0"),
        ({"library": "norse", "tau_syn_inv": 200.0, "reset_method": "subtract"}, "v_reset only"),
        ({"library": "norse", "tau_mem_inv": 2000.0}, "decay must lie in"),
        ({"library": "norse", "dt": 0.0}, "dt is 0.0 s"),
        ({"library": "sinabs", "tau_mem": 9.0, "spike_fn": "many"}, "'multi', 'max' or"),
        ({"library": "sinabs", "tau_mem": 9.0, "spike_fn": "max"}, "max_num_spikes_per_bin"),
        ({"library": "sinabs", "tau_mem": 9.0, "reset_fn": "reset", "reset_value": 0.5}, "adds"),
    ],
)
def test_what_cannot_be_had_is_told(arguments, message):
    with pytest.raises(SnnError, match=message):
        LIF.like(**arguments)
