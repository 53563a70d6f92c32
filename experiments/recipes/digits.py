"""Handwritten digits before a modelled event camera: runs anywhere, with nothing to download."""

from __future__ import annotations

from polychrony.experiments.config import Config, DataConfig, NetworkConfig, TrainingConfig


def digits() -> Config:
    """512 inputs, one hidden layer of 128, delays up to 100 ms, 10 classes."""
    return Config(
        data=DataConfig(dt_ms=10.0, duration_ms=300.0),
        network=NetworkConfig(
            hidden=(128,),
            max_delay_ms=100.0,
            tau_mem_ms=10.0,
            discretization="exact",
            dropout=0.2,
        ),
        training=TrainingConfig(epochs=20, batch_size=64),
    )
