"""all and any of bools along axes. Relax has neither; there the product and the sum of bools mean the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import reductions
from tensor_core.ops.card import Exact, Input, OpCard, Pattern
from tensor_core.ops.reductions import Reduce
from tensor_core.ops.rules import Array


def _all(params: Reduce, x: Array) -> Array:
    return np.asarray(np.all(x, axis=params.axis, keepdims=params.keepdims))


def _any(params: Reduce, x: Array) -> Array:
    return np.asarray(np.any(x, axis=params.axis, keepdims=params.keepdims))


def _card(name: str, reference: Callable[[Reduce, Array], Array], combiner: Combiner, twin: str) -> OpCard[Reduce]:
    def lower(params: Reduce, b: LoopBuilder, x: Tensor) -> Tensor:
        shape = reductions.reduced_shape(params, x.shape)
        return b.reduce(shape, reductions.extents(params, x.shape), reductions.element(params, x), combiner, name=name)

    def expand(params: Reduce, f: Fragment[Any], data: Any) -> Any:
        return f.call(twin, data, axis=params.axis, keepdims=params.keepdims)

    return OpCard(
        name=name,
        inputs=(Input("data"),),
        params=Reduce,
        infer=reductions.infer,
        reference=reference,
        lower=lower,
        expand=expand,
        relay=reductions.relay_spelling(name),
        pattern=Pattern.REDUCE,
        error=Exact(),
        draw=reductions.draw_reduction("bool"),
    )


CARDS = (_card("all", _all, Combiner.ALL, "prod"), _card("any", _any, Combiner.ANY, "sum"))
