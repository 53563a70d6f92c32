"""A block that learns: its traces run forward with it, and its update adds up over time."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from polychrony.snn.errors import SnnError
from polychrony.snn.kernels.filtered import filtered_gradient
from polychrony.snn.kernels.traces import Traced, combine, traced_lif
from polychrony.snn.learning.block import Block, BlockState, Drives
from polychrony.snn.learning.eligibility import (
    Eligibility,
    constant_trace,
    last_traces,
    pre_trace,
)
from polychrony.snn.learning.seen import Seen
from polychrony.snn.learning.synapses import LearningSynapses
from polychrony.snn.learning.totals import give, wide
from polychrony.snn.lif import LIF


class TraceState(NamedTuple):
    """What the synapses and neurons of a block keep of their past."""

    pre: Tensor
    """q of what comes from below, of the last D + 1 steps, [D + 1, B, ...]."""
    inner: Tensor | None
    """q of what comes from the block itself; None unless it is recurrent."""
    post: Tensor | None
    """h of the next step; None with alpha_post = 0."""
    constant: float
    """q of a constant input."""
    filtered: tuple[Tensor, ...]
    """Filtered eligibilities of the synapses from below and within, [B, N_out, S] each."""


class LearnerState(NamedTuple):
    """State of a block and of its traces."""

    block: BlockState
    """Of synapses and neurons."""
    traces: TraceState
    """Of the rule."""


class Record(NamedTuple):
    """Some steps of a block, until it has learned from them."""

    spikes: Tensor
    """[K, B, ...]"""
    output: Tensor
    """Pooled spikes, detached, [K, B, ...]."""
    graph: Tensor | None
    """Pooled spikes with their way back, or None without pooling."""
    leaf: Tensor
    """The spikes at the other end of that way."""
    slope: Tensor
    """Psi, [K, B, ...]."""
    post: Tensor | None
    """h, [K, B, ...]."""
    heard: tuple[Tensor, ...]
    """What the synapses from below, and those within, heard."""
    traces: tuple[Tensor, ...]
    """q of it, where filtered eligibilities need every step."""
    before: TraceState | None
    """Traces before these steps; None if they are the first."""

    def back(self, signal: Tensor) -> Tensor:
        """Signal at the spikes, of one at the output: the transpose of pooling."""
        if self.graph is None:
            return signal.view_as(self.spikes)
        wanted = signal.reshape_as(self.graph).to(self.graph.dtype)
        (found,) = torch.autograd.grad(self.graph, self.leaf, wanted)
        return found


class BlockLearner:
    """A block within one update: weights stay, state and traces go on.

    Args:
        block: the block.
        eligibility: what is kept of the past.
        kappa: factor per step of the filtered eligibility; 0 keeps none.
        state: to go on from; None starts at rest.
        backend: kernel of neurons and traces; see `polychrony.snn.kernels.traces`.
        seen: where spikes are looked up.

    Raises:
        SnnError: the rule cannot work with this block.
    """

    def __init__(
        self,
        block: Block,
        eligibility: Eligibility,
        kappa: float = 0.0,
        state: LearnerState | None = None,
        backend: str = "auto",
        seen: Seen | None = None,
    ) -> None:
        if not isinstance(block.neurons, LIF):
            raise SnnError(
                f"local rules train spikes of one bit, and these are {type(block.neurons).__name__}"
                "; use BPTT, or LIF"
            )
        self.block = block
        self.neurons = block.neurons
        self.eligibility = eligibility
        self.kappa = kappa
        self.state = state
        self.backend = backend
        self.decay = eligibility.pre_decay(block.neurons)
        seen = seen or Seen(backend != "reference")
        maps = [each for each in (block.map, block.inner) if each is not None]
        self.synapses = [LearningSynapses(each, seen) for each in maps]
        bias = self.bias = block.map.bias
        self.bias_total = None if bias is None else torch.zeros_like(bias, dtype=wide(bias.dtype))
        if kappa and (block.map.dims != 1 or bias is not None):
            raise SnnError(
                "an eligibility that follows the readout is kept for each synapse of linear blocks "
                "without bias; set readout_decay=0, or follow_readout=False"
            )

    def forward(self, x: Tensor) -> Record:
        """Run some steps, [K, B, ...]; they are learned from at once or not at all."""
        chosen, cells = self.eligibility, self.neurons
        post = None if self.state is None else self.state.traces.post
        steps: list[Traced] = []

        def fire(current: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
            trace = steps[-1].trace if steps else post
            if trace is None and chosen.alpha_post:
                trace = torch.zeros_like(v)
            limit, decay = current.new_tensor(cells.v_threshold), cells.decay.to(current.dtype)
            options = (decay, limit, cells.v_reset, cells.surrogate)
            steps.append(traced_lif(current, v, trace, *options, chosen.lambda_post, self.backend))
            return steps[-1].spikes, steps[-1].v

        before = None if self.state is None else self.state.block
        inner = self.synapses[1].drive if len(self.synapses) > 1 else None
        bias = None if self.bias is None else self.bias.detach()
        drives = Drives(self.synapses[0].drive, bias, inner)
        course = self.block.advance(x, before, drives, fire)
        listened = [frames for frames in (course.heard, course.echoes) if frames is not None]
        heard = tuple(frames.to(steps[-1].v.dtype) for frames in listened)
        traces_before = None if self.state is None else self.state.traces
        traces = self._trace(heard, course.state, steps[-1].trace, len(x))
        leaf, graph = course.spikes, None
        if self.block.pool is not None:
            with torch.enable_grad():
                leaf = course.spikes.requires_grad_()
                graph = self.block.pooled(leaf)
        posts = [step.post for step in steps if step.post is not None]
        return Record(
            course.spikes.detach(),
            course.spikes.detach() if graph is None else graph.detach(),
            graph,
            leaf,
            _joined([step.slope for step in steps]),
            _joined(posts) if posts else None,
            heard,
            traces,
            traces_before,
        )

    def _trace(
        self, heard: tuple[Tensor, ...], after: BlockState, post: Tensor | None, n_steps: int
    ) -> tuple[Tensor, ...]:
        """Go on to the state after some steps; presynaptic traces of each if they are needed."""
        if self.state is None:
            before = [
                frames.new_zeros((each.map.max_delay + 1, *frames.shape[1:]))
                for frames, each in zip(heard, self.synapses, strict=True)
            ]
            constant, filtered = 0.0, self._no_eligibility(heard[0])
        else:
            kept = self.state.traces
            before = list(_traces(kept))
            constant, filtered = kept.constant, kept.filtered
        delays = [each.map.max_delay for each in self.synapses]
        parts = list(zip(heard, delays, before, strict=True))
        every: tuple[Tensor, ...] = ()
        if self.kappa:
            every, last = zip(*(pre_trace(*part, self.decay) for part in parts), strict=True)
        else:
            last = tuple(last_traces(*part, self.decay, self.backend) for part in parts)
        constant = constant_trace(constant, n_steps, self.decay)[-1]
        inner = last[1] if len(last) > 1 else None
        traces = TraceState(last[0], inner, post, constant, filtered)
        # A part of the frames, and be it none of them, would keep them all.
        self.state = LearnerState(after._replace(past=after.past.clone()), traces)
        return every

    def _no_eligibility(self, like: Tensor) -> tuple[Tensor, ...]:
        if not self.kappa:
            return ()
        sizes = (each.map.unfolded_size() for each in self.synapses)
        return tuple(like.new_zeros((like.shape[1], *size)) for size in sizes)

    def learn(self, record: Record, signal: Tensor | None) -> None:
        """Add the update of some steps.

        Args:
            record: what `forward` gave; it is used up.
            signal: m at the spikes, [K, B, ...]; None only lets filtered eligibilities go on.
        """
        if self.kappa:
            self._learn_filtered(record, signal)
            return
        if signal is None:
            return
        chosen = self.eligibility
        shares = chosen.alpha_pre, chosen.post_share, self.decay
        signal = signal.to(record.slope.dtype)
        now, first = combine(signal, record.slope, record.post, *shares, self.backend)
        self._add_bias(now, first, record.before)
        past = _traces(record.before) if self.decay and record.before is not None else None
        for index, each in enumerate(self.synapses):
            if each.learns:
                each.learn(now, record.heard[index])
                if past is not None:
                    each.learn_from_traces(first.unsqueeze(0), past[index])

    def _add_bias(self, now: Tensor, first: Tensor, before: TraceState | None) -> None:
        if self.bias_total is None:
            return
        self.bias_total += now.sum([d for d in range(now.dim()) if d != 2])
        if before is not None:
            past = first.sum([d for d in range(first.dim()) if d != 1])
            self.bias_total += before.constant * past

    def _learn_filtered(self, record: Record, signal: Tensor | None) -> None:
        assert self.state is not None
        slope = record.slope
        if self.eligibility.alpha_pre != 1:
            slope = slope * self.eligibility.alpha_pre
        signal = torch.zeros_like(slope) if signal is None else signal.to(slope.dtype)
        after = []
        kept = zip(self.synapses, record.traces, self.state.traces.filtered, strict=True)
        for each, trace, eligibility in kept:
            frames = each.map.unfold(trace)
            found, eligibility = filtered_gradient(
                signal, slope, frames, eligibility, self.kappa, self.backend
            )
            each.learn_found(found)
            after.append(eligibility)
        traces = self.state.traces._replace(filtered=tuple(after))
        self.state = self.state._replace(traces=traces)

    def send_back(self, record: Record, signal: Tensor) -> Tensor:
        """What a signal at the spikes gives the block below at the same step."""
        through = self.synapses[0].map
        weight = self.synapses[0].weight.to(record.slope.dtype)
        return through.send_back(weight, record.slope * signal, record.heard[0])

    def finish(self) -> None:
        """Add the update to the `.grad` of the block's parameters, once."""
        pairs = [(each.source, each.total) for each in self.synapses]
        if self.bias is not None and self.bias_total is not None:
            pairs.append((self.bias, self.bias_total))
        give(pairs)


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _traces(state: TraceState) -> tuple[Tensor, ...]:
    """Traces q of what comes from below, and of what comes from the block itself."""
    return (state.pre,) if state.inner is None else (state.pre, state.inner)
