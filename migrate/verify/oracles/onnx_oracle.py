"""ONNX Runtime on what a Relay program says in ONNX: an outside party on tensor operators that knows nothing of TVM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import relay_compat.ir.expr as relay
from migrate.values import Array
from migrate.verify.generate.program import Program
from migrate.verify.oracles.answer import Answer, Failure, answered
from migrate.verify.oracles.onnx_spellings import SPELLINGS, Call, Graph, NoOnnx
from migrate.verify.oracles.process import Interpreter, Worker
from migrate.verify.oracles.worker import wire
from migrate.verify.uncertain import operand_types, read
from relay_compat.passes.to_graph_normal_form import ToGraphNormalForm
from relay_compat.visit import reachable
from tensor_core.module import IRModule
from tensor_core.shapes import is_static, static
from tensor_core.types import TensorType, Type, leaves


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A graph with its inputs and outputs, as (name, element type, shape)."""

    graph: Graph
    inputs: tuple[tuple[str, str, tuple[int, ...]], ...]
    outputs: tuple[tuple[str, str, tuple[int, ...]], ...]


def to_onnx(module: IRModule) -> OnnxModel:
    """``main`` said in ONNX. NoOnnx for all but static calls of the operators in :data:`SPELLINGS`."""
    main = ToGraphNormalForm()(module)["main"]
    if not isinstance(main, relay.Function):
        raise NoOnnx("main is no function")
    graph = Graph()
    names: dict[object, Any] = {param: f"p{n}" for n, param in enumerate(main.params)}
    for node in reachable(main.body):
        if node not in names:
            names[node] = _said(graph, node, names)
    results = _types(main.body.checked_type)
    # A name may be an input or be given twice: outputs have names of their own.
    outputs = [graph.add("Identity", name) for name in _leaves(names[main.body])]
    inputs = [_info(f"p{n}", param.checked) for n, param in enumerate(main.params)]
    return OnnxModel(graph, tuple(inputs), tuple(map(_info, outputs, results)))


def _said(graph: Graph, node: object, names: dict[object, Any]) -> Any:
    match node:
        case relay.Constant():
            return graph.constant(node.data, _info("", node.checked)[1])
        case relay.Tuple():
            return [names[item] for item in node.fields]
        case relay.TupleGetItem():
            return names[node.tuple_value][node.index]
        case relay.Op():
            return None
        case relay.Call() if isinstance(node.op, relay.Op) and node.op.card is not None:
            card, params = read(node)
            if card.name not in SPELLINGS:
                raise NoOnnx(f"{card.name} has no form")
            result = node.checked if isinstance(node.checked, TensorType) else None
            call = Call(params, [names[arg] for arg in node.args], operand_types(node), result)
            for kind in (*call.types, node.checked):
                for leaf in _types(kind):
                    _info("", leaf)
            return SPELLINGS[card.name](graph, call)
        case _:
            raise NoOnnx(f"{type(node).__name__} has no form")


def _types(type_: Type | None) -> list[Type]:
    return [] if type_ is None else list(leaves(type_))


def _leaves(names: Any) -> list[str]:
    if not isinstance(names, list):
        return [names]
    return [leaf for item in cast("list[Any]", names) for leaf in _leaves(item)]


def _info(name: str, type_: Any) -> tuple[str, str, tuple[int, ...]]:
    if not isinstance(type_, TensorType) or not is_static(type_.shape):
        raise NoOnnx(f"a value of type {type_}")
    return name, type_.dtype, static(type_.shape)


class OnnxOracle:
    """ONNX Runtime in an interpreter of its own, which has onnx and onnxruntime."""

    name = "ONNX Runtime"

    def __init__(self, interpreter: Interpreter, timeout: float = 60.0) -> None:
        self._worker = Worker(interpreter, "ask_onnxruntime.py", self.name, timeout)

    def answer(self, program: Program) -> Answer:
        """What it gives; unasked for programs without a form in ONNX."""
        try:
            model = to_onnx(program.module)
        except NoOnnx as error:
            return Answer(failure=Failure.UNASKED, message=str(error))
        return answered(lambda: self._run(model, program.args))

    def versions(self) -> dict[str, str]:
        """The versions of onnxruntime, onnx and Python on the other side."""
        return self._worker.ask("versions", {})[0]

    def close(self) -> None:
        """Ends the process."""
        self._worker.close()

    def _run(self, model: OnnxModel, args: tuple[Array, ...]) -> list[Array]:
        given = {name: value for (name, _, _), value in zip(model.inputs, args, strict=True)}
        options = {"nodes": model.graph.nodes, "inputs": model.inputs, "outputs": model.outputs}
        _, outputs = self._worker.ask("onnx_run", options, {"inputs": given, "constants": model.graph.constants})
        return wire.leaves(outputs)
