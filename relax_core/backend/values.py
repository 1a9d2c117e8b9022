"""Values between a caller's Python and a running Relax program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import Constant, RelaxExpr
from relax_core.packed import OutsideFunction, to_inside, to_outside
from relax_core.run_time import Value
from tensor_core.ndarray import ndarray
from tensor_core.program import FunctionValue, Host

__all__ = ["OutsideFunction", "argument", "converted", "result"]


def argument(value: Any) -> Value:
    """A caller's value as programs hold it: arrays share their memory. TypeError for an expression."""
    if isinstance(value, RelaxExpr):
        raise TypeError(f"an argument must be a value, not the expression {value}")
    return to_inside(value)


def converted(value: Any) -> Any:
    """A value as the stateful interface takes it: numbers become arrays of int32, float16 or float32.

    TypeError for what is neither data nor a string nor a function.
    """
    if isinstance(value, Constant):
        return ndarray(value.data)
    if isinstance(value, (np.ndarray, str, FunctionValue, OutsideFunction)):
        return cast(Any, value)
    if isinstance(value, list | tuple):
        items = cast("Sequence[Any]", value)
        # A shape is a tuple of its own class.
        return items if type(items) not in (list, tuple) else tuple(map(converted, items))
    if not isinstance(value, (bool, int, float, np.generic)):
        raise TypeError(f"Unsupported type: {type(value)}")
    array = np.asarray(cast(Any, value))
    return ndarray(
        array, array.dtype if array.dtype == np.float16 else "float32" if array.dtype.kind == "f" else "int32"
    )


def result(value: Value, host: Host) -> Any:
    """A program's value for the caller."""
    return to_outside(value, host)
