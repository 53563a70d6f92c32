"""Rules that learn as time goes by: no graph outlives a few steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.learning.cost import Cost, local_cost
from polychrony.snn.learning.eligibility import Eligibility
from polychrony.snn.learning.learner import (
    BlockLearner,
    LearnerState,
    Record,
)
from polychrony.snn.learning.network import BlockNetwork
from polychrony.snn.learning.readout import ReadoutLearner, ReadoutState
from polychrony.snn.learning.rule import (
    Input,
    Optimizers,
    Outcome,
    Rule,
    as_list,
    as_target,
    pieces,
)
from polychrony.snn.learning.seen import Seen
from polychrony.snn.learning.signals import (
    DirectFeedback,
    ErrorKind,
    LocalReadout,
    Signal,
    SpatialBackprop,
    error_of,
    losses_of,
    send_spatial,
)


class LearningState(NamedTuple):
    """What a network carries from one sequence to the next while it learns."""

    blocks: tuple[LearnerState, ...]
    """Of each block and its traces."""
    readout: ReadoutState
    """Of the readout and its trace."""
    n_steps: int
    """Steps so far."""


class LocalRule(Rule):
    """A rule made of an eligibility and a learning signal.

        dW = sum over t >= first_step of m_i[t] * e_ij[t], for every layer of synapses

    The readout learns by its own error in the same steps. State and traces go forward with the
    layer, and no gradient passes from a step to another. Time is taken in pieces of `chunk` steps,
    because weights stay within an update: one product for all of a piece, one compiled loop for
    neurons and traces. The pieces change no result but rounding, and memory does not grow with
    time.

    Args:
        name: how tables call it.
        eligibility: what synapses keep of their past.
        signal: where m comes from; None lets only the readout learn.
        first_step: steps before it bring no learning signal (t_l in both papers; 0 in all
            experiments of TESS, 0 to 15 of S-TLLR).
        error: `"softmax"` for classes, `"identity"` for regression; of the readout and of local
            readouts.
        chunk: steps of a piece; does not change what is computed.
        online: step the optimiser after every step of time instead of once; see `learn`.
        backend: kernel of neurons and traces: `"auto"`, `"reference"` or `"cpu"`.

    Raises:
        SnnError: an argument is out of its range.
    """

    def __init__(
        self,
        name: str,
        eligibility: Eligibility,
        signal: Signal | None,
        first_step: int = 0,
        error: ErrorKind = "softmax",
        chunk: int = 10,
        online: bool = False,
        backend: str = "auto",
    ) -> None:
        super().__init__(first_step)
        if chunk < 1:
            raise SnnError(f"chunk is {chunk} steps; at least 1 is needed")
        if error not in ("softmax", "identity"):
            raise SnnError(f"error is {error!r}; use 'softmax' or 'identity'")
        self.name = name
        self.eligibility = eligibility
        self.signal = signal
        self.error: ErrorKind = error
        self.chunk = 1 if online else chunk
        self.online = online
        self.backend = backend
        self._matrices: dict[tuple[object, ...], Tensor] = {}

    def matrix(self, layer: int, n_classes: int, n_features: int, like: Tensor) -> Tensor:
        """Fixed matrix of a block, [C, D], made in float64 once and kept."""
        signal = self.signal
        if not isinstance(signal, LocalReadout | DirectFeedback):
            raise SnnError(f"{self.name}: its signal has no fixed matrices")
        key = (layer, n_classes, n_features, like.dtype, like.device)
        if key not in self._matrices:
            made = signal.projection.matrix(layer, n_classes, n_features)
            self._matrices[key] = made.to(like.device, like.dtype)
        return self._matrices[key]

    def gradients(
        self,
        network: BlockNetwork,
        x: Input,
        labels: Tensor,
        state: LearningState | None = None,
    ) -> Outcome:
        """See `Rule.gradients`."""
        if self.online:
            raise SnnError(f"{self.name}: with online=True each step moves the weights; use learn")
        return self._run(network, x, labels, [], state)

    def learn(
        self,
        network: BlockNetwork,
        x: Input,
        labels: Tensor,
        optimizer: Optimizers,
        state: LearningState | None = None,
    ) -> Outcome:
        """See `Rule.learn`; with `online`, the optimisers step after every step of time."""
        if not self.online:
            return super().learn(network, x, labels, optimizer, state)
        return self._run(network, x, labels, as_list(optimizer), state)

    @torch.no_grad()
    def _run(
        self,
        network: BlockNetwork,
        x: Input,
        labels: Tensor,
        online: Sequence[torch.optim.Optimizer],
        state: LearningState | None,
    ) -> Outcome:
        course = _Course(self, network, state)
        begun = 0 if state is None else state.n_steps
        evidence = loss = None
        n_learned = n_steps = 0
        for piece in pieces(x, self.chunk, max(0, self.first_step - begun)):
            learning = begun + n_steps >= self.first_step
            potential, losses = course.advance(piece, labels, learning)
            evidence = potential.sum(0) if evidence is None else evidence + potential.sum(0)
            n_steps += len(piece)
            if learning:
                loss = losses.sum() if loss is None else loss + losses.sum()
                n_learned += len(piece)
            if online and learning:
                course = course.moved(online)
        course.finish()
        assert evidence is not None
        total = evidence.new_zeros(()) if loss is None else loss / n_learned
        after = course.state(begun + n_steps)
        return Outcome(total, evidence.argmax(1), n_steps, evidence, after)

    def cost(self, network: BlockNetwork, frame_shape: Sequence[int], n_steps: int) -> Cost:
        """See `Rule.cost`."""
        chosen = self.eligibility, self.signal, self.first_step
        return local_cost(*chosen, network, frame_shape, n_steps)


class _Course:
    """A network within one update."""

    def __init__(self, rule: LocalRule, network: BlockNetwork, state: LearningState | None) -> None:
        self.rule = rule
        self.network = network
        self.seen = Seen(rule.backend != "reference")
        kappa = network.readout_decay if rule.eligibility.follow_readout else 0.0
        carried = [None] * len(network.blocks) if state is None else state.blocks
        self.blocks = [
            BlockLearner(block, rule.eligibility, kappa, each, rule.backend, self.seen)
            for block, each in zip(network.blocks, carried, strict=True)
        ]
        if isinstance(rule.signal, SpatialBackprop):
            _refuse_delays(rule.name, network)
        before = None if state is None else state.readout
        self.readout = ReadoutLearner(network.readout, network.readout_decay, before, self.seen)

    def advance(self, x: Tensor, labels: Tensor, learning: bool) -> tuple[Tensor, Tensor]:
        """Run a piece and, if asked, learn from it; potentials and loss of its steps."""
        signal, kind = self.rule.signal, self.rule.error
        wide = torch.promote_types(x.dtype, torch.float32)
        target = as_target(labels, self.network.n_classes, wide)
        if x.dim() < 3 or len(target) != x.shape[1]:
            raise SnnError(
                f"input has shape {tuple(x.shape)} and there are {len(target)} labels; expected "
                "[T, B, ...] and B labels"
            )
        alone = signal is None or not learning or isinstance(signal, LocalReadout)
        records: list[Record] = []
        for layer, block in enumerate(self.blocks):
            record = block.forward(x)
            x = record.output
            if not alone:
                records.append(record)
                continue
            with torch.autocast(x.device.type, enabled=False):
                local = learning and isinstance(signal, LocalReadout)
                block.learn(record, self._own(layer, record, target) if local else None)
        potential, trace, constants = self.readout.forward(x.flatten(2))
        with torch.autocast(x.device.type, enabled=False):
            if learning:
                error = error_of(potential, target, kind)
                self._send(records, error, x.shape)
                self.readout.learn(error, trace, constants)
            self.seen.clear()
            return potential, losses_of(potential, target, kind)

    def _own(self, layer: int, record: Record, target: Tensor) -> Tensor:
        signal, n_classes = self.rule.signal, self.network.n_classes
        assert isinstance(signal, LocalReadout)
        shapes = tuple(record.spikes.shape[2:]), tuple(record.output.shape[2:])
        matrix = self.rule.matrix(layer, n_classes, signal.n_features(layer, *shapes), target)
        return signal.at(layer, record, matrix, target, self.rule.error, self.seen)

    def _send(self, records: list[Record], error: Tensor, shape: torch.Size) -> None:
        """Bring the readout's error to the blocks that wait for it."""
        if isinstance(self.rule.signal, SpatialBackprop):
            weight = self.readout.weight.to(error.dtype)
            send_spatial(self.blocks, records, (error @ weight).view(shape))
        elif isinstance(self.rule.signal, DirectFeedback):
            for layer, (block, record) in enumerate(zip(self.blocks, records, strict=True)):
                n_neurons = record.spikes.shape[2:].numel()
                matrix = self.rule.matrix(layer, self.network.n_classes, n_neurons, error)
                block.learn(record, (error @ matrix).view_as(record.spikes))

    def finish(self) -> None:
        """Bring the update to the `.grad` of all parameters."""
        for block in self.blocks:
            block.finish()
        self.readout.finish()

    def moved(self, optimizers: Sequence[torch.optim.Optimizer]) -> _Course:
        """Step the optimisers, and go on with the new weights."""
        for optimizer in optimizers:
            optimizer.zero_grad()
        self.finish()
        with torch.enable_grad():
            for optimizer in optimizers:
                optimizer.step()
        return _Course(self.rule, self.network, self.state(0))

    def state(self, n_steps: int) -> LearningState:
        """To go on from."""
        blocks = tuple(block.state for block in self.blocks if block.state is not None)
        assert self.readout.state is not None
        return LearningState(blocks, self.readout.state, n_steps)


def _refuse_delays(name: str, network: BlockNetwork) -> None:
    for k, block in enumerate(network.blocks):
        if k and block.map.max_delay:
            raise SnnError(
                f"{name}: block {k + 1} has delays, and a signal cannot go back through them in "
                "its own step; put delays in the first block only, or use a local or direct signal"
            )
