"""What passes share that put other parameters in the place of weights."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.analysis import free_vars
from relay_compat.ir.expr import Expr, Function, Var
from relay_compat.ir.types import TensorType


def with_new_weights(function: Function) -> Function:
    """The function whose body has weights that are no parameters yet: they come behind the parameters that are used."""
    weights = free_vars(function)
    return function.replace(params=(*free_vars(function.replace(params=tuple(weights))), *weights))


class SparseWeights:
    """The parameters of weights in sparse blocks, those of a weight that is used several times once."""

    def __init__(self, names: Sequence[str], sizes: Sequence[Sequence[int]]) -> None:
        self._sizes = dict(zip(map(str, names), sizes, strict=True))
        self._made: dict[str, tuple[Var, Var, Var]] = {}

    def of(self, weight: Expr) -> tuple[Var, Var, Var] | None:
        """Those of a weight; None of what is not to be stored in blocks."""
        if not isinstance(weight, Var) or weight.name not in self._sizes:
            return None
        if weight.name not in self._made:
            self._made[weight.name] = sparse_weight(weight.name, self._sizes[weight.name])
        return self._made[weight.name]


def sparse_weight(name: str, sizes: Sequence[int]) -> tuple[Var, Var, Var]:
    """The parameters of a weight in sparse blocks: the blocks, their columns, and where rows begin.

    ``sizes``: those of the blocks (two or three), of the columns, and of the beginnings.
    """
    *blocks, columns, rows = map(int, sizes)
    return (
        Var(f"{name}.data", TensorType(tuple(blocks), "float32")),
        Var(f"{name}.indices", TensorType((columns,), "int32")),
        Var(f"{name}.indptr", TensorType((rows,), "int32")),
    )
