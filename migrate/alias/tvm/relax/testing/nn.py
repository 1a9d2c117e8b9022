"""tvm.relax.testing.nn: parameters of functions under construction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core.ir.expr import Var
from relax_core.ir.types import TensorType

__all__ = ["Placeholder"]


class Placeholder(Var):
    """A variable for a tensor of this shape; TypeError for a shape that is no sequence."""

    __slots__ = ()

    def __init__(self, shape: Sequence[Any], dtype: str = "float32", name: str = "data") -> None:
        if not isinstance(shape, list | tuple):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("the shape of Placeholder is expected to be a list or a tuple")
        Var.__init__(self, name, TensorType(shape, dtype))
