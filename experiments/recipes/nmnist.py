"""N-MNIST: handwritten digits before an event camera that makes three saccades."""

from __future__ import annotations

from polychrony.experiments.config import BlocksConfig, Config, DataConfig, TrainingConfig


def nmnist() -> Config:
    """2 x 34 x 34 inputs, blocks of 16 and 32 maps, 20 steps of 15 ms, 10 classes.

    Decay, threshold, slope and standardised weights are those of TESS (arXiv 2502.01837) for its
    sets of event cameras; size of the network, epochs and learning rate are ours, the same for
    every rule, and so are local readouts of rows of length 1 on maps of 4 x 4. `--root` names a
    folder with `Train` and `Test`, or with `nmnist_train_8x1000.npz`.
    """
    return Config(
        data=DataConfig(dt_ms=15.0, duration_ms=300.0),
        training=TrainingConfig(epochs=30, batch_size=25, lr=1e-2, weight_decay=0.0),
        blocks=BlocksConfig(
            architecture="blocks",
            layers="16C5S2-P2-32C3-P2",
            pool_to=(4, 4),
            projection_power=0.5,
        ),
    )
