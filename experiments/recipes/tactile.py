"""Things felt by the event-based skin NeuTouch."""

from __future__ import annotations

from polychrony.experiments.config import BlocksConfig, Config, DataConfig, TrainingConfig


def tactile() -> Config:
    """78 inputs, two blocks of 256 neurons, 65 steps of 100 ms, 36 or 20 classes.

    `--root` names the folder `Ev-Objects` or `Ev-Containers`. Objects last 5 s and end in silence
    here, containers 6.5 s. Size, decay, epochs and learning rate are ours, the same for every rule.
    """
    return Config(
        data=DataConfig(dt_ms=100.0, duration_ms=6500.0, valid_fraction=0.2),
        training=TrainingConfig(epochs=40, batch_size=32, lr=3e-3, weight_decay=0.0),
        blocks=BlocksConfig(
            architecture="blocks", layers="256-256", decay=0.9, projection_power=0.5
        ),
    )
