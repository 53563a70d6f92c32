"""Public sets, fetched from where they are published."""

from __future__ import annotations

