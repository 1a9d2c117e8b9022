"""A digest of a function that does not depend on the names of its variables: equal digests, equal functions."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from relay_compat.ir.adt import Constructor, PatternConstructor
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Op, TupleGetItem, Var
from relay_compat.ir.types import GlobalTypeVar, Type, TypeVar
from relay_compat.types.substitute import substitute
from relay_compat.visit import reachable
from tensor_core.node import Node


def digest(function: Expr) -> str:
    """Sixteen hexadecimal digits over the nodes in order of evaluation, their fields, and who uses whom."""
    numbers: dict[Node, int] = {}
    types: dict[TypeVar, Type] = {}
    lines: list[str] = []
    for node in reachable(function):
        numbers[node] = len(numbers)
        if isinstance(node, Function):
            types.update({param: TypeVar(f"t{len(types) + n}") for n, param in enumerate(node.type_params)})
    for node in numbers:
        lines.append(
            f"{type(node).__name__} {_fields(node, numbers, types)} {[numbers[c] for c in node.iter_children()]}"
        )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _fields(node: Node, numbers: Mapping[Node, int], types: Mapping[TypeVar, Type]) -> Any:
    shown: list[Any] = [
        _show(getattr(node, name), types) for name in ("type_annotation", "ret_type") if hasattr(node, name)
    ]
    if isinstance(node, (GlobalVar, Op, Constructor)):
        shown.append(node.name)
    if isinstance(node, Constant):
        shown.append((str(node.data.dtype), node.data.shape, np.asarray(node.data).tobytes().hex()))
    if isinstance(node, TupleGetItem):
        shown.append(node.index)
    if isinstance(node, PatternConstructor):
        shown.append(node.constructor.name)
    if isinstance(node, Call):
        shown += [_attribute(name, value, numbers, types) for name, value in (node.attrs or {}).items()]
        if not isinstance(node.op, Op):
            shown.append([_show(type_, types) for type_ in node.type_args])
    return [*shown, getattr(node, "complete", None)]


def _show(type_: Type | None, types: Mapping[TypeVar, Type]) -> str:
    return str(None if type_ is None else substitute(type_, types))


def _attribute(name: str, value: Any, numbers: Mapping[Node, int], types: Mapping[TypeVar, Type]) -> Any:
    if isinstance(value, Constant):
        return name, _fields(value, numbers, types)
    if isinstance(value, Var):
        return name, numbers.get(value, "free")
    return name, [int(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


def definition(data: Any) -> str:
    """A type definition: its constructors with the types they hold."""
    names: dict[TypeVar, Type] = {var: TypeVar(f"t{n}") for n, var in enumerate(data.type_vars)}
    header: GlobalTypeVar = data.header
    parts = [f"{c.name}({', '.join(_show(item, names) for item in c.inputs)})" for c in data.constructors]
    return f"{header.name}/{len(data.type_vars)} = {' | '.join(parts)}"
