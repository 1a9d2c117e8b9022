"""Python's operators on Relax expressions: they make calls of operators, as in tvm.relax.

Both sides are expressions: a plain number raises TypeError and is to be wrapped with ``const`` first. ``==`` is
identity. ``x[i]`` is a field of a tuple, ``f(x)`` a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Number
from typing import Any, cast

__all__ = ["ExprOperators"]


class ExprOperators:
    """What every expression answers to."""

    __slots__ = ()

    def astype(self, dtype: Any) -> Any:
        """This tensor with another element type."""
        return _creator("astype")(self, dtype)

    def __neg__(self) -> Any:
        return _creator("negative")(self)

    def __lt__(self, other: Any) -> Any:
        return _binary("less", self, other)

    def __gt__(self, other: Any) -> Any:
        return _binary("greater", self, other)

    def __le__(self, other: Any) -> Any:
        return _binary("less_equal", self, other)

    def __ge__(self, other: Any) -> Any:
        return _binary("greater_equal", self, other)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, tuple):
            return (*cast(Any, self), *cast("tuple[Any, ...]", other))
        return _binary("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return self.__add__(other)

    def __sub__(self, other: Any) -> Any:
        return _binary("subtract", self, other)

    def __mul__(self, other: Any) -> Any:
        return _binary("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.__mul__(other)

    def __truediv__(self, other: Any) -> Any:
        return _binary("divide", self, other)

    def __floordiv__(self, other: Any) -> Any:
        return _binary("floor_divide", self, other)

    def __mod__(self, other: Any) -> Any:
        return _binary("mod", self, other)

    def __pow__(self, other: Any) -> Any:
        return _binary("power", self, other)

    def _refused(self, other: Any) -> Any:
        raise _not_taken(other)

    __rsub__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __rpow__ = _refused

    def __call__(self, *args: Any, attrs: Mapping[str, Any] | None = None) -> Any:
        from relax_core.ir.expr import Call
        from relax_core.op.convert import as_expr
        from tensor_core.attrs import Attrs

        written = Attrs("DictAttrs", attrs) if attrs else None
        return Call(cast(Any, self), tuple(map(as_expr, args)), written)

    def __getitem__(self, index: int) -> Any:
        """A field of a tuple. IndexError beyond a known number of fields."""
        from relax_core.ir.expr import TupleGetItem
        from relax_core.ir.types import TupleType
        from relax_core.types.leaves import type_of

        known = type_of(cast(Any, self))
        if isinstance(known, TupleType) and not -1 < index < len(known.fields):
            raise IndexError(f"Index out of bounds: Tuple of {len(known.fields)} fields cannot be accessed at {index}")
        made = TupleGetItem(cast(Any, self), int(index))
        made.memo("ty", type_of(made))
        return made


def _creator(name: str) -> Any:
    from relax_core.assumed import assumed
    from relax_core.op import creator

    return creator(name, assumed())


def _binary(name: str, left: Any, right: Any) -> Any:
    if not isinstance(right, ExprOperators):
        raise _not_taken(right)
    return _creator(name)(left, right)


def _not_taken(value: Any) -> TypeError:
    if isinstance(value, Number):
        return TypeError(f"Please convert {value} with `const` first")
    return TypeError(f"type {type(value)} not supported")
