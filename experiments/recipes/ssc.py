"""Spiking Speech Commands: 35 spoken words through a model of the inner ear."""

from __future__ import annotations

from polychrony.experiments.config import Config, DataConfig, NetworkConfig, TrainingConfig


def ssc() -> Config:
    """140 inputs, three hidden layers of 512, delays up to 300 ms, 35 classes.

    Reference:
        Hammouamri et al., ICLR 2024, SSC with 3 layers and 1 tap.
    """
    return Config(
        data=DataConfig(dt_ms=10.0, duration_ms=1000.0, pool=5),
        network=NetworkConfig(
            hidden=(512, 512, 512), max_delay_ms=300.0, tau_mem_ms=15.0, dropout=0.25
        ),
        training=TrainingConfig(epochs=60, batch_size=128, sigma_epochs=15),
    )
