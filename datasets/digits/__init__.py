"""Handwritten digits before a modelled event camera: a data set that needs no download."""

from __future__ import annotations

from polychrony.datasets.digits.camera import EventCamera
from polychrony.datasets.digits.dataset import Digits
from polychrony.datasets.digits.saccades import Saccades
from polychrony.datasets.digits.still import StillDigits

__all__ = ["Digits", "EventCamera", "Saccades", "StillDigits"]
