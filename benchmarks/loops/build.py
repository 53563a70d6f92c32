"""Compiling the loop where a compiler exists."""

from __future__ import annotations

import ctypes
import functools
import subprocess
import tempfile
from pathlib import Path

FLAGS = ("-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")
_SOURCE = Path(__file__).with_name("lif.cpp")


@functools.cache
def build() -> ctypes.CDLL | str:
    """The compiled loop, or why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "lif.so"
        command = ["g++", *FLAGS, str(_SOURCE), "-o", str(library)]
        try:
            subprocess.run(command, capture_output=True, text=True, check=True)
            # Once loaded, it needs its file no more.
            return ctypes.CDLL(str(library))
        except FileNotFoundError:
            return "there is no g++"
        except subprocess.CalledProcessError as error:
            return f"g++ fails: {(error.stderr.strip().splitlines() or ['no message'])[0]}"
        except OSError as error:
            return f"the compiled loop cannot be loaded: {error}"
