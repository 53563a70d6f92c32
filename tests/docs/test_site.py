"""The site builds without a warning, and what its pages say of chips is what the chips say."""

from __future__ import annotations

import ast
import html
import importlib.util
import os
import re
import subprocess
import sys

import pytest
from docs_pages import DOCS, PAGES, ROOT

needs_mkdocs = pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None, reason="mkdocs is not installed (extra `docs`)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@needs_mkdocs
def test_every_page_is_there(site):
    for page in PAGES[1:]:
        assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file(), page


@needs_mkdocs
@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("snn", ["LIF", "DelayedLinear", "SpikingNetwork", "NetworkGraph"]),
        ("hardware", ["cosimulate", "load_chip", "Profile"]),
        ("datasets", ["SHD", "BinnedDataset", "Events"]),
        ("learning", ["tess", "BlockNetwork"]),
        ("quantization", ["quantize", "integers"]),
        ("exchange", ["from_snntorch", "from_torch"]),
    ],
)
def test_the_reference_holds_public_names(site, page, names):
    text = (site / "api" / f"{page}.html").read_text(encoding="utf-8")
    for name in names:
        assert re.search(rf'<h\d id="polychrony[\w.]*\.{name}"', text), name


@pytest.mark.parametrize("package", ["snn", "hardware", "datasets"])
def test_equations_in_docstrings_stand_apart(package):
    """A page would run them together with the sentences around them."""
    for path in sorted((ROOT / package).rglob("*.py")):
        if "kernels" in path.parts:
            continue  # not on the pages
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_":
                later = (ast.get_docstring(node) or "").split("\n")[1:]
                run_in = [line for line in later if re.match(r"\S+\[t[^\]]*\] \+?= ", line)]
                assert not run_in, f"{path} {node.name}: {run_in[0]}"


@needs_mkdocs
@pytest.mark.parametrize(
    ("page", "line"),
    [("snn", "h[t] = decay * v[t-1] + x[t]"), ("learning", "y[t] = pool(s[t])")],
)
def test_the_reference_shows_equations_line_by_line(site, page, line):
    text = (site / "api" / f"{page}.html").read_text(encoding="utf-8")
    blocks = [re.sub("<[^>]*>", "", code) for code in re.findall(r"<pre>.*?</pre>", text, re.S)]
    assert any(line in html.unescape(block).split("\n") for block in blocks)


@needs_mkdocs
def test_pages_fetch_nothing(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)[^>]*\bsrc="(https?:[^"]*)"', text)
        loaded += re.findall(
            r'<link[^>]*rel="(?:stylesheet|preconnect)"[^>]*href="(https?:[^"]*)"', text
        )
        assert not loaded, (page.name, loaded)


def test_tables_of_chips_are_what_the_chips_say():
    command = [sys.executable, "-m", "benchmarks.chip_tables", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
