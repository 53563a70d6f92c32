"""VGG-9 with standardised weights, the network of S-TLLR and TESS for vision."""

from __future__ import annotations

from polychrony.experiments.config import BlocksConfig, Config, DataConfig, TrainingConfig

VGG9 = BlocksConfig(
    architecture="blocks",
    layers="64C3-128C3-P2-256C3-256C3-P2-512C3-512C3-P2-512C3-512C3-GAP",
    decay=0.5,
    v_threshold=0.6,
    pool_to=(4, 2, 2, 2, 2, 2, 2, 1),
)
"""As in the text and the code of TESS; `pool_to` is in its code only. S-TLLR's text has a threshold
of 0.8, its code 0.6."""


def _training(batch_size: int) -> TrainingConfig:
    """200 epochs of Adam at 1e-3.

    Reference:
        TESS halves the rate when the loss on the test set stays; here it falls as a cosine, and
        nothing looks at the test set.
    """
    return TrainingConfig(epochs=200, batch_size=batch_size, lr=1e-3, weight_decay=0.0)


def dvsgesture() -> Config:
    """2 x 32 x 32 inputs, VGG-9, 20 steps of 75 ms, 11 classes.

    Reference:
        TESS, arXiv 2502.01837: training slices of 1.575 s, whole recordings in the test, of which
        the first 20 frames are used.
    """
    return Config(
        data=DataConfig(dt_ms=75.0, duration_ms=1500.0, size=32, crop=4),
        training=_training(16),
        blocks=VGG9,
    )


def cifar10dvs() -> Config:
    """2 x 48 x 48 inputs, VGG-9, 10 frames of as many events each, 10 classes.

    Reference:
        TESS, arXiv 2502.01837, and its code: mean and deviation are those of its code.
    """
    return Config(
        data=DataConfig(
            dt_ms=100.0,
            duration_ms=1000.0,
            split_by="number",
            size=48,
            crop=4,
            mean=(0.2728, 0.1295),
            std=(0.2225, 0.1290),
        ),
        training=_training(64),
        blocks=VGG9,
    )


def cifar10() -> Config:
    """3 x 32 x 32 inputs, VGG-9, the same image in 6 steps, 10 classes.

    Reference:
        TESS, arXiv 2502.01837. Mean and deviation are those of the training images.
    """
    return Config(
        data=_images((125.3, 123.0, 113.9), (63.0, 62.1, 66.7)),
        training=_training(128),
        blocks=VGG9,
    )


def cifar100() -> Config:
    """3 x 32 x 32 inputs, VGG-9, the same image in 6 steps, 100 classes.

    Reference:
        TESS, arXiv 2502.01837. Mean and deviation are those of the training images.
    """
    return Config(
        data=_images((129.3, 124.1, 112.4), (68.2, 65.4, 70.4)),
        training=_training(128),
        blocks=VGG9,
    )


def _images(mean: tuple[float, ...], std: tuple[float, ...]) -> DataConfig:
    """A step of an image is no time; 1 ms stands for it."""
    return DataConfig(dt_ms=1.0, duration_ms=6.0, mean=mean, std=std, crop=4, flip=0.5, cutout=0.5)
