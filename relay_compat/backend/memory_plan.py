"""Where the values of a function lie whose operators were fused: which storage each takes, and what takes it again
(GraphPlanMemory in TVM 0.19).

Values are met in order of evaluation. Storage that nobody needs any more is free, and a new tensor takes the smallest
free one that is large enough, or else the largest of those that are not, which grows; both within a factor of 16.
Parameters and constants keep theirs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right, insort_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from relay_compat.backend.evaluation_order import in_order, operands
from relay_compat.calls import only_reshapes
from relay_compat.devices.marks import unmarked
from relay_compat.devices.place import Place
from relay_compat.ir.expr import Call, Expr, Function, Let, Tuple, TupleGetItem, Var
from tensor_core import codes, dtypes, shapes
from tensor_core.diagnostics import fail
from tensor_core.global_functions import register_func
from tensor_core.types import TensorType, leaves

_FACTOR = 16


@dataclass(frozen=True, slots=True)
class StorageInfo:
    """For each tensor of a value: the number of its storage, how many bytes the first tensor in it has, as TVM tells,
    and where it is.
    """

    storage_ids: tuple[int, ...]
    storage_sizes: tuple[int, ...]
    virtual_devices: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class StaticMemoryPlan:
    """The storage of every value of a function."""

    expr_to_storage_info: dict[Expr, StorageInfo]


@dataclass(slots=True, eq=False)
class _Storage:
    """A storage, or a tensor that asks for one. ``first``: the bytes of its first tensor; ``size``: of the largest;
    ``uses``: how often it is needed still.
    """

    first: int
    place: Place
    size: int
    uses: int = 0
    number: int = -1


_Held = dict[Expr, list[_Storage]]
_Order = Sequence[tuple[Expr, Place]]


@register_func("relay.backend.GraphPlanMemory")
def GraphPlanMemory(function: Function) -> StaticMemoryPlan:
    """The plan. DiagnosticError R2R0602 for sizes that are not known, and for choices, closures and references."""
    order = list(in_order(function))
    wanted = _Wanted()
    for item in wanted.walk(order)[unmarked(function.body)]:
        item.uses += 1
    found = _Given(wanted.of).walk(order)
    return StaticMemoryPlan({expr: _info(held) for expr, held in found.items()})


def _info(held: list[_Storage]) -> StorageInfo:
    columns = [(item.number, item.first, item.place.record()) for item in held]
    return StorageInfo(*zip(*columns, strict=True)) if columns else StorageInfo((), (), ())


class _Walk(ABC):
    """``of``: what the values that were met lie in. Only calls, constants and parameters ask for something."""

    def __init__(self) -> None:
        self.of: _Held = {}

    def walk(self, order: _Order) -> _Held:
        """All values in order."""
        bound = {expr.var: expr.value for expr, _ in order if isinstance(expr, Let)}
        for expr, place in order:
            match expr:
                case Var() if expr in bound:
                    self.of[expr] = self._of(bound[expr])
                case Tuple():
                    self.of[expr] = [item for field in expr.fields for item in self._of(field)]
                case TupleGetItem():
                    self.of[expr] = [self._of(expr.tuple_value)[expr.index]]
                case Let():
                    self.of[expr] = self._of(expr.body)
                case Call():
                    args = [item for arg in operands(expr) for item in self._of(arg)]
                    self.of[expr] = self.called(expr, args, place)
                case _:
                    self.of[expr] = self.kept(expr, place)
        return self.of

    def _of(self, expr: Expr) -> list[_Storage]:
        return self.of[unmarked(expr)]

    @abstractmethod
    def called(self, call: Call, args: list[_Storage], place: Place) -> list[_Storage]:
        """What the results of a call lie in."""

    @abstractmethod
    def kept(self, expr: Expr, place: Place) -> list[_Storage]:
        """What a parameter or constant lies in."""


class _Wanted(_Walk):
    """The tensors that ask for storage, with how often each is needed."""

    def called(self, call: Call, args: list[_Storage], place: Place) -> list[_Storage]:
        for item in args:
            item.uses += 1
        return self.kept(call, place)

    def kept(self, expr: Expr, place: Place) -> list[_Storage]:
        sizes = [_bytes(type_, expr) for type_ in leaves(getattr(expr, "checked"))]  # noqa: B009
        return [_Storage(size, place, size) for size in sizes]


class _Given(_Walk):
    """The storage that each gets; ``free``: what nobody needs, by size and then by when it became so."""

    def __init__(self, wanted: _Held) -> None:
        super().__init__()
        self._wanted = wanted
        self._free: list[_Storage] = []
        self._count = 0

    def called(self, call: Call, args: list[_Storage], place: Place) -> list[_Storage]:
        del place
        wanted = self._wanted[call]
        if only_reshapes(call):
            # The result lies where the operand does, which is needed for as long as both are.
            args[0].uses += wanted[0].uses
            made = [args[0]]
        else:
            made = [self._taken(item) or self._new(item) for item in wanted]
        for item in made:
            self._give_back(item)
        for item in args:
            item.uses -= 1
            self._give_back(item)
        return made

    def kept(self, expr: Expr, place: Place) -> list[_Storage]:
        del place
        made = [self._new(item) for item in self._wanted[expr]]
        for item in made:
            item.uses += 1
        return made

    def _new(self, item: _Storage) -> _Storage:
        item.number, self._count = self._count, self._count + 1
        return item

    def _taken(self, wanted: _Storage) -> _Storage | None:
        """Free storage that fits, the nearest in size."""
        start, middle, end = self._range(wanted.size)
        for place in (*range(middle, end), *range(middle - 1, start - 1, -1)):
            found = self._free[place]
            if found.place == wanted.place:
                del self._free[place]
                found.size, found.uses = max(found.size, wanted.size), wanted.uses
                return found
        return None

    def _range(self, size: int) -> tuple[int, int, int]:
        """Of the free ones: those that are not too small, that are large enough, and that are too large."""
        start = bisect_left(self._free, size // _FACTOR, key=_size)
        return start, bisect_left(self._free, size, key=_size), bisect_right(self._free, size * _FACTOR, key=_size)

    def _give_back(self, item: _Storage) -> None:
        if item.uses == 0:
            insort_right(self._free, item, key=_size)


def _size(item: _Storage) -> int:
    return item.size


def _bytes(type_: Any, expr: Expr) -> int:
    if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
        raise fail(codes.EXECUTION_FAILED, f"memory is planned for known sizes, not for {type_}", expr.span)
    return prod(type_.concrete_shape) * ((dtypes.bits(type_.dtype) + 7) // 8)
