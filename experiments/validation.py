"""Whether a configuration can be run."""

from __future__ import annotations

import math

from polychrony.experiments.bits import check_bits
from polychrony.experiments.config import BlocksConfig, Config, DataConfig, option_name
from polychrony.experiments.errors import UserError
from polychrony.experiments.lateness import check_lateness


def validate(config: Config) -> None:
    """Raise UserError for an option outside its range, before anything is written."""
    training, network, data = config.training, config.network, config.data
    for section in (data, network, training, config.blocks):
        for key, value in vars(section).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise UserError(f"{option_name(key)} is {value}; it must be finite")
    positive = {
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
    }
    for option, value in positive.items():
        if not value > 0:
            raise UserError(f"{option} is {value}; it must be above 0")
    for option, value in {
        "--workers": data.workers,
        "--channel-shift": data.channel_shift,
        "--sigma-epochs": training.sigma_epochs,
        "--settle-epochs": training.settle_epochs,
        "--weight-decay": training.weight_decay,
        "--clip-grad-norm": training.clip_grad_norm,
        "--size": data.size,
        "--crop": data.crop,
        "--samples": data.samples,
    }.items():
        if value < 0:
            raise UserError(f"{option} is {value}; it cannot be negative")
    for option, seed in {"--seed": training.seed, "--data-seed": data.data_seed}.items():
        if not 0 <= seed < 2**32:
            raise UserError(f"{option} is {seed}; it must lie in [0, 2^32)")
    if not 0 <= network.dropout < 1:
        raise UserError(f"--dropout is {network.dropout}; it must lie in [0, 1)")
    if not 0 < network.connectivity <= 1:
        raise UserError(f"--connectivity is {network.connectivity}; it must lie in (0, 1]")
    check_lateness(network.lateness, len(network.hidden))
    bits = network.weight_bits, network.spike_bits, network.layer_bits
    check_bits(*bits, config.n_hidden, bool(network.lateness), config.blocks.rule)
    _check_blocks(config.blocks)
    _check_frames(data)
    _ = config.n_steps
    if config.blocks.architecture == "delays":
        _ = config.max_delay


def _check_blocks(blocks: BlocksConfig) -> None:
    if blocks.architecture == "delays" and blocks.rule != "bptt":
        raise UserError(f"--rule {blocks.rule} needs --architecture blocks")
    for option, value in {
        "--decay": blocks.decay,
        "--readout-decay": blocks.readout_decay,
        "--lambda-pre": blocks.lambda_pre,
        "--lambda-post": blocks.lambda_post,
        "--projection-power": blocks.projection_power,
    }.items():
        if not 0 <= value <= 1:
            raise UserError(f"{option} is {value}; it must lie in [0, 1]")
    if blocks.readout_decay == 1:
        raise UserError("--readout-decay is 1.0; it must be below 1")
    if not blocks.v_threshold > 0:
        raise UserError(f"--v-threshold is {blocks.v_threshold}; it must be above 0")
    if blocks.alpha_post not in (-1, 0, 1):
        raise UserError(f"--alpha-post is {blocks.alpha_post}; use -1, 0 or 1")
    if blocks.first_step < 0:
        raise UserError(f"--first-step is {blocks.first_step}; it cannot be negative")
    if min(blocks.pool_to, default=1) < 1:
        raise UserError("--pool-to holds sides of maps, each at least 1")


def _check_frames(data: DataConfig) -> None:
    if not 0 <= data.valid_fraction < 1:
        raise UserError(f"--valid-fraction is {data.valid_fraction}; it must lie in [0, 1)")
    for option, share in {"--flip": data.flip, "--cutout": data.cutout}.items():
        if not 0 <= share <= 1:
            raise UserError(f"{option} is {share}; it must lie in [0, 1]")
    for option, most in {
        "--speed": data.speed,
        "--channel-stretch": data.channel_stretch,
    }.items():
        if not 0 <= most < 1:
            raise UserError(f"{option} is {most}; it must lie in [0, 1)")
    if len(data.mean) != len(data.std):
        raise UserError("--mean and --std need as many numbers, one for each channel")
    if any(not value > 0 for value in data.std):
        raise UserError("--std holds a number that is not above 0")
