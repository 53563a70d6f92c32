"""Orders of assemblies: a task that only delays, or a memory as long as the pattern, can solve."""

from __future__ import annotations

from polychrony.experiments.config import Config, DataConfig, NetworkConfig, TrainingConfig


def coincidence() -> Config:
    """24 inputs, one hidden layer of 10, delays up to 200 ms, 6 classes.

    Six assemblies take turns every 40 ms; neurons forget within 4 ms. Without delays the network
    never sees two assemblies at once. The delays are whole steps in the second half of the
    training, as so few spikes leave no room for rounding afterwards.
    """
    return Config(
        data=DataConfig(dt_ms=4.0, duration_ms=480.0),
        network=NetworkConfig(
            hidden=(10,),
            max_delay_ms=200.0,
            tau_mem_ms=4.0,
            discretization="exact",
            dropout=0.0,
        ),
        training=TrainingConfig(
            epochs=30,
            batch_size=64,
            lr=1e-2,
            lr_delays=0.5,
            schedule="wsd",
            sigma_epochs=12,
            settle_epochs=14,
        ),
    )
