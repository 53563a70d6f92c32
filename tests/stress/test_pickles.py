"""Nothing that is loaded may run: every load is told so, and pickles that would are refused."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("datasets", "snn", "hardware", "experiments", "benchmarks")
UNSAFE = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def sources() -> Iterator[Path]:
    for folder in (*PACKAGES, "tests"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Calls of a file, and what is called, written out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def loads_of_torch() -> list[tuple[str, ast.Call]]:
    return [
        (f"{path.relative_to(ROOT)}:{call.lineno}", call)
        for path in sources()
        for call, name in calls(path)
        if name in ("torch.load", "torch.serialization.load")
    ]


def is_safe(call: ast.Call) -> bool:
    given = {word.arg: word.value for word in call.keywords}
    value = given.get("weights_only")
    return isinstance(value, ast.Constant) and value.value is True


def test_torch_loads_weights_only_wherever_it_loads() -> None:
    found = loads_of_torch()
    assert any(place.startswith("experiments/") for place, _ in found)
    assert [place for place, call in found if not is_safe(call)] == []


def test_a_load_that_trusts_would_be_found() -> None:
    for text in ("torch.load(p)", "torch.load(p, weights_only=False)", "torch.load(p, **more)"):
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call) and not is_safe(call)


def trusting(path: Path) -> Iterator[str]:
    """What a file imports or calls that would run what it reads."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in UNSAFE)
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            # `load` by itself would go unseen above.
            if node.module in UNSAFE or (node.module == "torch" and "load" in names):
                yield node.module
    for call, name in calls(path):
        pickled = [word.value for word in call.keywords if word.arg == "allow_pickle"]
        if name in ("yaml.load", "yaml.unsafe_load") or any(
            ast.unparse(value) != "False" for value in pickled
        ):
            yield name


def test_the_packages_use_nothing_that_runs_what_it_reads(tmp_path: Path) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in PACKAGES
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in trusting(path)
    ]
    assert found == []
    example = tmp_path / "example.py"
    example.write_text("import pickle\nfrom torch import load\nx = np.load(p, allow_pickle=True)")
    assert list(trusting(example)) == ["pickle", "torch", "np.load"]
