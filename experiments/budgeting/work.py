"""The runs of a budget, trained as they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import torch
from rich.console import Console

from polychrony.experiments.bars import counting
from polychrony.experiments.bits import MAX_BITS
from polychrony.experiments.budgeting.allocation import Allocation, Traffic, config_of
from polychrony.experiments.budgeting.layers import macs_of, received_rates
from polychrony.experiments.budgeting.options import BlockBudgetOptions, BudgetOptions
from polychrony.experiments.budgeting.rows import row_of
from polychrony.experiments.budgeting.sensitivity import Sensitivity, measure
from polychrony.experiments.comparison.plan import check_started
from polychrony.experiments.config import BlocksConfig, Config, NetworkConfig
from polychrony.experiments.data import open_split
from polychrony.experiments.files import read_json, write_json
from polychrony.experiments.runs import RUNS, Run
from polychrony.experiments.tables import say
from polychrony.experiments.validation import validate
from polychrony.snn.learning import BlockNetwork


class Work:
    """The runs of a budget, trained as they are asked for.

    Args:
        options: recipe, bits, and what all runs share.
        console: where progress goes.
        finish: trains a run to its end, told what it stands for.
    """

    def __init__(
        self,
        options: BudgetOptions | BlockBudgetOptions,
        console: Console,
        finish: Callable[[Run, str], None],
    ) -> None:
        self.options = options
        self.console = console
        self.finish = finish
        self.folder = options.run or RUNS / f"budget-{options.recipe}"
        blocks = BlocksConfig()
        if isinstance(options, BlockBudgetOptions):
            blocks = BlocksConfig(**vars(options.blocks))
        network = NetworkConfig(**vars(options.network))
        self.base = Config(options.data, network, options.training, blocks)
        self.rows: dict[Allocation, dict[str, Any]] = {}
        self._inputs: dict[int, tuple[int, float]] = {}

    def runs(self, allocation: Allocation) -> list[Run]:
        """The runs of an allocation, done or not.

        Raises:
            UserError: an option cannot be, or a folder holds a run that was started otherwise.
        """
        made = []
        for seed in range(self.options.seeds):
            config = config_of(self.base, allocation, seed)
            validate(config)
            run = Run(self.folder / allocation.folder / f"seed-{seed}", self.options.recipe, config)
            check_started(run)
            made.append(run)
        return made

    def train(self, allocation: Allocation) -> float:
        """Train an allocation as far as that is not done; its mean validation accuracy."""
        runs = self.runs(allocation)
        for run in runs:
            self._finish(run, allocation)
        row = row_of(allocation, runs, self.traffic(allocation))
        self.rows[allocation] = row
        return float(row["valid_accuracy_mean"])

    def _finish(self, run: Run, allocation: Allocation) -> None:
        if not run.is_finished:
            self.finish(run, allocation.label)

    def traffic(self, allocation: Allocation) -> Traffic:
        """What layers receive, from the first of an allocation's finished runs."""
        run = self.runs(allocation)[0]
        network = run.load_network()
        steps = allocation.steps
        if steps not in self._inputs:
            self._inputs[steps] = self._input(run.config)
        bits, rate = self._inputs[steps]
        tests = open_split(self.options.recipe, run.config, "test")
        macs, inner = macs_of(network, tests.step_shape)
        if isinstance(network, BlockNetwork):
            sent, own = received_rates(network, tests)
            return Traffic(macs, bits, (rate, *sent), inner, own)
        rates = read_json(run.result_path)["spike_rate_Hz"]
        return Traffic(macs, bits, (rate, *(run.config.dt * float(each) for each in rates)))

    def _input(self, config: Config) -> tuple[int, float]:
        """Bits of the largest count of an input in training; share of counts above 0 in tests.

        Frames that are normalised count as they were before.
        """
        config = replace(config, data=replace(config.data, mean=(), std=()))
        trained, tests = (open_split(self.options.recipe, config, s) for s in ("train", "test"))
        most = max(int(trained[i][0].max()) for i in range(len(trained)))
        shares = [float(tests[i][0].ne(0).mean(dtype=torch.float64)) for i in range(len(tests))]
        return max(1, most.bit_length()), sum(shares) / len(shares)

    def sensitivity(self, steps: int) -> Sensitivity:
        """How much layers mind fewer bits, measured once on a run of 8 bits everywhere."""
        place = self.folder / f"sensitivity-{steps}.json"
        if place.is_file():
            return Sensitivity.from_dict(read_json(place))
        reference = Allocation.alike(MAX_BITS, MAX_BITS, steps, self.base.n_hidden)
        run = self.runs(reference)[0]
        say(self.console, f"a run of {reference.label} tells how much layers mind fewer bits")
        self._finish(run, reference)
        network = run.load_network()
        data = open_split(self.options.recipe, run.config, "valid")
        with counting(self.console, "lowering the bits of each layer") as report:
            found = measure(network, data, report)
        write_json(place, asdict(found))
        return found
