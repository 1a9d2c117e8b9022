"""Shape rules of operators on quantized integers, read backwards: for patterns that name them.

They are in no table of productions: a program that chance makes has chains of them
(:mod:`~migrate.verify.generate.quantized`), whose integers stand for something.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from migrate.verify.generate.inverse_shapes import dequantized, quantized
from migrate.verify.generate.inverse_sums import dense
from migrate.verify.generate.inverse_windows import convolution
from migrate.verify.generate.inverses import Choose, Inverse, Plan
from migrate.verify.generate.productions import Production
from tensor_core.types import TensorType

_BYTES = ("int8", "uint8")
_SCALE, _ZERO = TensorType((), "float32"), TensorType((), "int32")


def requantized(type_: TensorType, choose: Choose) -> Plan:
    """Integers of 32 bits, and the numbers of two grids."""
    source = TensorType(type_.shape, choose(("int32", "int8", "uint8")))
    return _with_numbers(Plan((source,), {"out_dtype": type_.dtype, "axis": -1}), _grid(choose) + _grid(choose))


def summed(type_: TensorType, choose: Choose) -> Plan:
    """Two operands of the result's type, and the numbers of three grids."""
    numbers = [number for _ in range(3) for number in _grid(choose)]
    return _with_numbers(Plan((type_, type_), {"lhs_axis": -1, "rhs_axis": -1}), numbers)


def convolved(type_: TensorType, choose: Choose) -> Plan:
    """A convolution of bytes."""
    return _of_bytes(convolution(2)(TensorType(type_.shape, "int16"), choose), choose, {"kernel_size": None})


def multiplied(type_: TensorType, choose: Choose) -> Plan:
    """A product of matrices of bytes."""
    return _of_bytes(dense(TensorType(type_.shape, "int16"), choose), choose, {})


def read_bytes(type_: TensorType, choose: Choose) -> Plan:
    """Bytes with a known scale and zero point."""
    plan = dequantized(type_, choose)
    return replace(plan, operands=(TensorType(type_.shape, choose(_BYTES)), *plan.operands[1:]))


def _of_bytes(plan: Plan, choose: Choose, params: dict[str, Any]) -> Plan:
    shapes = [item.shape for item in plan.operands if isinstance(item, TensorType)]
    kinds = TensorType(shapes[0], choose(_BYTES)), TensorType(shapes[1], "int8")
    (scale, zero), (other_scale, other_zero) = _grid(choose), _grid(choose)
    made = replace(plan, operands=kinds, params={**plan.params, "out_dtype": "int32", **params}, domains={}, attrs={})
    return _with_numbers(made, (zero, other_zero, scale, other_scale))


def _grid(choose: Choose) -> tuple[np.float32, np.int32]:
    return np.float32(choose((0.5, 0.25, 1.0, 0.1))), np.int32(choose((0, 3, -5)))


def _with_numbers(plan: Plan, numbers: Sequence[np.float32 | np.int32]) -> Plan:
    first = len(plan.operands)
    kinds = tuple(_SCALE if number.dtype == np.float32 else _ZERO for number in numbers)
    values = {first + place: np.asarray(number) for place, number in enumerate(numbers)}
    return replace(plan, operands=(*plan.operands, *kinds), values=values)


def _rows(names: str, inverse: Inverse, dtypes: tuple[str, ...]) -> tuple[Production, ...]:
    return tuple(Production(name, inverse, dtypes) for name in names.split())


QUANTIZED: tuple[Production, ...] = (
    *_rows("qnn.requantize", requantized, (*_BYTES, "int32")),
    *_rows("qnn.add qnn.subtract qnn.mul", summed, _BYTES),
    *_rows("qnn.quantize", quantized, _BYTES),
    *_rows("qnn.dequantize", read_bytes, ("float32",)),
    Production("qnn.conv2d", convolved, ("int32",), range(4, 5)),
    Production("qnn.dense", multiplied, ("int32",), range(2, 3)),
)
"""A row for each; of quantize and dequantize only what a quantized model has: bytes, and reals of 32 bits."""
