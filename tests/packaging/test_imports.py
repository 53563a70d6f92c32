"""What importing and asking for help loads: it is what a user waits for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"
HELP = """
from polychrony.experiments.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""


def _loaded(code, tmp_path):
    command = [sys.executable, "-c", f"{code}\n{LOADED}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_snn_loads_little_beside_torch(tmp_path):
    loaded = _loaded("import polychrony.snn", tmp_path)
    heavy = {"scipy.sparse", "h5py", "matplotlib", "sklearn", "tensorboard", "accelerate", "tyro"}
    assert "torch" in loaded and not loaded & heavy


@pytest.mark.parametrize("heavy", ["torch", "numpy", "numba", "matplotlib", "h5py"])
def test_help_loads_no_library_of_numbers(heavy, tmp_path):
    assert heavy not in _loaded(HELP, tmp_path)
