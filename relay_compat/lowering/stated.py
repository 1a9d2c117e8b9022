"""Constants among the arguments of a call: kernels may depend on their values (scales, sizes)."""

from __future__ import annotations

from typing import Any, cast

from relay_compat.ir.expr import Call, Constant, Expr, Tuple


class Stated:
    """The small constants among the arguments of a call."""

    LARGEST = 4096

    def __init__(self, values: dict[int, Any]) -> None:
        self.values = values

    def __bool__(self) -> bool:
        return bool(self.values)

    @staticmethod
    def of(call: Call) -> Stated:
        """Those of a call, by position; a tuple of constants and others holds None for the others."""
        found = {place: _stated(arg) for place, arg in enumerate(call.args)}
        return Stated({place: value for place, value in found.items() if value is not None})

    @property
    def key(self) -> Any:
        """What tells them from others."""
        return tuple((place, _bytes(value)) for place, value in self.values.items())


def _stated(arg: Expr) -> Any:
    if isinstance(arg, Constant):
        return arg.data if arg.data.size <= Stated.LARGEST else None
    if isinstance(arg, Tuple):
        fields = tuple(_stated(field) for field in arg.fields)
        return fields if any(field is not None for field in fields) else None
    return None


def _bytes(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_bytes, cast("tuple[Any, ...]", value)))
    return None if value is None else (value.dtype.str, value.shape, value.tobytes())
