"""What docs/pynn.md shows is what comes out."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys

import installed_tree as installed


def test_example_gives_its_output(sim):
    page = (installed.ROOT / "docs" / "pynn.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (expected,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    found = io.StringIO()
    with contextlib.redirect_stdout(found):
        exec(compile(example, "pynn.md", "exec"), {})
    assert found.getvalue() == expected


def test_every_model_named_is_there(sim):
    page = (installed.ROOT / "docs" / "pynn.md").read_text()
    table = page.split("## What there is")[1].split("Views, assemblies")[0]
    for name in re.findall(r"`([A-Z]\w+)`", table):
        assert hasattr(sim, name), name
    for name in sim.list_standard_models():
        assert f"`{name}`" in table, name


def test_without_pynn_the_extra_is_named():
    code = (
        "import sys; sys.modules['pyNN'] = None\n"
        "try: import polychrony.hardware.pynn\n"
        "except ImportError as error: print(error)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "polychrony.hardware.pynn needs pyNN, which is not installed: "
        "pip install 'polychrony[pynn]'"
    )
