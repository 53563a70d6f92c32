"""The law of the house: who may import whom, no cycles, and files of a readable size."""

from __future__ import annotations

import ast
import re
import statistics
import sys

import pytest

import installed_tree as installed

MAY_IMPORT = {
    "datasets": {"datasets"},
    "snn": {"snn"},
    "hardware": {"hardware", "snn"},
    "experiments": {"experiments", "hardware", "snn", "datasets"},
}
# What `hardware` may take of `snn`; its co-simulation may take whole networks as well.
SHARED_WITH_HARDWARE = (
    "polychrony.snn.graph",
    "polychrony.snn.components",
    "polychrony.snn.loops",
    "polychrony.snn.feeds",
    "polychrony.snn.activity",
    "polychrony.snn.kernels",
    "polychrony.snn.readout",
    "polychrony.snn.simulate",
)
IMPORT_NAMES = {"PyNN": "pyNN", "pyyaml": "yaml", "scikit-learn": "sklearn"}


def _path(module):
    base = installed.ROOT.joinpath(*module.split(".")[1:])
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


def _imports(module, lazy=True):
    """Modules that a module imports; without `lazy`, only those it imports when it is loaded."""
    tree = ast.parse(_path(module).read_text())
    skipped = set()
    for node in ast.walk(tree):
        checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if checking or (not lazy and isinstance(node, ast.FunctionDef)):
            skipped.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in installed.modules() else node.module


@pytest.mark.parametrize("module", sorted(installed.modules()))
def test_import_law(module):
    package = module.split(".")[1]
    for imported in _imports(module):
        if not imported.startswith("polychrony."):
            continue
        assert imported.split(".")[1] in MAY_IMPORT[package], f"{module} imports {imported}"
        if package == "hardware" and imported.startswith("polychrony.snn"):
            assert imported.startswith(SHARED_WITH_HARDWARE) or ".cosim" in module, imported


def test_no_import_cycle():
    edges = {
        module: {name for name in _imports(module, lazy=False) if name in installed.modules()}
        for module in installed.modules()
    }
    waiting = dict(edges)
    while waiting:
        free = {m for m, targets in waiting.items() if not (targets - {m}) & waiting.keys()}
        assert free, f"import cycle among {sorted(waiting)}"
        waiting = {m: targets for m, targets in waiting.items() if m not in free}


def test_package_list_is_complete():
    listed = set(installed.project()["tool"]["setuptools"]["packages"])
    present = {name for name in installed.modules() if _path(name).name == "__init__.py"}
    assert listed == present
    assert not (installed.ROOT / "polychrony").exists()


def test_every_import_is_a_declared_dependency():
    metadata = installed.project()["project"]
    extras = metadata["optional-dependencies"]
    optional = [entry for name in extras if name != "dev" for entry in extras[name]]
    declared = [*metadata["dependencies"], *optional]
    names = {re.split(r"[^\w-]", entry, maxsplit=1)[0] for entry in declared}
    allowed = {IMPORT_NAMES.get(name, name) for name in names} | {"polychrony"}
    allowed |= sys.stdlib_module_names
    # What tonic itself needs to read a format, used beside it and only in its presence.
    allowed |= {"expelliarmus"}
    for module in installed.modules():
        found = {name.split(".")[0] for name in _imports(module)}
        assert found <= allowed, f"{module} imports {sorted(found - allowed)}"


def test_files_are_rooms():
    lengths = {name: len(_path(name).read_text().splitlines()) for name in installed.modules()}
    assert {name: n for name, n in lengths.items() if n > 400} == {}
    assert statistics.median(lengths.values()) < 150


def test_every_module_has_a_docstring():
    for module in installed.modules():
        assert ast.get_docstring(ast.parse(_path(module).read_text())), module
