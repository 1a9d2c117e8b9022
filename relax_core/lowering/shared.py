"""What the functions of one program share while they are lowered: the module, kernels, functions to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relax_core.ir.expr import GlobalVar, IRModule
from relax_core.ir.types import Type
from relax_core.names import NameTable
from tensor_core import shapes
from tensor_core.loops.known import kernel_of
from tensor_core.loops.nodes import PrimFunc
from tensor_core.module import Declaration
from tensor_core.ops.card import OpCard
from tensor_core.prim import PrimExpr, Var
from tensor_core.program import ProgramFunction


class Shared:
    """``pending`` are global functions that were called; ``functions`` are finished."""

    def __init__(self, module: IRModule, release: str) -> None:
        self.module = module
        self.release = release
        self.functions: dict[str, ProgramFunction] = {}
        self.pending: list[GlobalVar] = []
        self.names = NameTable(var.name for var in module)
        self._kernels: dict[PrimFunc, PrimFunc] = {}

    def called(self, var: GlobalVar) -> str:
        """The name of a global function, which will be part of the program; that of a declared one must be linked."""
        function = self.module[var]
        if isinstance(function, Declaration):
            return function.symbol
        self.pending.append(var)
        return var.name

    def kernel(self, card: OpCard[Any], params: Any, types: Sequence[Type]) -> PrimFunc | None:
        """The kernel of a card for these types; None when the card has no lowering."""
        if card.lower is None and card.expand is None:
            return None
        kernel = kernel_of(card, params, tuple(types))
        if kernel is None:
            return None
        if kernel not in self._kernels:
            self._kernels[kernel] = _with_sizes(kernel, params)
        return self._kernels[kernel]


def _with_sizes(kernel: PrimFunc, params: Any) -> PrimFunc:
    """The kernel, which takes the variables of its parameters that no buffer determines as scalars."""
    known = {var for buffer in kernel.params for dim in buffer.shape for var in shapes.free_vars(dim)}
    others = dict.fromkeys(var for item in numbers(params) for var in free_sizes(item) if var not in known)
    return kernel.replace(scalars=tuple(others)) if others else kernel


def numbers(params: Any) -> list[Any]:
    """The values in a card's parameters, tuples taken apart."""
    found: list[Any] = []
    stack: list[Any] = [getattr(params, name) for name in params.__dataclass_fields__]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple | list):
            stack.extend(item)  # pyright: ignore[reportUnknownArgumentType]
        else:
            found.append(item)
    return found


def free_sizes(value: Any) -> tuple[Var, ...]:
    """The symbolic variables of a parameter's value."""
    return shapes.free_vars(value) if isinstance(value, PrimExpr) else ()
