"""How the parts of the simulation are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba.core import types
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])

# Counting the references to each array of a tuple at each use would cost nine tenths of the time,
# and so would passing each array of a tuple from one function to another two thirds of the rest.
_OPTIONS: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "_nrt": False,
    "forceinline": True,
    "error_model": "numpy",
}


def compiled(function: Function) -> Function:
    """Compile a function that works on arrays its caller holds, and makes none.

    Args:
        function: what to compile.
    """
    return cast(Function, numba.njit(**_OPTIONS)(function))


@intrinsic
def _lowest(_typing: Any, _members: Any) -> Any:
    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, 1))

    return types.int64(types.int64), emit


@intrinsic
def _natural(_typing: Any, _number: Any) -> Any:
    def emit(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        zero = context.get_constant(types.int64, 0)
        builder.assume(builder.icmp_signed(">=", arguments[0], zero))
        return arguments[0]

    return types.int64(types.int64), emit


# Lowest member of a set that is not empty.
lowest = cast("Callable[[int], int]", _lowest)
# A number that is known not to be negative, so that as an index it needs no test.
natural = cast("Callable[[int], int]", _natural)
