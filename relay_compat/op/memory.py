"""Explicit memory, as the virtual machine's passes write it (tvm.relay.op.memory in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.ir.expr import Constant, Expr, Tuple, TupleGetItem
from relay_compat.ir.types import TupleType, Type
from relay_compat.op.call import call
from relay_compat.op.wrappers import derived, names

__getattr__ = derived("memory.")


def alloc_tensor(storage: Expr, offset: Expr, shape: Expr, dtype: str = "float32", assert_shape: Any = None) -> Expr:
    """A tensor within storage."""
    constant = shape if isinstance(shape, Constant) else None
    attrs = {"dtype": dtype, "const_shape": constant, "assert_shape": assert_shape}
    return call("memory.alloc_tensor", storage, offset, shape, **attrs)


def flatten_tuple_type(ty: Type) -> list[Type]:
    """The tensor types within a type, left to right."""
    result: list[Type] = []
    stack: list[Type] = [ty]
    while stack:
        found = stack.pop()
        if isinstance(found, TupleType):
            stack.extend(reversed(found.fields))
        else:
            result.append(found)
    return result


def from_tuple_type(ty: Type, expr: Expr) -> list[Expr]:
    """One expression for each tensor type within the type of ``expr``."""
    result: list[Expr] = []
    stack = [(ty, expr)]
    while stack:
        found, value = stack.pop()
        if isinstance(found, TupleType):
            stack.extend(reversed([(field, TupleGetItem(value, n)) for n, field in enumerate(found.fields)]))
        else:
            result.append(value)
    return result


def to_tuple_type(ty: Type, exprs: Sequence[Expr]) -> Expr:
    """The value of a type from expressions for the tensor types within it."""
    pending = iter(exprs)
    if not isinstance(ty, TupleType):
        return next(pending)
    stack: list[tuple[Any, list[Expr]]] = [(iter(ty.fields), [])]
    while True:
        fields, made = stack[-1]
        field = next(fields, None)
        if isinstance(field, TupleType):
            stack.append((iter(field.fields), []))
        elif field is not None:
            made.append(next(pending))
        else:
            stack.pop()
            if not stack:
                return Tuple(tuple(made))
            stack[-1][1].append(Tuple(tuple(made)))


def __dir__() -> list[str]:
    return sorted({*globals(), *names("memory.")})
