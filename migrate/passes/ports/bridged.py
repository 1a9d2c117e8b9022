"""What passes promise that run on Relax through a bridge: what a Relay module may not hold after them.

On Relax there is nothing to ask: the pass is the same, and the way back says some operators otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from migrate.passes.ports.parallel import parallel_convolutions
from migrate.passes.ports.seen import Seen, is_constant, nodes, operators, tensor
from migrate.reading import is_relax
from migrate.values import Array
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Function, GlobalVar, Let, Op, Tuple, TupleGetItem
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.types import TensorType, TupleType

Promise = Callable[[IRModule], str]


def _on_relay(promise: Promise) -> Promise:
    return lambda module: "" if is_relax(module) else promise(module)


# ---- casts, constants


def shared_cast(module: IRModule) -> str:
    """Whether operators on single elements share a cast to a wider type, or a cast to another is there twice."""
    takers: Counter[Any] = Counter()
    seen: set[Any] = set()
    for call in operators(module):
        if call.name == "cast" and not _widens(call):
            key = (id(call.args[0]), call.attrs["dtype"])
            if key in seen:
                return "a cast that does not widen is repeated"
            seen.add(key)
        if call.name in ("exp", "negative", "add", "multiply", "subtract"):
            takers.update(
                arg for place, arg in enumerate(call.args) if _widens(call.inner(place))
            )  # fmt: skip
    return "a widening cast is shared" if any(count > 1 for count in takers.values()) else ""


def _widens(call: Seen | None) -> bool:
    source = tensor(call.args[0]) if call is not None and call.name == "cast" else None
    return call is not None and source is not None and dtypes.bits(source.dtype) < dtypes.bits(call.attrs["dtype"])


def constant_divisor(module: IRModule) -> str:
    """Whether floats are divided by constants."""
    for call in operators(module):
        if call.name == "divide" and is_constant(call.args[1]) and dtypes.is_float(call.args[1].checked.dtype):
            return "a division by a constant is left"
    return ""


def requantized(module: IRModule) -> str:
    """Whether floats are quantized that come from quantized values alone: the region between was not rewritten."""
    of_integers: set[Any] = set()
    for call in operators(module):
        if call.name == "qnn.quantize" and of_integers.issuperset(_parts(call.args[0])):
            return "qnn.quantize is left"
        floats = [part for arg in call.args for part in _parts(arg) if _is_float(part) and not is_constant(part)]
        if call.name == "qnn.dequantize" or (floats and of_integers.issuperset(floats)):
            of_integers.add(call.node)
    return ""


def _parts(operand: Any) -> Sequence[Any]:
    """The fields of a tuple that is written out, or what is there; a field of a call's result is that call."""
    fields = operand.fields if isinstance(operand, Tuple) else (operand,)
    return [field.tuple_value if isinstance(field, TupleGetItem) else field for field in fields]


def _is_float(operand: Any) -> bool:
    type_ = operand.checked
    first = type_.fields[0] if isinstance(type_, TupleType) and type_.fields else type_
    return isinstance(first, TensorType) and dtypes.is_float(first.dtype)


def many_operands(module: IRModule) -> str:
    """Whether a concatenation takes more than the two operands that are allowed."""
    for call in operators(module):
        if call.name == "concatenate" and isinstance(call.args[0], Tuple) and len(call.args[0].fields) > 2:
            return "a concatenation of many operands is left"
    return ""


def called_literal(module: IRModule) -> str:
    """Whether main calls a function that it knows: a literal, or a variable that is bound to one."""
    found = nodes(_main(module).body)
    known = {node.var for node in found if isinstance(node, Let) and isinstance(node.value, Function)}
    called = any(isinstance(node, Call) and (isinstance(node.op, Function) or node.op in known) for node in found)
    return "a known function is called" if called else ""


# ---- cells of gradients

_CELLS = {"ones_like": "One", "zeros_like": "Zero", "ones": "One", "zeros": "Zero"}
_SUMS = {"add": "AddGradCell", "multiply": "MultiplyGradCell"}


def eager_cells(module: IRModule) -> str:
    """Names the first operator whose result main does not hold in the cell that is for it."""
    called = Counter(_callee(node) for node in nodes(_main(module)) if isinstance(node, Call))
    for names in (_CELLS, _SUMS):
        for cell in set(names.values()):
            wanted = sum(called[name] for name, its in names.items() if its == cell)
            if wanted > called[cell]:
                return f"there are {wanted} operators for {called[cell]} uses of {cell}"
    return ""


def _callee(call: Call) -> str:
    match call.op:
        case Op(name=name):
            return name
        case Constructor(name_hint=name):
            return name
        case GlobalVar():
            return call.op.name
        case _:
            return ""


def _main(module: IRModule) -> Any:
    return module["main"]


# ---- numbers

_STEPS = 6.0
"""A mean of integers is cut off to a step of the operand's grid, which is up to four of the result's."""


def within_steps(expected: Sequence[Array], given: Sequence[Array]) -> str:
    """Whether integers are several steps of their grid away from what they were on floats."""
    for a, b in zip(expected, given, strict=True):
        if a.dtype.kind in "iu" and a.size:
            far = np.max(np.abs(a.astype(np.float64) - b.astype(np.float64)))
            if far > _STEPS:
                return f"a quantized value is {far:g} steps away"
    return ""


PROMISES: Mapping[str, Promise] = {
    name: _on_relay(promise)
    for name, promise in {
        "CanonicalizeCast": shared_cast,
        "CombineParallelConv2D": parallel_convolutions,
        "DivToMul": constant_divisor,
        "FakeQuantizationToInteger": requantized,
        "LazyGradientInit": eager_cells,
        "PartialEvaluate": called_literal,
        "SplitArgs": many_operands,
    }.items()
}
"""By the name of the pass."""

NEAR: Mapping[str, Callable[[Sequence[Array], Sequence[Array]], str]] = {"FakeQuantizationToInteger": within_steps}
"""Of passes that approximate."""
