"""How long each step takes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from polychrony.hardware.noc.routes import Routes
from polychrony.hardware.noc.traffic import Work
from polychrony.hardware.profile import Profile
from polychrony.snn.activity import Activity

FloatArray = npt.NDArray[np.float64]


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
    for origin in routes.origins:
        travel = (
            origin.east_west * profile.hop_east_west.latency.require("s")
            + origin.north_south * profile.hop_north_south.latency.require("s")
            + origin.local * profile.within_tile.latency.require("s")
        )
        worst = np.where(origin.reached, travel, 0.0).max(axis=1)
        spikes = activity.spikes[origin.population][:, :, origin.start : origin.stop]
        for level in np.unique(worst[worst > 0]):
            fired = (spikes[:, :, worst == level] > 0).any(axis=2)
            np.maximum(slowest, fired * level, out=slowest)
    return slowest


def step_latency(work: Work, routes: Routes, activity: Activity, profile: Profile) -> FloatArray:
    """Duration of each step of the chip.

    t_step = max(max over cores of t_core, max over messages of t_message) + t_barrier(tiles)
    t_core = messages_in * t_axon_in + synaptic_ops * t_synapse + active * t_active
             + inactive * t_inactive + messages_out * t_axon_out
    t_message = hops_east_west * t_ew + hops_north_south * t_ns, or t_within_tile

    The chip has no clock, and messages do not queue here: both make this a model of what the
    source's numbers imply, and a lower bound where messages meet. A term whose time is unknown is
    left out; `Profile.latency_excludes` names it.

    Args:
        work: events of the run.
        routes: routes of the mapped network.
        activity: the run.
        profile: costs.

    Returns:
        s, [T, B].
    """
    n_cores = routes.mapping.n_cores
    busy: FloatArray = np.zeros((activity.n_steps, activity.batch_size, n_cores))
    for count, component in (
        (work.messages_in, "axon_in"),
        (work.synaptic_ops, "synapse"),
        (work.active, "neuron_active"),
        (work.inactive, "neuron_inactive"),
        (work.messages_out[..., :n_cores], "axon_out"),
    ):
        latency = profile.cost(component).latency
        if latency.known:
            busy += count * latency.require("s")
    messages = message_latency(routes, activity, profile)
    barrier = profile.barrier.seconds(routes.mapping.n_tiles)
    return np.asarray(np.maximum(busy.max(axis=2), messages) + barrier)
