"""Neurons exactly as chips compute them, in integers."""

from __future__ import annotations

from polychrony.hardware.arithmetic.loihi import integrate, loihi_lif, synaptic_weight

__all__ = ["integrate", "loihi_lif", "synaptic_weight"]
