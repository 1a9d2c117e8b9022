"""Maps of indices: copies, and the way back (IndexMap.non_surjective_inverse in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tensor_core import codes, prim, shapes
from tensor_core.diagnostics import fail
from tensor_core.prim import IntImm, PrimExpr, Var
from tensor_core.shapes import Dim
from tensor_core.tir.expr import IndexMap
from tensor_core.tir.rewrite import substitute


def copied(index_map: IndexMap) -> IndexMap:
    """The same map over variables of its own."""
    own = {var: var.replace() for var in index_map.initial_indices}
    final = tuple([substitute(expr, {**own}) for expr in index_map.final_indices])
    return IndexMap(tuple(own.values()), final)


def inverse(index_map: IndexMap, shape: Sequence[Dim]) -> tuple[IndexMap, bool]:
    """The map that leads back to an array of this shape, and whether places are left over that no element goes to.

    R2R0703 for a map whose indices are not sums of digits of single indices, as in ``(i // 4, i % 4)`` and
    ``i * 4 + j``, or one from which an index cannot be told.
    """
    sizes = dict(zip(index_map.initial_indices, shape, strict=True))
    places = tuple([Var(f"axis{n}", expr.dtype) for n, expr in enumerate(index_map.final_indices)])
    digits: dict[Var, list[tuple[_Digit, PrimExpr]]] = {var: [] for var in sizes}
    for place, expr in zip(places, index_map.final_indices, strict=True):
        for digit, value in _told(_digits(expr, sizes), place):
            digits[digit.var].append((digit, value))
    found = [_joined(var, size, digits[var]) for var, size in sizes.items()]
    return IndexMap(places, tuple([expr for expr, _ in found])), any(padded for _, padded in found)


@dataclass(frozen=True, slots=True)
class _Digit:
    """``factor * ((var // weight) % count)``. A count that is no number belongs to the last digit of its variable."""

    var: Var
    weight: int
    count: Dim
    factor: int = 1


def _digits(expr: PrimExpr, sizes: Mapping[Var, Dim]) -> list[_Digit]:
    """The digits that an index is the sum of."""
    found: list[_Digit] = []
    stack: list[tuple[PrimExpr, int]] = [(expr, 1)]
    while stack:
        item, factor = stack.pop()
        match item:
            case prim.Add():
                stack += [(item.b, factor), (item.a, factor)]
            case prim.Mul(b=IntImm() as by) if by.value > 0:
                stack.append((item.a, factor * by.value))
            case prim.Mul(a=IntImm() as by) if by.value > 0:
                stack.append((item.b, factor * by.value))
            case IntImm(value=0):
                pass
            case _:
                found.append(_digit(item, factor, sizes))
    return found


def _digit(expr: PrimExpr, factor: int, sizes: Mapping[Var, Dim]) -> _Digit:
    weight, count = 1, None
    while not isinstance(expr, Var):
        match expr:
            case prim.FloorDiv(b=IntImm() as by) if by.value > 0:
                weight *= by.value
            case prim.FloorMod(b=IntImm() as by) if by.value > 0 and count is None and weight == 1:
                count = by.value
            case prim.FloorMod(b=IntImm() as by) if by.value > 0 and count is None and not by.value % weight:
                count = by.value // weight
            case _:
                raise _unknown()
        expr = expr.a
    if expr not in sizes:
        raise _unknown()
    whole = shapes.floor_divide(shapes.add(sizes[expr], weight - 1), weight)
    return _Digit(expr, weight, whole if count is None else count, factor)


def _told(digits: list[_Digit], place: Var) -> list[tuple[_Digit, PrimExpr]]:
    """The value of every digit of an index; each but the first is less than the factor of the one before."""
    result: list[tuple[_Digit, PrimExpr]] = []
    room: Dim = 1
    for n, digit in enumerate(sorted(digits, key=lambda item: item.factor)):
        if not shapes.prove_equal(room, digit.factor):
            raise _unknown()
        value: PrimExpr = place if digit.factor == 1 else place // digit.factor
        room = shapes.multiply(room, digit.count)
        if n + 1 < len(digits):
            if not isinstance(digit.count, int):
                raise _unknown()
            value = value % digit.count
        result.append((digit, value))
    return result


def _joined(var: Var, size: Dim, digits: Sequence[tuple[_Digit, PrimExpr]]) -> tuple[PrimExpr, bool]:
    """A variable from its digits, and whether they tell more than its size."""
    room: Dim = 1
    total: PrimExpr | None = None
    for digit, value in sorted(digits, key=lambda item: item[0].weight):
        if not shapes.prove_equal(room, digit.weight):
            raise _unknown()
        room = shapes.multiply(room, digit.count)
        part = value if digit.weight == 1 else value * digit.weight
        total = part if total is None else part + total
    if total is None:
        if size != 1:
            raise _unknown()
        return IntImm(0, var.dtype), False
    if isinstance(room, int) and isinstance(size, int) and room < size:
        raise _unknown()
    return total, not shapes.prove_equal(room, size)


def _unknown() -> Exception:
    return fail(codes.BAD_OPTION, "the way back of a map of indices is not known", hint="use digits of indices only")
