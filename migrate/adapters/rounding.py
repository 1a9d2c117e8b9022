"""round: Relax from TVM 0.24 on takes halves to the even neighbour; only they are decided anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrate.adapters.writer import Writer
from relax_core.ir.expr import Expr
from tensor_core import dtypes
from tensor_core.ops.card import Reject
from tensor_core.ops.elementwise.whole import AWAY, EVEN, Round


def _round(params: Round, f: Writer, data: Expr) -> Expr:
    dtype = f.tensor_type(data).dtype
    if params.tie != AWAY or not dtypes.is_float(dtype) or not f.says("round", Round(EVEN), data):
        raise Reject("there are no halves, or not to the even neighbour")
    whole = f.call("trunc", data)
    rest = f.call("abs", f.call("subtract", data, whole))
    away = f.call("add", whole, f.call("sign", data))
    tied = f.call("equal", rest, f.constant(0.5, dtype))
    return f.call("where", tied, away, f.call("round", data, tie=EVEN))


COMPOSITIONS: Mapping[str, Any] = {"round": _round}
