"""How the parts of the simulation are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

# Counting the references to each array of a tuple at each use would cost nine tenths of the time.
_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False}


def compiled(function: Function) -> Function:
    """Compile a function that works on arrays its caller holds, and makes none.

    Args:
        function: what to compile.
    """
    return cast(Function, numba.njit(**_OPTIONS)(function))
