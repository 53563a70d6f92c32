"""Pictures are written whole."""

from __future__ import annotations

import matplotlib.image

from polychrony.experiments.plots import save_delay_histograms, save_training_curves
from polychrony.snn import SpikingNetwork


def test_pictures_of_a_run(tmp_path):
    keys = ("train_loss", "train_accuracy", "valid_accuracy")
    history = [{"epoch": k, **dict.fromkeys(keys, 0.1 * k)} for k in range(3)]
    save_training_curves(history, tmp_path / "training.png")
    network = SpikingNetwork(4, (5,), 3, dt=1e-2, tau_mem=2e-2, max_delay=6)
    save_delay_histograms(network, tmp_path / "delays.png")
    for name in ("training.png", "delays.png"):
        picture = matplotlib.image.imread(tmp_path / name)
        assert picture.shape[1] > 500
        assert picture.std() > 0.01
    assert len(list(tmp_path.iterdir())) == 2
