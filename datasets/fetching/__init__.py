"""Public sets, fetched from where they are published."""

from __future__ import annotations

from polychrony.datasets.fetching.catalogue import CATALOGUE, Archive, PublicSet
from polychrony.datasets.fetching.fetch import Fetched, fetch, is_complete
from polychrony.datasets.fetching.http import download

__all__ = ["CATALOGUE", "Archive", "Fetched", "PublicSet", "download", "fetch", "is_complete"]
