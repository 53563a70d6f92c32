"""Pictures of a training run."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from polychrony.experiments.files import write_atomically
from polychrony.snn import SpikingNetwork


def save_training_curves(history: list[dict[str, float]], path: Path) -> None:
    """Draw loss and accuracy by epoch.

    Args:
        history: one record per epoch, as in `result.json`.
        path: PNG file to write.
    """
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    epochs = [record["epoch"] + 1 for record in history]
    loss.plot(epochs, [record["train_loss"] for record in history], "k-", marker=".")
    loss.set_ylabel("training loss")
    for key, style in (("train_accuracy", "k--"), ("valid_accuracy", "k-")):
        percent = [100 * record[key] for record in history]
        accuracy.plot(epochs, percent, style, marker=".", label=key.split("_")[0])
    accuracy.set_ylabel("accuracy (%)")
    accuracy.legend(frameon=False)
    _finish(figure, path, "epoch")


def save_delay_histograms(network: SpikingNetwork, path: Path) -> None:
    """Draw how many synapses of each layer have which integer delay.

    Args:
        network: the trained network.
        path: PNG file to write.
    """
    layers = network.delayed_layers
    figure = Figure(figsize=(3.2 * len(layers), 2.8), layout="constrained")
    panels = figure.subplots(1, len(layers), squeeze=False)[0]
    names = [f"hidden {k + 1}" for k in range(len(layers) - 1)] + ["readout"]
    for panel, layer, name in zip(panels, layers, names, strict=True):
        steps = layer.delay.detach().round().flatten().cpu().numpy()
        panel.hist(1e3 * network.dt * steps, bins=_edges(network, layer.max_delay), color="0.4")
        panel.set_title(f"into {name}", fontsize="medium")
    panels[0].set_ylabel("synapses")
    _finish(figure, path, "delay (ms)")


def _edges(network: SpikingNetwork, max_delay: int) -> list[float]:
    return [1e3 * network.dt * (step - 0.5) for step in range(max_delay + 2)]


def _finish(figure: Figure, path: Path, xlabel: str) -> None:
    for panel in figure.axes:
        panel.set_xlabel(xlabel)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.spines[["top", "right"]].set_visible(False)
    FigureCanvasAgg(figure)
    write_atomically(path, lambda temporary: figure.savefig(temporary, format="png", dpi=150))
