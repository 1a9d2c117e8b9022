"""One operator by its name, with what a pass that has a rule for it looks for around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from migrate.verify.generate.insertion import drawn
from migrate.verify.generate.inverse_windows import convolution
from migrate.verify.generate.inverses import Plan
from migrate.verify.generate.maker import SHAPES, Maker
from migrate.verify.generate.operators import made
from migrate.verify.generate.productions import PRODUCTIONS
from migrate.verify.generate.skeletons.placed import Make
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.ops.registry import Card, registry
from tensor_core.types import TensorType

QUANTIZED = (
    "abs", "add", "broadcast_to", "clip", "concatenate", "erf", "exp", "expand_dims", "image.resize2d", "log", "max",
    "maximum", "mean", "min", "minimum", "multiply", "nn.adaptive_avg_pool1d", "nn.avg_pool2d", "nn.batch_flatten",
    "nn.batch_matmul", "nn.conv2d", "nn.conv2d_transpose", "nn.dense", "nn.depth_to_space",
    "nn.global_avg_pool2d", "nn.max_pool2d", "nn.pad", "nn.relu", "reshape", "rsqrt", "sigmoid",
    "split", "sqrt", "squeeze", "strided_slice", "subtract", "take", "tanh", "topk", "transpose",
)  # fmt: skip
"""Operators that have a rule for floats that come from integers, beside ``nn.bias_add``. Not ``hardswish``, which Relay
does not have, nor ``nn.leaky_relu``, which TVM 0.19 computes twice.
"""

CANONICAL = (
    "qnn.abs", "qnn.add", "qnn.avg_pool2d", "qnn.batch_matmul", "qnn.concatenate", "qnn.contrib_dense_pack",
    "qnn.dense", "qnn.dequantize", "qnn.erf", "qnn.exp", "qnn.hardswish", "qnn.leaky_relu", "qnn.log", "qnn.mul",
    "qnn.quantize", "qnn.requantize", "qnn.rsqrt", "qnn.sigmoid", "qnn.softmax", "qnn.sqrt", "qnn.subtract", "qnn.tanh",
)  # fmt: skip
"""Quantized operators that become plain ones, but for ``qnn.conv2d``, which does in two layouts only."""

DYNAMIC = (
    "dyn.broadcast_to", "dyn.full", "dyn.image.resize2d", "dyn.nn.pad", "dyn.nn.upsampling", "dyn.nn.upsampling3d",
    "dyn.one_hot", "dyn.ones", "dyn.reshape", "dyn.sparse_to_dense", "dyn.squeeze", "dyn.strided_slice", "dyn.tile",
    "dyn.topk", "dyn.zeros",
)  # fmt: skip
"""Operators that take sizes as operands."""

_TRIES = 200
_BYTES = Domain(-128.0, 127.0)
_HELD: Mapping[tuple[str, int], Domain] = {("nn.pad", 1): Domain(-25.0, 25.0)}
"""Operands that TVM 0.19's rule puts on the grid of the first, where what that does not hold saturates: bytes that, on
any grid that is drawn, stand for what every other one holds, too.
"""
_FITS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "nn.batch_matmul": lambda params: not params["transpose_a"] and params["transpose_b"],
    "qnn.batch_matmul": lambda params: not params["transpose_a"] and params["transpose_b"],
    "topk": lambda params: params["ret_type"] == "values",
}
"""Of which calls TVM 0.19's rules for quantized operators are right."""


def calling(name: str) -> Make:
    """A call of the operator that Relay has under a name, as its card draws it; of one on integers that stand for
    floats, one grid for all of an operand.
    """
    card = registry().by_relay[name]
    of_one_grid = name.startswith("qnn.")

    def make(m: Maker) -> Expr:
        plans = (drawn(card, m.choose) for _ in range(_TRIES))
        fits = _FITS.get(name, _always)
        plan = next(
            plan
            for plan in plans
            if plan
            and fits(plan.params)
            and not (of_one_grid and _has_many_grids(plan))
            and (name != "qnn.dense" or _is_matrix(plan))
        )
        return made(m, card.name, plan, 0, False)

    return named(name, make)


def quantized_convolution(m: Maker) -> Expr:
    """A convolution of integers that stand for floats, in a layout that TVM 0.19 has a plain form for."""
    make = convolution(2)
    plans = (make(TensorType((1, 2, 3, 3), "int16"), m.choose) for _ in range(_TRIES))
    plan = next(plan for plan in plans if _has_plain_form(plan))
    values = [m.leaf(TensorType(item.shape, "int8"), domain=_BYTES) for item in _flat(plan.operands)]
    (scale, zero), (other_scale, other_zero) = _numbers(m), _numbers(m)
    params = {**plan.params, "out_dtype": "int32", "kernel_size": None}
    return m.build.call("qnn.conv2d", *values, zero, other_zero, scale, other_scale, **params)


