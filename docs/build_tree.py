"""Lays the packages out as they are installed, so that the API pages find them by name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from mkdocs.plugins import event_priority


@event_priority(100)  # before the API pages look for the packages
def on_config(config: Any) -> Any:
    """Called by mkdocs before it builds: link the folders under one name."""
    root = Path(config["config_file_path"]).parent
    tree = root / "build" / "site" / "polychrony"
    tree.mkdir(parents=True, exist_ok=True)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for package, folder in project["tool"]["setuptools"]["package-dir"].items():
        link = tree / package.removeprefix("polychrony.")
        if not link.exists():
            link.symlink_to(root / folder, target_is_directory=True)
    return config
