"""Building and evaluating programs (tvm.relay.build_module in TVM 0.19)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, cast

from relay_compat.backend.executor import Executor
from relay_compat.backend.executor_factory import (
    AOTExecutorFactoryModule,
    ExecutorFactoryModule,
    GraphExecutorFactoryModule,
)
from relay_compat.backend.graph_executor import GraphModule
from relay_compat.backend.interpreter import Executor as Evaluator
from relay_compat.backend.interpreter import Interpreter
from relay_compat.backend.program import Prepared
from relay_compat.backend.runtime import Runtime
from relay_compat.backend.vm import VMExecutor
from relay_compat.bind_params import bind_params_by_name
from relay_compat.ir.expr import Constant, Expr, Function
from relay_compat.ir.module import IRModule
from relay_compat.target import Target, for_cpu
from relay_compat.types.infer import infer_types
from tensor_core import shapes
from tensor_core.device import cpu
from tensor_core.ndarray import ndarray
from tensor_core.passes import PassContext
from tensor_core.types import TensorType, TupleType, Type, leaves

__all__ = ["AotExecutor", "GraphExecutor", "bind_params_by_name", "build", "build_config", "create_executor"]

GRAPH = Executor("graph")
CPP = Runtime("cpp")


def build(
    ir_mod: Any,
    target: Any = None,
    target_host: Any = None,
    executor: Executor = GRAPH,
    runtime: Runtime = CPP,
    workspace_memory_pools: Any = None,
    constant_memory_pools: Any = None,
    params: Mapping[str, Any] | None = None,
    mod_name: str = "default",
) -> ExecutorFactoryModule:
    """The module's entry compiled for the CPU; ``params`` become inputs that have a value.

    ValueError for anything but a module or function, and without a target. DiagnosticError R2R0607 for a target that
    is not the CPU, R2R0605 for what is not compiled, R2R0606 without a compiler.
    """
    del target_host, workspace_memory_pools, constant_memory_pools, runtime
    if not isinstance(ir_mod, (IRModule, Function)):
        raise ValueError("Type of input parameter mod must be tvm.IRModule")
    if isinstance(ir_mod, Function):
        warnings.warn("Please use input parameter mod (tvm.IRModule)", DeprecationWarning, stacklevel=2)
        ir_mod = IRModule.from_expr(bind_params_by_name(ir_mod, params or {}))
        params = None
    targets = Target.canon_multi_target(Target.target_or_current(target))
    for_cpu(targets)
    values = {name: ndarray(_array(value)) for name, value in (params or {}).items()}
    kind = AOTExecutorFactoryModule if executor.name == "aot" else GraphExecutorFactoryModule
    program = Prepared(ir_mod, interprets=False)
    program.prepare("main")
    return kind(program.module, targets, executor, program, mod_name, values)


def _array(value: Any) -> Any:
    return value.data if isinstance(value, Constant) else value


def build_config(
    opt_level: int = 2, required_pass: Any = None, disabled_pass: Any = None, trace: Any = None
) -> PassContext:  # fmt: skip
    """TVM's former way to a context of passes."""
    return PassContext(opt_level, required_pass, disabled_pass, trace=trace)


class GraphExecutor(Evaluator):
    """Evaluates the entry compiled, with static shapes."""

    name = "Graph"
    kind = GRAPH

    def __init__(self, mod: IRModule, device: Any, target: Any) -> None:
        self.mod = mod
        self.device = device
        self.target = target

    def _make_executor(self, expr: Expr | None = None) -> Callable[..., Any]:
        if expr is not None:
            self.mod["main"] = cast(Function, expr)
        self.mod = infer_types(self.mod)
        main = cast(Function, self.mod["main"])
        result: Type = cast(Any, main.checked).ret_type
        if not _is_static(result):
            message = f"{self.name} Executor only supports static graphs, got output type"
            raise ValueError(message, result)
        built = build(self.mod, target=self.target, executor=self.kind)
        graph = GraphModule(built["default"](cpu() if self.device is None else self.device))

        def run(*args: Any, **kwargs: Any) -> Any:
            for place, value in enumerate(_flat(self._convert_args(main, args, kwargs))):
                graph.set_input(place, _array(value))
            graph.run()
            outputs = iter([graph.get_output(n) for n in range(graph.get_num_outputs())])
            return _as_lists(outputs, result)

        return run


class AotExecutor(GraphExecutor):
    """As the graph executor, under the name of the ahead-of-time one."""

    name = "AOT"
    kind = Executor("aot")


def _flat(values: Any) -> list[Any]:
    result: list[Any] = []
    for value in values:
        result += _flat(value) if isinstance(value, (tuple, list)) or hasattr(value, "tag") else [value]
    return result


def _is_static(type_: Type) -> bool:
    return all(isinstance(leaf, TensorType) and shapes.is_static(leaf.shape) for leaf in leaves(type_))


def _as_lists(outputs: Any, type_: Type) -> Any:
    return [_as_lists(outputs, field) for field in type_.fields] if isinstance(type_, TupleType) else next(outputs)


def create_executor(
    kind: str = "debug",
    mod: IRModule | None = None,
    device: Any = None,
    target: Any = "llvm",
    params: Mapping[str, Any] | None = None,
) -> Evaluator:
    """What evaluates expressions of a module: "debug" on numpy; "graph" and "aot" compiled; "vm" compiled where the
    program is within what is compiled, else on numpy. RuntimeError for another kind.

    ``params`` are bound in the module's entry. DiagnosticError R2R0607 for a target or device that is not the CPU.
    """
    targets = Target.canon_multi_target(target)
    for_cpu(targets, device)
    module = IRModule() if mod is None else mod
    if params is not None:
        module = IRModule.from_expr(bind_params_by_name(module["main"], params))
    makers = {"debug": Interpreter, "graph": GraphExecutor, "vm": VMExecutor, "aot": AotExecutor}
    if kind not in makers:
        raise RuntimeError(f"unknown execution strategy: {kind}")
    return makers[kind](module, cpu() if device is None else device, targets)
