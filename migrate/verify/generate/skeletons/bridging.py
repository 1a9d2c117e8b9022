"""What passes without a port of their own look for: they run on Relax through a bridge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons import cleaning, computing
from migrate.verify.generate.skeletons.called import QUANTIZED, named, quantized_around, quantized_bias
from migrate.verify.generate.skeletons.placed import Make, placed
from relay_compat.ir.expr import Expr
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType


def widening_cast(m: Maker) -> Expr:
    """A cast to a wider type, or to one as wide, that two operators take."""
    source = m.choose(("int8", "int8", "int32"))
    wide = m.build.call("cast", m.leaf(TensorType((2, 3), source)), dtype="float32")
    return m.build.tuple(m.build.call("exp", wide), m.build.call("negative", wide))


def constant_divisor(m: Maker) -> Expr:
    """Division by a constant."""
    divisor = m.constant(_tensor(*m.choose(((2, 3), (3,), ()))), Domain(0.5, 8.0))
    return m.build.call("divide", m.build.call("tanh", m.leaf(_tensor(2, 3))), divisor)


def plain_convolution(m: Maker) -> Expr:
    """A convolution and an activation."""
    return m.build.call("nn.relu", computing.convolution(m, m.leaf(_tensor(1, 2, 3, 3)), m.leaf(_tensor(3, 2, 2, 2))))


def dynamic_reshape(m: Maker) -> Expr:
    """A reshape to a shape that is computed from a known one."""
    data = m.leaf(_tensor(2, 3))
    turned = m.build.call("transpose", data, axes=(1, 0))
    return m.build.call("dyn.reshape", data, m.build.call("shape_of", turned, dtype="int64"), allowzero=False)


def dynamic_broadcast(m: Maker) -> Expr:
    """A broadcast to the shape of another tensor."""
    shape = m.build.call("shape_of", m.leaf(_tensor(2, 3)), dtype="int64")
    return m.build.call("dyn.broadcast_to", m.leaf(_tensor(3)), shape)


def _gradient_cell(name: str) -> Make:
    """A product with ones, a sum with zeros."""

    def make(m: Maker) -> Expr:
        data = m.build.call("tanh", m.leaf(_tensor(2, 3)))
        fill: dict[str, Any] = {} if name.endswith("_like") else {"shape": (2, 3)}
        operands = (m.leaf(_tensor(2, 3)),) if name.endswith("_like") else ()
        other = m.build.call(name, *operands, dtype="float32", **fill)
        return m.build.call("multiply" if name.startswith("ones") else "add", data, other)

    return named(name, make)


def many_operands(m: Maker) -> Expr:
    """An operator of more operands than are allowed."""
    data = m.leaf(_tensor(2, 3))
    parts = tuple(m.build.call(name, data) for name in ("exp", "negative", "tanh", "abs"))
    return m.build.call("concatenate", parts, axis=0)


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


INTEGERS = (quantized_bias, *map(quantized_around, QUANTIZED))

AROUND: Mapping[str, Sequence[Make]] = {
    "CanonicalizeCast": (widening_cast,),
    "CombineParallelConv2D": computing.CONVOLUTIONS,
    "DivToMul": (placed(constant_divisor),),
    "FakeQuantizationToInteger": tuple(map(placed, INTEGERS)),
    "LazyGradientInit": tuple(map(_gradient_cell, ("ones", "ones_like", "zeros", "zeros_like"))),
    "PartialEvaluate": (placed(cleaning.literal),),
    "SplitArgs": (placed(many_operands),),
}
"""By the name of the pass."""
