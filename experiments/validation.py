"""Whether a configuration can be run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from polychrony.experiments.bits import check_bits
from polychrony.experiments.config import BlocksConfig, Config, DataConfig, option_name
from polychrony.experiments.errors import UserError
from polychrony.experiments.lateness import check_lateness

Range = tuple[str, Callable[[float], bool]]
"""What a message says of a range, and whether a value lies in it; what is no number does not."""
POSITIVE: Range = ("it must be above 0", lambda value: value > 0)
NOT_NEGATIVE: Range = ("it cannot be negative", lambda value: value >= 0)
SHARE: Range = ("it must lie in [0, 1]", lambda value: 0 <= value <= 1)
BELOW_1: Range = ("it must lie in [0, 1)", lambda value: 0 <= value < 1)
PART: Range = ("it must lie in (0, 1]", lambda value: 0 < value <= 1)
SEED: Range = ("it must lie in [0, 2^32)", lambda value: 0 <= value < 2**32)


def validate(config: Config) -> None:
    """Raise UserError for an option outside its range, before anything is written."""
    training, network, data = config.training, config.network, config.data
    for section in (data, network, training, config.blocks):
        for key, value in vars(section).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise UserError(f"{option_name(key)} is {value}; it must be finite")
    ranges: dict[Range, dict[str, float]] = {
        POSITIVE: {
            "--epochs": training.epochs,
            "--epochs less --settle-epochs": training.epochs - training.settle_epochs,
            "--batch-size": training.batch_size,
            "--lr": training.lr,
            "--lr-delays": training.lr_delays,
            "--taps": network.taps,
            "--tau-mem-ms": network.tau_mem_ms,
            "--surrogate-alpha": network.surrogate_alpha,
            "--pool": data.pool,
            "--hidden": min(network.hidden, default=0),
        },
        NOT_NEGATIVE: {
            "--workers": data.workers,
            "--channel-shift": data.channel_shift,
            "--adaptation": network.adaptation,
            "--sigma-epochs": training.sigma_epochs,
            "--settle-epochs": training.settle_epochs,
            "--weight-decay": training.weight_decay,
            "--loss-step-ms": training.loss_step_ms,
            "--clip-grad-norm": training.clip_grad_norm,
            "--size": data.size,
            "--crop": data.crop,
            "--samples": data.samples,
        },
        SEED: {"--seed": training.seed, "--data-seed": data.data_seed},
        BELOW_1: {
            "--dropout": network.dropout,
            "--label-smoothing": training.label_smoothing,
        },
        PART: {"--connectivity": network.connectivity},
    }
    _check_ranges(ranges)
    check_lateness(network.lateness, len(network.hidden))
    bits = network.weight_bits, network.spike_bits, network.layer_bits
    check_bits(*bits, config.n_hidden, bool(network.lateness), config.blocks.rule)
    _check_blocks(config.blocks)
    _check_neurons(config)
    _check_frames(data)
    _ = config.n_steps
    if config.blocks.architecture == "delays":
        _ = config.max_delay, config.recurrent


def _check_blocks(blocks: BlocksConfig) -> None:
    if blocks.architecture == "delays" and blocks.rule != "bptt":
        raise UserError(f"--rule {blocks.rule} needs --architecture blocks")
    ranges: dict[Range, dict[str, float]] = {
        SHARE: {
            "--decay": blocks.decay,
            "--readout-decay": blocks.readout_decay,
            "--lambda-pre": blocks.lambda_pre,
            "--lambda-post": blocks.lambda_post,
            "--projection-power": blocks.projection_power,
        },
        POSITIVE: {"--v-threshold": blocks.v_threshold},
        NOT_NEGATIVE: {"--first-step": blocks.first_step},
    }
    _check_ranges(ranges)
    if blocks.readout_decay == 1:
        raise UserError("--readout-decay is 1.0; it must be below 1")
    if blocks.alpha_post not in (-1, 0, 1):
        raise UserError(f"--alpha-post is {blocks.alpha_post}; use -1, 0 or 1")
    if min(blocks.pool_to, default=1) < 1:
        raise UserError("--pool-to holds sides of maps, each at least 1")


def _check_neurons(config: Config) -> None:
    network = config.network
    if network.neurons != "lif" and network.weight_bits:
        raise UserError(
            f"--weight-bits with --neurons {network.neurons}: only lif has a form in whole numbers"
        )


def _check_frames(data: DataConfig) -> None:
    ranges: dict[Range, dict[str, float]] = {
        SHARE: {"--flip": data.flip, "--cutout": data.cutout},
        BELOW_1: {
            "--valid-fraction": data.valid_fraction,
            "--speed": data.speed,
            "--channel-stretch": data.channel_stretch,
            "--lost-events": data.lost_events,
        },
    }
    _check_ranges(ranges)
    if len(data.mean) != len(data.std):
        raise UserError("--mean and --std need as many numbers, one for each channel")
    if any(not value > 0 for value in data.std):
        raise UserError("--std holds a number that is not above 0")


def _check_ranges(ranges: Mapping[Range, Mapping[str, float]]) -> None:
    for (must, holds), values in ranges.items():
        for option, value in values.items():
            if not holds(value):
                raise UserError(f"{option} is {value}; {must}")