def _has_plain_form(plan: Plan) -> bool:
    """Whether TVM 0.19 has one for the layouts, and tells groups from channels of their own."""
    params = plan.params
    if params["data_layout"] not in ("NCHW", "NHWC") or params["kernel_layout"] not in ("OIHW", "HWIO", "HWOI", "OHWI"):
        return False
    return params["groups"] in (1, _flat(plan.operands)[0].shape[params["data_layout"].index("C")])


quantized_convolution.__name__ = "qnn.conv2d"


def _always(params: Mapping[str, Any]) -> bool:
    del params
    return True


def _has_many_grids(plan: Plan) -> bool:
    numbers = _flat(list(plan.values.values()))
    return any(np.ndim(number) for number in numbers) or not _flat(plan.operands)[0].rank


def _is_matrix(plan: Plan) -> bool:
    return _flat(plan.operands)[0].rank == 2


def _flat(items: Sequence[Any]) -> list[Any]:
    """The items, and those of tuples among them."""
    groups: list[Sequence[Any]] = [item if isinstance(item, tuple) else (item,) for item in items]
    return [item for group in groups for item in group]


def quantized_around(name: str) -> Make:
    """An operator on floats that come from integers and become integers again."""
    card = registry().by_relay[name]

    def make(m: Maker) -> Expr:
        plan = _on_floats(m, card)
        given = {
            place: _dequantized(m, type_, plan.domains.get(place), _HELD.get((name, place), _BYTES))
            for place, type_ in enumerate(plan.operands)
            if place not in plan.values
        }
        value = made(m, card.name, plan, 0, False, given=given)
        while not isinstance(m.build.type_of(value), TensorType):
            value = m.build.item(value, 0)
        return m.build.call("qnn.quantize", value, *_numbers(m), out_dtype="int8", axis=-1)

    return named(name, make)


def quantized_bias(m: Maker) -> Expr:
    """A bias behind a product: TVM 0.19's rule is right for sums of 32 bits, whose zero point is zero."""
    operands = [_dequantized(m, TensorType(shape, "float32"), None) for shape in ((2, 3), (4, 3))]
    product = m.build.call("nn.dense", *operands, transpose_b=True)
    value = m.build.call("nn.bias_add", product, m.constant(TensorType((4,), "float32")), axis=m.choose((1, -1)))
    return m.build.call("qnn.quantize", value, *_numbers(m), out_dtype="int8", axis=-1)


quantized_bias.__name__ = "nn.bias_add"


def _on_floats(m: Maker, card: Card) -> Plan:
    """A call whose operands are of single precision, but for those that are places."""
    types = [TensorType(shape, "float32") for shape in SHAPES]
    rows = [row for row in PRODUCTIONS if row.card == card.name]
    pairs = [(row, type_) for row in rows for type_ in types if row.reaches(type_)]
    for _ in range(_TRIES):
        if pairs:
            row, type_ = m.choose(pairs)
            plan = row.inverse(type_, m.choose)
        else:
            plan = drawn(card, m.choose)
        if plan and _are_floats(plan.operands) and _FITS.get(card.name, _always)(plan.params):
            return plan
    raise LookupError(f"no call of {card.name} on floats")


def _are_floats(operands: Sequence[Any]) -> bool:
    """Whether data are of single precision, and what else there is are places."""
    kinds = [item.dtype for item in _flat(operands)]
    return kinds[0] == "float32" and all(kind in ("float32", "int32", "int64") for kind in kinds)


def _dequantized(m: Maker, type_: Any, domain: Domain | None, held: Domain = _BYTES) -> Any:
    if isinstance(type_, tuple):
        types: list[Any] = _flat(type_)  # pyright: ignore[reportUnknownArgumentType]
        return tuple([_dequantized(m, item, domain, held) for item in types])
    if type_.dtype != "float32":
        return m.constant(type_, domain)
    # A new value each time: TVM 0.19 takes one that comes from two grids for what is on the last of them.
    data = m.leaf(TensorType(type_.shape, "int8"), domain=held)
    return m.build.call("qnn.dequantize", data, *_numbers(m), out_dtype="float32", axis=-1)


def _numbers(m: Maker) -> tuple[Expr, Expr]:
    scale: float = m.choose((0.5, 0.25, 1.0))
    return m.build.constant(scale, "float32"), m.build.constant(m.choose((0, 3, -5)), "int32")


def named(name: str, make: Make) -> Make:
    """A skeleton that is for the rule of a name."""
    make.__name__ = name
    return make
