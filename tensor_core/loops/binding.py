"""From the shapes of actual arrays to the values of a kernel's symbolic dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.prim import Var
from tensor_core.shapes import Dim, Shape

Bindings = dict[Var, int]


def bind(pairs: Iterable[tuple[str, Shape, Sequence[int]]], known: Mapping[Var, int] | None = None) -> Bindings:
    """The variables' values that make every declared shape equal the actual one beside it.

    Each pair is (name for messages, declared shape, actual shape). A variable is determined by a dimension that is just
    this variable; the remaining dimensions are checked. R2R0602 when a shape disagrees or a variable stays unknown.
    """
    values: Bindings = dict(known or {})
    compound: list[tuple[str, Shape, Sequence[int], Dim, int]] = []
    for name, declared, actual in pairs:
        if len(declared) != len(actual):
            raise _mismatch(name, declared, actual)
        for dim, size in zip(declared, actual, strict=True):
            if isinstance(dim, int):
                agrees = dim == size
            elif isinstance(dim, Var):
                agrees = values.setdefault(dim, size) == size
            else:
                agrees = True
                compound.append((name, declared, actual, dim, size))
            if not agrees:
                raise _mismatch(name, declared, actual)
    for name, declared, actual, dim, size in compound:
        if not isinstance(dim, shapes.AnyDim) and dimension(dim, values) != size:
            raise _mismatch(name, declared, actual)
    return values


def dimension(dim: Dim, values: Mapping[Var, int]) -> int:
    """The integer value of a dimension; R2R0602 when one of its variables has no value."""
    if isinstance(dim, int):
        return dim
    try:
        return shapes.evaluate(dim, values)
    except (KeyError, ValueError) as error:
        raise fail(
            codes.EXECUTION_FAILED,
            f"dimension {shapes.to_text(dim)} has no value",
            hint="a symbolic dimension must be a dimension of an argument",
        ) from error


def concrete(shape: Shape, values: Mapping[Var, int]) -> tuple[int, ...]:
    """The shape as integers."""
    return tuple(dimension(dim, values) for dim in shape)


def _mismatch(name: str, declared: Shape, actual: Sequence[int]) -> Exception:
    wanted = ", ".join(map(shapes.to_text, declared))
    given = ", ".join(map(str, actual))
    return fail(codes.EXECUTION_FAILED, f"{name} has shape ({given}), expected ({wanted})")
