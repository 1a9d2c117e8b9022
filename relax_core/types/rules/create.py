"""Rules of operators that make tensors: of one value, of one diagonal."""

from __future__ import annotations

from relax_core.ir.types import PrimType, TensorType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import Arguments, Rule, like, of_shape
from tensor_core.ops.card import Reject
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim


def _full(given: Arguments) -> Type:
    given.shape(0)
    value = given.tensor(1)
    if value.ndim != 0:
        raise Reject(f"the fill value must be a scalar, got {value}", 1)
    return of_shape(given.expr(0), given.dtype("dtype") or value.dtype, value.vdevice)


def _full_like(given: Arguments) -> Type:
    source, value = given.tensor(0), given.tensor(1)
    if value.ndim != 0:
        raise Reject(f"the fill value must be a scalar, got {value}", 1)
    return like(source, given.dtype("dtype") or source.dtype)


def _filled(given: Arguments) -> Type:
    given.shape(0)
    if not given.dtype("dtype"):
        raise Reject("an element type is needed")
    return of_shape(given.expr(0), given.dtype("dtype"), None)


def _filled_like(given: Arguments) -> Type:
    source = given.tensor(0)
    return like(source, given.dtype("dtype") or source.dtype)


def _eye(given: Arguments) -> Type:
    dims: list[Dim] = []
    for place in (0, 1):
        found = given.number(place)
        if found is None:
            raise Reject("the size must be stated", place)
        if not isinstance(found, int | PrimExpr):
            raise Reject(f"expected an integer, got {found}", place)
        dims.append(found)
    _diagonal(given, 2)
    return TensorType(dims, given.dtype("dtype"))


def _arange(given: Arguments) -> Type | None:
    """The number of steps between two integers. A card counts floats, and steps downward, as they are computed."""
    start, end, step = (given.number(n) for n in range(3))
    if any(isinstance(item, float) or item is None for item in (start, end, step)):
        return None
    if any(not type_.dtype.startswith("int") for type_ in given.types if isinstance(type_, PrimType)):
        return None
    if isinstance(step, int) and step <= 0:
        return None
    room = terms.subtract(terms.add(terms.subtract(end, start), step), 1)
    return TensorType((terms.simplify(terms.floor_divide(room, step)),), given.dtype("dtype"))


def _diagonal(given: Arguments, place: int) -> None:
    """Reject unless the operand that says a diagonal, if it is given and known, is an integer."""
    found = given.number(place) if place < len(given) else None
    if found is not None and not isinstance(found, int | PrimExpr):
        raise Reject(f"expected an integer, got {found}", place)


def _eye_like(given: Arguments) -> Type:
    source = given.tensor(0)
    _diagonal(given, 1)
    if source.ndim not in (-1, 2):
        raise Reject(f"expected a matrix, got {source}", 0)
    if source.shape is None:
        raise Reject("the shape of the matrix must be known", 0)
    return like(source, given.dtype("dtype") or source.dtype)


RULES: dict[str, Rule] = {
    "relax.full": _full,
    "relax.full_like": _full_like,
    "relax.ones": _filled,
    "relax.zeros": _filled,
    "relax.ones_like": _filled_like,
    "relax.zeros_like": _filled_like,
    "relax.arange": _arange,
    "relax.eye": _eye,
    "relax.eye_like": _eye_like,
}
