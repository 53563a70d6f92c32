"""The authors' code: a checkout of it, imported as its own main program would."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.authors import fourier
from polychrony.experiments.errors import UserError

SOURCE = "https://github.com/Thvnvtos/SNN-delays"


def load(checkout: Path, epochs: int, seed: int, direct: bool) -> tuple[Any, Any]:
    """Its configuration for SHD, and its network.

    What it imports beside its own files and does not use here, wandb and the loaders of data sets,
    are empty modules. It takes modules by bare names (`config`, `model`): one load per process.

    Args:
        checkout: folder of the code.
        epochs: length of training; what follows from it in their configuration follows here.
        seed: of weights, delays and order of samples.
        direct: leave the convolutions as they are; else they go through their spectra, which
            differs from them by rounding only.

    Returns:
        The configuration and the network.

    Raises:
        UserError: the code, or a library it needs, is not there.
    """
    if not (checkout / "best_config_SHD.py").is_file():
        raise UserError(f"{checkout} does not hold the authors' code; clone {SOURCE} there")
    sys.path.insert(0, str(checkout))
    loaders = ModuleType("datasets")
    loaders.Augs = lambda config: None  # type: ignore[attr-defined]
    sys.modules |= {"wandb": ModuleType("wandb"), "datasets": loaders}
    try:
        sys.modules["config"] = chosen = importlib.import_module("best_config_SHD")
        network = importlib.import_module("snn_delays")
        if not direct:
            importlib.import_module("torch.nn.functional").conv1d = fourier.conv1d  # type: ignore[attr-defined]
        config = chosen.Config
        config.seed, config.epochs = seed, epochs
        config.t_max_w = config.t_max_pos = epochs
        config.final_epoch = epochs // 4
        importlib.import_module("utils").set_seed(seed)
        return config, network.SnnDelays(config)
    except ImportError as error:
        raise UserError(
            f"{error}; install what the code needs: pip install -c constraints.txt -r "
            "benchmarks/requirements.txt"
        ) from error
