"""The recorded operators (tests/corpus/ops) inside programs: typed, interpreted, and built and run by the machine."""

from typing import Any

import numpy as np
import op_bounds
import pytest
import recorded_ops
from recorded_ops import Call as Recorded

import migrate.execution  # noqa: F401 -- chooses the compiler
from relax_core.backend.build import build
from relax_core.backend.virtual_machine import VirtualMachine
from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Expr, PrimValue, ShapeExpr, StringImm, Tuple, Var, op
from relax_core.ir.module import IRModule
from relax_core.ir.types import TensorType
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.device import CPU, Device
from tensor_core.ops.card import REQUIRED, Carrier, Kind
from tensor_core.ops.spelling import complete

BOUND = 2
"""How far a result may be off, in units of what its card allows."""
ROWS = [call for call in recorded_ops.calls() if call.side == "relax" and call.failed is None]


@pytest.mark.parametrize("call", ROWS, ids=str)
def test_values_of_programs(call: Recorded) -> None:
    module, arrays = _program(call)
    _compare(call, evaluate(module, arrays, release=call.release))
    machine = VirtualMachine(build(module, release=call.release), Device(CPU))
    _compare(call, machine["main"](*arrays))


def _compare(call: Recorded, value: Any) -> None:
    got = _leaves(value)
    assert [(leaf.shape, leaf.dtype) for leaf in got] == [(leaf.shape, leaf.dtype) for leaf in call.results]
    found = tuple(got) if isinstance(value, tuple | list) else got[0]
    assert op_bounds.worst(call.card, call.params(), call.args, call.types, found) <= BOUND


def _program(call: Recorded) -> tuple[IRModule, list[Any]]:
    """A function that takes the tensors of the call and makes the call, and the values of its parameters."""
    assert call.spelling is not None
    params: list[Var] = []
    arrays: list[Any] = []

    def variable(array: np.ndarray) -> Var:
        arrays.append(array)
        params.append(Var(f"x{len(params)}", TensorType(array.shape, str(array.dtype))))
        return params[-1]

    values = dict(zip((item.name for item in call.card.inputs), call.args, strict=False))
    operands: list[Expr] = []
    for item in call.spelling.operands:
        if item.carrier is Carrier.TENSOR and item.name in values:
            value = values[item.name]
            operands.append(Tuple(tuple(map(variable, value))) if isinstance(value, tuple) else variable(value))
        elif item.carrier is Carrier.NUMBER:
            operands.append(PrimValue(prim.const(values[item.name].item(), str(values[item.name].dtype))))
        elif item.name in call.written:
            operands.append(_written(call.written[item.name], item.carrier))
    builder = BlockBuilder(release=call.release)
    with builder.function("main", params):
        builder.emit_func_output(builder.emit(Call(op(call.spelling.name), tuple(operands), _attrs(call))))
    return builder.get(), arrays


def _attrs(call: Recorded) -> Attrs | None:
    spelling = call.spelling
    assert spelling is not None
    if not spelling.fields:
        return None
    # Relax's Python functions take a number where the operator holds a list of one.
    listed = {item.name for item in spelling.fields if item.kind is Kind.INTS}
    stated = {key: (v,) if key in listed and isinstance(v, int) else v for key, v in call.attrs.items()}
    functions = {item.name: item.python for item in spelling.fields if item.python is not REQUIRED}
    return Attrs(spelling.attrs_type or "", complete(spelling.fields, {**functions, **stated}))


def _written(value: Any, carrier: Carrier) -> Expr:
    if carrier is Carrier.SHAPE:
        return ShapeExpr(tuple(value))
    if isinstance(value, tuple):
        return Tuple(tuple(_written(item, Carrier.SCALAR) for item in value))
    if isinstance(value, str):
        return StringImm(value)
    dtype = "bool" if isinstance(value, bool) else "float64" if isinstance(value, float) else "int64"
    return PrimValue(prim.const(value, dtype))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, tuple | list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value.numpy() if hasattr(value, "numpy") else value]
