"""What the README shows works as it stands there."""

from __future__ import annotations

import re

import installed_tree as installed

README = (installed.ROOT / "README.md").read_text()


def test_python_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["loss"].isfinite()
    assert names["net"].hidden.delay.grad.abs().sum() > 0


def test_links_lead_somewhere():
    for page in (installed.ROOT / "README.md", *(installed.ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_commands_are_targets_of_the_makefile():
    makefile = (installed.ROOT / "Makefile").read_text()
    commands = re.findall(r"^make (\w+)", README, re.MULTILINE)
    assert commands[:2] == ["demo", "test"]
    assert all(re.search(rf"^{command}:", makefile, re.MULTILINE) for command in commands)
