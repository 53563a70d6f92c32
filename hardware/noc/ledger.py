"""Add up the work and the time of a run, batch after batch."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import numpy.typing as npt

from polychrony.hardware.errors import HardwareError
from polychrony.hardware.noc.energy import energy_of
from polychrony.hardware.noc.latency import step_latency
from polychrony.hardware.noc.routes import Routes
from polychrony.hardware.noc.traffic import Work, count_work
from polychrony.hardware.profile import Profile
from polychrony.hardware.report import CoreCost, CostReport
from polychrony.snn.activity import Activity

FloatArray = npt.NDArray[np.float64]


class Ledger:
    """Account of what a mapped network did.

    Args:
        routes: routes of the mapped network.
        profile: costs.
        static: add the chip's static power times the time of an inference, as a component of its
            own. It was measured, at a voltage that its source does not state, while energies per
            event may be of another kind; hence only on request.

    Raises:
        UnknownQuantityError: static power is asked for and not known.
    """

    def __init__(self, routes: Routes, profile: Profile, *, static: bool = False) -> None:
        self.routes, self.profile = routes, profile
        self.static_power = profile.static_power.require("W") if static else None
        self._total: Work | None = None
        self._spikes: dict[str, int] = {}
        self._sample_s: list[FloatArray] = []
        self._longest_s = 0.0
        self._steps = self._late = 0

    def record(self, activity: Activity) -> None:
        """Account for one more batch of samples.

        Args:
            activity: what the network did on the chip, spikes of inputs included.

        Raises:
            GraphError: the activity does not belong to the network.
        """
        if not activity.batch_size or not activity.n_steps:
            return
        work = count_work(self.routes, activity, self.profile.active_when)
        steps = step_latency(work, self.routes, activity, self.profile)
        summed = [getattr(work, f.name).sum(axis=(0, 1)) for f in fields(Work)]
        if self._total is not None:
            summed = [
                a + getattr(self._total, f.name) for a, f in zip(summed, fields(Work), strict=True)
            ]
        self._total = Work(*summed)
        for name, spikes in activity.spikes.items():
            self._spikes[name] = self._spikes.get(name, 0) + int(spikes.sum(dtype=np.int64))
        self._sample_s.append(steps.sum(axis=0))
        self._longest_s = max(self._longest_s, float(steps.max()))
        self._steps += steps.size
        self._late += int((steps > activity.dt).sum())

    def _cores(self, energies: dict[str, FloatArray], samples: int) -> tuple[CoreCost, ...]:
        mapping = self.routes.mapping
        per_core = np.zeros(mapping.n_cores + 1)
        for joules in energies.values():
            per_core[: len(joules)] += joules / samples
        costs = [
            CoreCost(core, int(tile), part.population, part.n_neurons, float(per_core[core]))
            for core, (part, tile) in enumerate(zip(mapping.slices, mapping.tile, strict=True))
        ]
        return (*costs, CoreCost(None, mapping.chip.io_tile, "host", 0, float(per_core[-1])))

    def report(self) -> CostReport:
        """Costs per inference of everything recorded.

        Raises:
            HardwareError: nothing has been recorded.
        """
        if self._total is None:
            raise HardwareError("no costs to report: nothing has been recorded")
        work, mapping = self._total, self.routes.mapping
        seconds = np.concatenate(self._sample_s)
        samples = len(seconds)
        energies = energy_of(work, self.profile)
        energy = {name: float(joules.sum()) / samples for name, joules in energies.items()}
        if self.static_power is not None:
            energy["static"] = self.static_power * float(seconds.mean())
        counts = {f.name: float(getattr(work, f.name).sum()) / samples for f in fields(Work)}
        return CostReport(
            chip=mapping.chip.name,
            profile=self.profile.name,
            n_samples=samples,
            steps_per_inference=self._steps / samples,
            energy_per_inference_J={"total": sum(energy.values()), **energy},
            energy_excludes=self.profile.energy_excludes,
            latency_per_inference_s=float(seconds.mean()),
            latency_percentiles_s={
                str(p): float(np.percentile(seconds, p)) for p in (50, 95, 99, 100)
            },
            latency_excludes=self.profile.latency_excludes,
            step_latency_mean_s=float(seconds.sum()) / self._steps,
            step_latency_max_s=self._longest_s,
            steps_longer_than_dt=self._late / self._steps,
            spikes_per_inference={name: count / samples for name, count in self._spikes.items()},
            synaptic_ops_per_inference=counts["synaptic_ops"],
            messages_per_inference=counts["messages_out"],
            hops_east_west_per_inference=counts["hops_east_west"],
            hops_north_south_per_inference=counts["hops_north_south"],
            per_core=self._cores(energies, samples),
            mapping=mapping.report(),
            assumptions=(*self.profile.assumptions, *mapping.chip.assumptions),
        )
