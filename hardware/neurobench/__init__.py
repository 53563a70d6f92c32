"""The metrics of NeuroBench, for torch networks and for graphs with delays."""

from polychrony.hardware.neurobench.graph import GraphAccount, of_graph
from polychrony.hardware.neurobench.modules import ModuleAccount, of_module
from polychrony.hardware.neurobench.report import NeuroBenchReport
from polychrony.hardware.neurobench.static import Static, static_of_graph, static_of_module
from polychrony.hardware.neurobench.wrapper import decided, neurobench_model

__all__ = [
    "GraphAccount",
    "ModuleAccount",
    "NeuroBenchReport",
    "Static",
    "decided",
    "neurobench_model",
    "of_graph",
    "of_module",
    "static_of_graph",
    "static_of_module",
]
