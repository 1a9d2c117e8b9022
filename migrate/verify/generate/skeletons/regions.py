"""What partitioning looks for: layers that another compiler takes, one after the other, with others around them."""

from __future__ import annotations

from migrate.verify.generate.maker import Maker
from migrate.verify.generate.skeletons.computing import two_layers
from relay_compat.ir.expr import Expr
from tensor_core.types import TensorType


def layers_between(m: Maker) -> Expr:
    """Two layers, and operators before and behind them that stay."""
    first = _layer(m, m.build.call("tanh", m.leaf(_tensor(2, 3))), 3, 4)
    return m.build.call("negative", _layer(m, first, 4, 2))


def layer_pair(m: Maker) -> Expr:
    """Two layers, both of which are results."""
    first = _layer(m, m.leaf(_tensor(2, 3)), 3, 4)
    return m.build.tuple(first, _layer(m, first, 4, 2))


def _layer(m: Maker, data: Expr, inputs: int, outputs: int) -> Expr:
    made = m.build.call("nn.dense", data, m.leaf(_tensor(outputs, inputs)), transpose_b=True)
    return m.build.call("nn.relu", m.build.call("add", made, m.leaf(_tensor(outputs))))


def _tensor(*shape: int) -> TensorType:
    return TensorType(shape, "float32")


REGIONS = (two_layers, layers_between, layer_pair)
