"""Norms that leave gamma or beta out: Relax's kernels apply both, so ones scale and zeros shift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from migrate.adapters.writer import Writer
from relax_core.ir.expr import Expr
from tensor_core.ops.card import Reject


def _whole(name: str) -> Any:
    def adapt(params: Any, f: Writer, data: Expr, gamma: Expr, beta: Expr) -> Expr:
        plain = replace(params, center=True, scale=True)
        if plain == params or not f.says(name, plain, data, gamma, beta):
            raise Reject("no gamma or beta is left out")
        vector = f.tensor_type(gamma)
        if not params.scale:
            gamma = f.call("ones", shape=vector.shape, dtype=vector.dtype)
        if not params.center:
            beta = f.call("zeros", shape=vector.shape, dtype=vector.dtype)
        said = {field: getattr(plain, field) for field in plain.__dataclass_fields__}
        return f.call(name, data, gamma, beta, **said)

    return adapt


COMPOSITIONS: Mapping[str, Any] = {
    name: _whole(name) for name in ("nn.layer_norm", "nn.group_norm", "nn.instance_norm")
}
