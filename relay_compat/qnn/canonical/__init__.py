"""What TVM 0.19's QNN canonicalization makes of each quantized operator: the values of FTVMQnnCanonicalize.

A rule gets a call's attributes, its new arguments, and the types of its original arguments and of its result. Op cards
say what the operators compute; these are the forms in which TVM writes it, of the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Expr
from relay_compat.op.call import card_of
from relay_compat.op_attributes import declare
from relay_compat.qnn.canonical import convolution, elementwise, floats, products
from tensor_core.ops.spelling import relay_params

KEY = "FTVMQnnCanonicalize"


def _packed(attrs: Any, args: Sequence[Expr], types: Sequence[Any]) -> Expr:
    """qnn.contrib_dense_pack by its card: TVM 0.19 has no form for it."""
    card = card_of("qnn.contrib_dense_pack")
    assert card.expand is not None
    for arg, type_ in zip(args, types, strict=False):
        arg.memo("checked", type_)
    return card.expand(relay_params(card, attrs, tuple(types[:-1])), RelayFragment(), *args)


_RULES: dict[str, Callable[[Any, Sequence[Expr], Sequence[Any]], Expr]] = {
    "qnn.add": elementwise.added,
    "qnn.avg_pool2d": elementwise.averaged,
    "qnn.batch_matmul": products.batch_matmul,
    "qnn.concatenate": elementwise.joined,
    "qnn.contrib_dense_pack": _packed,
    "qnn.conv2d": convolution.conv2d,
    "qnn.dense": products.dense,
    "qnn.dequantize": floats.dequantized,
    "qnn.leaky_relu": elementwise.leaky_relu,
    "qnn.mul": elementwise.multiplied,
    "qnn.quantize": floats.quantized,
    "qnn.requantize": elementwise.requantized,
    "qnn.softmax": floats.softmax,
    "qnn.subtract": elementwise.subtracted,
    **{
        f"qnn.{name}": floats.function_of_one(name)
        for name in ("abs", "erf", "exp", "hardswish", "log", "rsqrt", "sigmoid", "sqrt", "tanh")
    },
}

declare(KEY, _RULES.get)
