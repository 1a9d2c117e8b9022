"""Every value is of the type that was inferred for it, in both IRs."""

from __future__ import annotations

from typing import Any, cast

from migrate.execution import bind_args, interpret
from migrate.values import Value
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import Transform, to_relax
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import FINE, failed, refused
from relax_core.types.plain import plain
from relay_compat.types.infer import infer_types
from tensor_core import dtypes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.types import TensorType, TupleType


def types_hold(name: str = "relay types", transform: Transform = infer_types) -> Property:
    """The values that evaluation of ``transform(module)`` goes through have the inferred element types and sizes.

    An open size fits any number; symbols are not looked into.
    """

    def check(program: Program) -> Check:
        wrong: list[str] = []

        def seen(node: Any, value: Value) -> None:
            type_ = _stated(node)
            if type_ is not None and not wrong and (reason := _misfit(type_, value)):
                wrong.append(reason)

        try:
            module = transform(program.module)
            interpret(module, bind_args(module, program.args), observe=seen)
        except DiagnosticError as error:
            return refused(name, error)
        return failed(f"{name}: wrong type", wrong[0]) if wrong else FINE

    return Property(f"{name} hold", check)


def relax_types_hold() -> Property:
    """The same of the converted module."""
    return types_hold("relax types", to_relax)


def _stated(node: Any) -> Any:
    var = getattr(node, "var", None)
    if var is not None:
        return None if var.ty is None else plain(var.ty)
    return getattr(node, "checked", None)


def _misfit(type_: Any, value: Any) -> str:
    stack: list[tuple[Any, Any]] = [(type_, value)]
    while stack:
        stated, found = stack.pop()
        if isinstance(stated, TupleType):
            values = cast("tuple[Any, ...]", found) if isinstance(found, tuple) else None
            if values is None or len(stated.fields) != len(values):
                return f"{'no' if values is None else len(values)} values for {stated}"
            stack.extend(zip(stated.fields, values, strict=True))
        elif isinstance(stated, TensorType) and isinstance(found, tuple):
            return f"several values for {stated}"
        elif isinstance(stated, TensorType) and hasattr(found, "dtype"):
            dtype, shape = dtypes.from_numpy(found.dtype), tuple(found.shape)
            fits = len(shape) == stated.rank and all(
                not isinstance(dim, int) or dim == size for dim, size in zip(stated.shape, shape, strict=True)
            )
            if dtype != stated.dtype or not fits:
                return f"a value of {dtype}{list(shape)} has the type {stated}"
    return ""
