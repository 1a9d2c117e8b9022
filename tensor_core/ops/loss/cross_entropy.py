"""nn.cross_entropy and nn.cross_entropy_with_logits: the mean over the batch of ``-sum(log(x) * y)``.

With logits, x is a logarithm already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.ops import rules
from tensor_core.ops.card import Domain, Input, NoParams, OpCard, Reject, RelaySpelling, Rounding
from tensor_core.ops.formula import Formula as F
from tensor_core.ops.formula import Gradient, derivatives
from tensor_core.ops.rules import Array
from tensor_core.types import TensorType, Type


def _infer(params: NoParams, x: Type, y: Type) -> Type:
    del params
    first, second = rules.tensor(x, 0), rules.tensor(y, 1)
    for argument, operand in enumerate((first, second)):
        if operand.rank != 2:
            raise Reject(f"expected two dimensions, got {rules.show(operand.shape)}", argument)
    if any(rules.unify(a, b) is None for a, b in zip(first.shape, second.shape, strict=True)):
        raise Reject(f"shapes {rules.show(first.shape)} and {rules.show(second.shape)} differ", 1)
    return TensorType((), first.dtype)


def _expander(with_logits: bool) -> Callable[..., Any]:
    def expand(params: NoParams, f: Fragment[Any], x: Any, y: Any) -> Any:
        del params
        source = f.tensor_type(x)
        batch = source.shape[0]
        if not isinstance(batch, int):
            raise Reject("the size of the batch must be known", 0)
        terms = f.call("multiply", x if with_logits else f.call("log", x), y)
        total = f.call("negative", f.call("sum", terms, axis=(0, 1)))
        return f.call("divide", total, f.constant(batch, source.dtype))

    return expand


def _gradient(with_logits: bool) -> Gradient:
    def adjoints(_params: NoParams, args: Sequence[F], _result: F, g: F) -> Sequence[F]:
        x, y = args
        batch = x.shape[0]
        if not isinstance(batch, int):
            raise Reject("the size of the batch must be known", 0)
        share = -(g / x.number(batch))
        return [share * y, share * x] if with_logits else [share * y / x, share * x.call("log")]

    return derivatives(adjoints)


def _factor(params: NoParams, x: TensorType, y: TensorType) -> float:
    del params, y
    return float(np.prod([dim if isinstance(dim, int) else 256 for dim in x.shape]))


def _magnitude(with_logits: bool) -> Callable[..., Array]:
    def magnitude(params: NoParams, x: Array, y: Array) -> Array:
        del params
        # The logarithm's own error counts as one.
        size = np.abs(x) if with_logits else 1 + np.abs(np.log(x))
        return np.asarray(np.sum(size * np.abs(y)) / x.shape[0], x.dtype)

    return magnitude


def _card(name: str, with_logits: bool, domain: Domain) -> OpCard[NoParams]:
    return OpCard(
        name=name,
        inputs=(Input("x", domain), Input("y")),
        params=NoParams,
        infer=_infer,
        expand=_expander(with_logits),
        gradient=_gradient(with_logits),
        relay=RelaySpelling(name=name),
        error=Rounding(ulps=8, factor=_factor, magnitude=_magnitude(with_logits)),
    )


CARDS = (
    _card("nn.cross_entropy", False, Domain(0.01, 1.0)),
    _card("nn.cross_entropy_with_logits", True, Domain()),
)
