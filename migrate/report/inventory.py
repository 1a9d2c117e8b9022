"""What a module holds, counted: the data behind ``relay2relax inspect``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.execution import parameters
from migrate.reading import is_relax
from tensor_core import shapes
from tensor_core.module import IRModule
from tensor_core.node import Node, post_order
from tensor_core.types import TensorType, leaves


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function, and whether its array came with the module."""

    function: str
    name: str
    type: str
    bound: bool


@dataclass(frozen=True, slots=True)
class Inventory:
    """Counts of one module. ``dynamic`` names parameters with open or symbolic dimensions."""

    ir: str
    functions: tuple[str, ...]
    ops: dict[str, int]
    unknown_ops: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    dtypes: dict[str, int]
    dynamic: tuple[str, ...]
    type_definitions: int

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "ir": self.ir,
            "functions": list(self.functions),
            "ops": self.ops,
            "unknown_ops": list(self.unknown_ops),
            "parameters": [
                {"function": p.function, "name": p.name, "type": p.type, "bound": p.bound} for p in self.parameters
            ],
            "dtypes": self.dtypes,
            "dynamic_parameters": list(self.dynamic),
            "type_definitions": self.type_definitions,
        }


def take_inventory(module: IRModule) -> Inventory:
    """Count everything in a Relay or Relax module."""
    ops: Counter[str] = Counter()
    unknown: set[str] = set()
    dtypes: Counter[str] = Counter()
    rows: list[Parameter] = []
    dynamic: list[str] = []
    callable_vars = [
        var for var, function in module.functions.items() if isinstance(function, (relay.Function, relax.Function))
    ]
    for var in callable_vars:
        for call in _op_calls(module.functions[var]):
            ops[call.op.name] += 1
            if call.op.card is None:
                unknown.add(call.op.name)
        for name, type_ in parameters(module, var.name):
            rows.append(Parameter(var.name, name, str(type_) if type_ else "?", name in module.params))
            tensors = [leaf for leaf in leaves(type_) if isinstance(leaf, TensorType)] if type_ else []
            dtypes.update(tensor.dtype for tensor in tensors)
            if any(not shapes.is_static(tensor.shape) for tensor in tensors):
                dynamic.append(name)
    return Inventory(
        "Relax" if is_relax(module) else "Relay",
        tuple(var.name for var in module.functions),
        dict(ops.most_common()),
        tuple(sorted(unknown)),
        tuple(rows),
        dict(dtypes.most_common()),
        tuple(dynamic),
        len(module.type_definitions),
    )


def _op_calls(function: Any) -> Iterable[Any]:
    def children(node: Node) -> Iterable[Node]:
        return node.iter_children()

    for node in post_order([function], children):
        if isinstance(node, (relay.Call, relax.Call)) and isinstance(node.op, (relay.Op, relax.Op)):
            yield node
