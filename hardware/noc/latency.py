"""How long each step takes."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.routes import Route, Routes
from polychrony.hardware.noc.traffic import Work
from polychrony.hardware.profile import Profile
from polychrony.snn.activity import Activity

FloatArray = npt.NDArray[np.float64]


@numba.njit(cache=True, nogil=True)
def _slowest(spikes, worst, slowest):  # type: ignore[no-untyped-def]
    n_steps, n_samples, n = spikes.shape
    for t in range(n_steps):
        for b in range(n_samples):
            for i in range(n):
                if spikes[t, b, i] and worst[i] > slowest[t, b]:
                    slowest[t, b] = worst[i]


def _travel(route: Route, profile: Profile) -> FloatArray:
    """Time of the slowest message of each neuron, s, [N]."""
    seconds = (
        route.east_west * profile.hop_east_west.latency.require("s")
        + route.north_south * profile.hop_north_south.latency.require("s")
        + route.local * profile.within_tile.seconds_or_zero
    )
    worst = np.zeros(len(route.home))
    np.maximum.at(worst, route.neuron, seconds)
    return worst


def message_latency(routes: Routes, activity: Activity, profile: Profile) -> FloatArray:
    """Time of the slowest message of each step, without queueing.

    Args:
        routes: routes of the mapped network.
        activity: the run.
        profile: costs.

    Returns:
        s, [T, B]; 0 in a step without messages.
    """
    slowest = np.zeros((activity.n_steps, activity.batch_size))
    for name, route in routes.of.items():
        _slowest(np.ascontiguousarray(activity.spikes[name]), _travel(route, profile), slowest)
    return slowest


def busy_latency(work: Work, profile: Profile) -> FloatArray:
    """Time of the busiest core of each step.

        t_core = messages_in * t_axon_in + synaptic_ops * t_synapse + active * t_active
                 + inactive * t_inactive + spikes * t_spike + messages_out * t_axon_out

    A term whose time is unknown is left out; `Profile.latency_excludes` names it.

    Args:
        work: events of the run.
        profile: costs.

    Returns:
        s, [T, B].
    """
    n_cores = work.synaptic_ops.shape[2]
    busy: FloatArray = np.zeros(work.synaptic_ops.shape)
    for count, component in (
        (work.messages_in, "axon_in"),
        (work.synaptic_ops, "synapse"),
        (work.active, "neuron_active"),
        (work.inactive, "neuron_inactive"),
        (work.spikes, "spike"),
        (work.messages_out[..., :n_cores], "axon_out"),
    ):
        latency = profile.cost(component).latency
        if latency.known:
            busy += count * latency.require("s")
    return np.asarray(busy.max(axis=2))


def step_latency(
    work: Work,
    routes: Routes,
    activity: Activity,
    profile: Profile,
    messages: FloatArray | None = None,
) -> FloatArray:
    """Duration of each step of the chip.

    Where cores wait for each other (`"barrier"`):

        t_step = max(max over cores of t_core, max over messages of t_message) + t_barrier(tiles)
        t_message = hops_east_west * t_ew + hops_north_south * t_ns, or t_within_tile

    The chip has no clock, and without `messages` they do not queue here: both make this a model of
    what the source's numbers imply, and a lower bound where messages meet. With fixed steps
    (`"tick"`) it is the tick; in continuous time, the step of the data.

    Args:
        work: events of the run.
        routes: routes of the mapped network.
        activity: the run.
        profile: costs.
        messages: time of the slowest message of each step with queueing, s, [T, B].

    Returns:
        s, [T, B].

    Raises:
        HardwareError: a chip with fixed steps does not say how long they are.
    """
    chip = routes.mapping.chip
    shape = (activity.n_steps, activity.batch_size)
    if chip.time == "continuous":
        return np.full(shape, activity.dt)
    if chip.time == "tick":
        if chip.tick is None:
            raise HardwareError(f"chip {chip.name!r} has fixed steps, but no tick")
        return np.full(shape, chip.tick.require("s"))
    if messages is None:
        messages = message_latency(routes, activity, profile)
    barrier = 0.0
    if profile.barrier is not None:
        barrier = profile.barrier.seconds(routes.mapping.n_tiles)
    return np.asarray(np.maximum(busy_latency(work, profile), messages) + barrier)
