"""Memory and work of one training step of a rule."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import Tensor

from polychrony.experiments.augment import vary
from polychrony.experiments.comparison.plan import Entry
from polychrony.experiments.config import Config, to_dict
from polychrony.experiments.data import Samples
from polychrony.experiments.evaluation import batches
from polychrony.experiments.files import read_json, write_json
from polychrony.experiments.machine import on_processor
from polychrony.experiments.memory import allocated_peak
from polychrony.experiments.models import build
from polychrony.experiments.training.local import BlockLearning
from polychrony.snn.learning import BlockNetwork

_NO_MATTER = ("root", "workers", "epochs", "seed", "keep")


class Step(NamedTuple):
    """What a training step of a rule takes."""

    peak_memory_bytes: int | None
    """Most that torch's allocator has given out at once for a step of the recipe's batch and T,
    beside network, optimiser and batch, which are the same for every rule."""
    macs_forward: int
    """Per sample; see `polychrony.snn.learning.cost.Cost`."""
    macs_signal: int
    macs_update: int
    macs_signal_paper: int
    batch_size: int
    parameters: int


def known_step(entry: Entry) -> Step | None:
    """What an earlier call measured for this rule, network and batch; None if there is none."""
    if not entry.step_path.is_file():
        return None
    content = read_json(entry.step_path)
    if not isinstance(content, dict) or content.pop("of", None) != _question(entry.config):
        return None
    return Step(**content) if set(content) == set(Step._fields) else None


def measure_step(entry: Entry, data: Samples) -> Step:
    """Take a training step of a rule, and keep what was measured.

    Args:
        entry: the rule; its first run tells network, batch and optimiser.
        data: training samples, of which the first batch is learned from.

    Raises:
        SnnError: the rule cannot train this network.
    """
    config = entry.config
    training = config.training
    accelerator = Accelerator(
        cpu=on_processor(training.device), mixed_precision=training.mixed_precision
    )
    set_seed(training.seed)
    network = build(config, data.step_shape, len(data.classes))
    assert isinstance(network, BlockNetwork)
    learning = BlockLearning(network, config, 2)
    learning.prepare(accelerator)
    network.train()
    x, labels, _ = next(iter(batches(data, training.batch_size)))
    x, labels = vary(x.to(accelerator.device), config.data), labels.to(accelerator.device)
    peak = _peak(learning, x, labels, accelerator.device)
    cost = learning.rule.cost(network, data.step_shape, config.n_steps)
    parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
    macs = cost.macs_forward, cost.macs_signal, cost.macs_update, cost.paper_signal
    step = Step(peak, *macs, len(labels), parameters)
    write_json(entry.step_path, {"of": _question(config), **step._asdict()})
    return step


def _peak(learning: BlockLearning, x: Tensor, labels: Tensor, device: torch.device) -> int | None:
    learning.step(x, labels)  # compiles, and makes what the optimiser keeps
    learning.optimizer.zero_grad()
    return allocated_peak(lambda: learning.step(x, labels), device)


def _question(config: Config) -> dict[str, Any]:
    """Everything that a step depends on, and the versions of torch that allocate differently."""
    sections = {
        name: {key: value for key, value in options.items() if key not in _NO_MATTER}
        for name, options in to_dict(config).items()
    }
    return {**sections, "torch": torch.__version__}
