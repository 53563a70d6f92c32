"""Options of `polychrony cosim`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

if TYPE_CHECKING:
    from rich.console import Console

    from polychrony.hardware.loop import Loop

Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")]
File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]


@dataclass(frozen=True)
class Cosim:
    """Run a trained network, or one from a NIR file, in software and on a modelled chip."""

    run: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
    """Run folder, or a network of any library as a NIR file (.nir), with --input."""
    chip: Annotated[str, tyro.conf.arg(metavar="NAME")] = "loihi"
    """Chip, or a chip file (.toml, .yaml); `polychrony chips` lists them."""
    profile: Annotated[str | None, tyro.conf.arg(metavar="NAME")] = None
    """Costs of the chip; its published ones by default."""
    noc: Literal["analytic", "queueing", "cycle"] = "analytic"
    """Network on chip: sums of hops, with waiting at busy links, or flit by flit."""
    relays: Literal["auto", "build", "refuse"] = "auto"
    """Delays beyond the chip's: build them from relay neurons, or refuse; auto builds them on chips
    whose synapses have no delays of their own."""
    fan_in: Literal["auto", "split", "prune", "refuse"] = "auto"
    """Neurons of too many synapses: split them, keep the strongest synapses, or refuse; auto
    splits, and prunes if that does not fit."""
    prune: float | None = None
    """Share of the synapses that goes before the network is put on the chip, 0 to 1; software and
    chip both run what is left, and the software all of it beside."""
    prune_by: Literal["magnitude", "lattice"] = "magnitude"
    """What goes: the smallest weights, or recurrent synapses, last those of neurons that are
    meet-irreducible in the order of who depends on whom."""
    place: Annotated[str, tyro.conf.arg(metavar="METHOD")] = "annealing"
    """Placement: in_order, random, greedy, spectral, annealing or swarm."""
    mismatch: float | None = None
    """Spread between analog circuits (coefficient of variation), instead of the chip's."""
    seed: int = 0
    """Seed of placement and mismatch."""
    loop: Literal["auto", "off", "open", "closed"] = "auto"
    """Let late spikes act late, in one more run (open) or until no spike train changes (closed);
    auto closes the loop under --tick-us."""
    tick_us: float | None = None
    """Real time of a step, in microseconds: a deadline, on any chip."""
    max_late: float | None = None
    """Choose the shortest step in which at most this share of the spikes is late."""
    late: Literal["deliver", "drop"] = "deliver"
    """What becomes of spikes that miss their step."""
    rounds: int = 20
    """Runs after which a closed loop stops in any case."""
    compensate: int = 0
    """Shorten learned delays by what the chip adds to them, measured so many times."""
    arithmetic: Literal["chip", "real"] = "chip"
    """Run in the numbers of the chip, or in real ones on its cores."""
    bit_energy_pj: float | None = None
    """Energy k of a bit operation, in pJ, for k x S-ACE and k x NS-ACE; without it, that of the
    chip's synapse over the bits of weight and spike."""
    learning: Annotated[str | None, tyro.conf.arg(metavar="RULE[,OPTION=..]")] = None
    """Count what learning on the chip would take beside: tess, eprop, decolle, or
    s-tllr,feedback=direct; as in tess,alpha_post=-1."""
    input: File = None
    """Spikes to run instead of the test samples: .h5 as of SHD, with spikes/times (s), spikes/units
    and, if known, labels; or .csv of one recording, a line time_s,neuron for each spike."""
    samples: int = 0
    """Samples to run, from the first; 0 for all."""
    steps: int = 0
    """Steps of a sample, for a NIR file; 0 ends with the last spike of the input."""
    dt_ms: float | None = None
    """Duration of a step in milliseconds, for a NIR file that does not say it."""
    static: bool = False
    """Add the chip's static energy."""
    neurobench: bool = False
    """Count the metrics of NeuroBench as well; takes some more time."""
    root: Folder = None
    """Folder of the data files, if they have moved since training."""
    report: File = None
    """Write a page (HTML) that shows and explains all of it."""
    figures: Folder = None
    """Write the figures of that page into this folder, as PNG and SVG."""
    trials: File = None
    """Show these trials of a design space on the page as well (JSON)."""
    json: File = None
    """Write the numbers to this file; - for standard output."""

    def __call__(self, console: Console) -> dict[str, Any]:
        """Run the command."""
        from polychrony.experiments.commands.cosim import ChipOptions, cosim_run
        from polychrony.experiments.pruning import Prune
        from polychrony.experiments.reporting import Outputs
        from polychrony.experiments.subjects import Asked

        options = ChipOptions(
            self.chip,
            self.profile,
            self.noc,
            self.static,
            {"auto": None, "build": True, "refuse": False}[self.relays],
            self.fan_in,
            self.mismatch,
            self.place,
            self.seed,
            self._loop(),
            self.arithmetic == "chip",
            None if self.bit_energy_pj is None else self.bit_energy_pj * 1e-12,
            self.neurobench,
        )
        outputs = Outputs(self.report, self.figures, self.trials)
        dt = None if self.dt_ms is None else self.dt_ms * 1e-3
        asked = Asked(self.run, self.input, self.samples, self.root, self.steps, dt)
        prune = Prune(self.prune, self.prune_by)
        return cosim_run(asked, options, console, outputs, self.learning, prune)

    def _loop(self) -> Loop:
        from polychrony.hardware.loop import Loop

        asked = self.tick_us is not None or self.max_late is not None or self.compensate
        how = ("closed" if asked else "off") if self.loop == "auto" else self.loop
        tick = None if self.tick_us is None else self.tick_us * 1e-6
        return Loop(how, tick, self.late, self.rounds, self.max_late, self.compensate)
