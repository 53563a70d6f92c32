"""Networks of blocks for digits and spoken digits, to compare rules on; see `rules`."""

from __future__ import annotations

from polychrony.experiments.config import BlocksConfig, Config, DataConfig, TrainingConfig


def digits_blocks() -> Config:
    """512 inputs, two blocks of 256 neurons, 10 classes; steps of 10 ms as in `digits`.

    Size, epochs and learning rate are ours, the same for every rule.
    """
    return Config(
        data=DataConfig(dt_ms=10.0, duration_ms=300.0),
        training=TrainingConfig(epochs=20, batch_size=64, lr=3e-3, weight_decay=0.0),
        blocks=BlocksConfig(architecture="blocks", layers="256-256", projection_power=0.5),
    )


def shd_blocks() -> Config:
    """140 inputs, two blocks of 256 neurons, 20 classes; steps of 10 ms.

    Reference:
        S-TLLR, arXiv 2306.15220, has 450 recurrent neurons, 700 inputs, 200 epochs, a decay of
        0.99 and 1 / (100 |x| + 1)^2. Here inputs and speakers are those of `shd`, and the network
        is one that two cores can train with every rule. The decay of 0.9 is ours: 95 ms.
    """
    return Config(
        data=DataConfig(
            dt_ms=10.0, duration_ms=1000.0, pool=5, valid_speakers=(6,), channel_shift=3
        ),
        training=TrainingConfig(epochs=20, batch_size=128, lr=3e-3, weight_decay=0.0),
        blocks=BlocksConfig(
            architecture="blocks", layers="256-256", decay=0.9, projection_power=0.5
        ),
    )
