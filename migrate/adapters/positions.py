"""adv_index: Relax takes the data and the tensors of positions apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.adapters.writer import Writer
from relax_core.ir.expr import Expr
from tensor_core.ops.card import NoParams, Reject


def _adv_index(params: NoParams, f: Writer, inputs: Expr | tuple[Expr, ...]) -> Expr:
    if not isinstance(inputs, tuple):
        raise Reject("the tensors come as one value")
    data, places = inputs[0], f.tuple(*inputs[1:])
    if not f.says("index_tensor", params, data, places):
        raise Reject(f"Relax {f.target} has no index_tensor")
    return f.call("index_tensor", data, places)


COMPOSITIONS: Mapping[str, Any] = {"adv_index": _adv_index}
