"""What a result was made with: program, libraries, machine."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

LIBRARIES = (
    "polychrony",
    "torch",
    "numpy",
    "numba",
    "h5py",
    "scikit-learn",
    "accelerate",
    "tonic",
    "spikingjelly",
    "optuna",
)


def library_versions() -> dict[str, str | None]:
    """Version of each library, None where it is not installed."""
    versions: dict[str, str | None] = {}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = None
    return versions


def processor() -> str:
    """Name of the processor, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # not Linux: the platform module is all there is
    return platform.processor() or platform.machine()


def gpus() -> list[str]:
    """Names of the CUDA devices."""
    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]


def on_processor(device: str) -> bool:
    """Whether the choice `auto` or `cpu` ends on the processor."""
    return device == "cpu" or not torch.accelerator.is_available()


def machine() -> dict[str, object]:
    """Processor, cores, threads, devices and system."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "gpus": gpus(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def commit() -> str | None:
    """Commit of the checkout that this runs from, None if it does not run from one."""
    here = Path(__file__)
    tracked = ["git", "ls-files", "--error-unmatch", here.name]
    try:
        # A folder of packages may lie in a repository of somebody's own.
        subprocess.run(tracked, cwd=here.parent, capture_output=True, check=True)
        head = ["git", "rev-parse", "HEAD"]
        done = subprocess.run(head, cwd=here.parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def command() -> str:
    """The command line of this process, as one would type it."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
