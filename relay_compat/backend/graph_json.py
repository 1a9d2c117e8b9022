"""The plan of a graph executor as JSON: inputs, one node for each operator call, outputs. Calls are not fused."""

from __future__ import annotations

import json
from typing import Any, cast

from relay_compat.ir.expr import Call, Constant, Expr, Function, Op, Tuple, TupleGetItem, Var
from relay_compat.visit import reachable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.types import TensorType, TupleType, Type, leaves

Entry = tuple[int, int, int]


def graph_json(function: Function) -> str:
    """The plan of a typed function. R2R0605 for control flow and for functions within it."""
    graph = _Graph()
    for param in function.params:
        graph.add_input(param, param.name)
    for node in reachable(function.body):
        graph.add(cast(Expr, node))
    return graph.text(graph.entries[function.body])


class _Graph:
    def __init__(self) -> None:
        self.entries: dict[Expr, list[Entry]] = {}
        self._nodes: list[dict[str, Any]] = []
        self._inputs: list[int] = []
        self._types: list[TensorType] = []
        self._starts = [0]

    def add_input(self, node: Expr, name: str) -> None:
        self._inputs.append(len(self._nodes))
        self._add(node, {"op": "null", "name": name, "inputs": []})

    def add(self, node: Expr) -> None:
        match node:
            case Var() | Op():
                pass
            case Constant():
                self.add_input(node, f"p{len(self._inputs)}")
            case Tuple():
                self.entries[node] = [entry for field in node.fields for entry in self.entries[field]]
            case TupleGetItem():
                fields = cast(TupleType, cast(Any, node.tuple_value).checked).fields
                first = sum(len(list(leaves(field))) for field in fields[: node.index])
                count = len(list(leaves(fields[node.index])))
                self.entries[node] = self.entries[node.tuple_value][first : first + count]
            case Call(op=Op(name=name)):
                inputs = [list(entry) for arg in node.args for entry in self.entries[arg]]
                count = len(list(leaves(cast(Type, node.checked))))
                attrs = {"num_outputs": str(count), "num_inputs": str(len(inputs)), "flatten_data": "0"}
                called = {"op": "tvm_op", "name": f"{name}_{len(self._nodes)}", "inputs": inputs}
                self._add(node, {**called, "attrs": {**attrs, "func_name": name}})
            case _:
                message = f"the plan of a graph executor holds no {type(node).__name__}"
                raise fail(codes.NOT_LOWERED, message, getattr(node, "span", None))

    def _add(self, node: Expr, written: dict[str, Any]) -> None:
        number = len(self._nodes)
        types = list(leaves(cast(Type, cast(Any, node).checked)))
        self._nodes.append(written)
        self._types += cast("list[TensorType]", types)
        self._starts.append(self._starts[-1] + len(types))
        self.entries[node] = [(number, place, 0) for place in range(len(types))]

    def text(self, heads: list[Entry]) -> str:
        shapes = [[int(cast(int, dim)) for dim in type_.shape] for type_ in self._types]
        attrs = {"shape": ["list_shape", shapes], "dltype": ["list_str", [type_.dtype for type_ in self._types]]}
        plan = {"nodes": self._nodes, "arg_nodes": self._inputs, "heads": [list(head) for head in heads]}
        return json.dumps({**plan, "attrs": attrs, "node_row_ptr": self._starts}, indent=2)
