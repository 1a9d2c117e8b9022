"""The values that the nodes of a program had when it ran."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from migrate.values import Value, is_array
from migrate.verify.generate.program import Program
from migrate.verify.reduce.relay.program import main_of
from relay_compat.interpret import evaluate
from relay_compat.ir.expr import If, Let, RelayExpr
from relay_compat.ir.types import TensorType, TupleType, Type
from tensor_core import dtypes, shapes
from tensor_core.data_values import DataValue
from tensor_core.node import Node

_NOTHING = object()


class _Enough(BaseException):
    """The program runs on and on."""


class Seen:
    """What a run of a program shows of its nodes: the first value of each. A program that cannot run shows nothing."""

    def __init__(self, program: Program, limit: int = 1_000_000) -> None:
        self._values: dict[Node, Value] = dict(zip(main_of(program).params, program.args, strict=True))
        count = 0

        def note(node: Any, value: Value) -> None:
            nonlocal count
            count += 1
            if count > limit:
                raise _Enough
            self._values.setdefault(node, value)

        try:
            evaluate(program.module, program.args, observe=note)
        except (_Enough, Exception):  # What it showed until then is as good.
            return

    def value(self, node: Node) -> Value | None:
        """A value to put in the place of a node: what it had, else zeros of its type. None where there is none, as for
        functions and references.
        """
        for at in _behind(node):
            found = self._values.get(at, _NOTHING)
            if found is not _NOTHING and _is_data(found):
                return found
        return zeros(node.checked) if isinstance(node, RelayExpr) else None


def _behind(node: Node) -> list[Node]:
    """The node, and the nodes whose value it may have, as far as that can be told without a run."""
    found, pending = list[Node](), [node]
    while pending and len(found) < 32:
        at = pending.pop()
        found.append(at)
        match at:
            case Let():
                pending.append(at.body)
            case If():
                pending += [at.false_branch, at.true_branch]
            case _:
                pass
    return found


def _is_data(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_data, cast("tuple[Value, ...]", value)))
    if isinstance(value, DataValue):
        return all(map(_is_data, value.fields))
    return is_array(value)


def zeros(type_: Type | None) -> Value | None:
    """Zeros of a static type of tensors and tuples; None for others."""
    if isinstance(type_, TupleType):
        fields = tuple([zeros(field) for field in type_.fields])
        return None if any(field is None for field in fields) else fields
    if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape) or not dtypes.is_known(type_.dtype):
        return None
    return np.zeros(shapes.static(type_.shape), dtypes.to_numpy(type_.dtype))
