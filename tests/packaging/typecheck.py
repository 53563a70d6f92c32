"""Check the types of the installed tree, strictly, and that no module escapes the check.

Run it as a script: `python tests/packaging/typecheck.py`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from installed_tree import PACKAGES, ROOT, build_wheel, modules, unpack


def main() -> int:
    """Exit code: 0 if mypy finds nothing to say and has seen every module."""
    with tempfile.TemporaryDirectory() as folder:
        tree = unpack(build_wheel(Path(folder)), Path(folder) / "tree")
        command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
        command += ["--cache-dir", str(ROOT / ".mypy_cache")]
        for package in PACKAGES:
            command += ["-p", f"polychrony.{package}"]
        environment = {**os.environ, "MYPYPATH": str(tree)}
        done = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, check=False
        )
    print(done.stdout + done.stderr, end="")
    if done.returncode:
        return done.returncode
    seen = re.search(r"in (\d+) source files", done.stdout)
    if seen is None or int(seen[1]) != len(modules()):
        print(f"mypy must see {len(modules())} modules")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
