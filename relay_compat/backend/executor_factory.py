"""What ``relay.build`` answers (tvm.relay.backend.executor_factory in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from relay_compat.backend.executor import Executor
from relay_compat.backend.graph_executor import GraphRuntime
from relay_compat.backend.graph_json import graph_json
from relay_compat.backend.program import Prepared
from relay_compat.backend.saved import Saved, write
from relay_compat.ir.module import IRModule
from relay_compat.target import for_cpu
from tensor_core.ndarray import NDArray
from tensor_core.runtime_module import Module


class ExecutorFactoryModule(Module):
    """A built program. ``factory["default"](device)`` makes a runtime, for :class:`GraphModule` to hold."""

    def __init__(
        self,
        ir_mod: IRModule,
        target: Any,
        executor: Executor,
        program: Prepared,
        libmod_name: str,
        params: Mapping[str, NDArray],
    ) -> None:
        self.ir_mod = ir_mod
        self.target = target
        self.executor = executor
        self.libmod_name = libmod_name
        self.params = dict(params)
        self.function_metadata: dict[str, Any] = {}
        self._program = program

    @property
    def module(self) -> ExecutorFactoryModule:
        """The program itself: this object."""
        return self

    @property
    def lib(self) -> ExecutorFactoryModule:
        """The compiled code: this object."""
        return self

    def get_lib(self) -> ExecutorFactoryModule:
        """The compiled code: this object."""
        return self

    def get_params(self) -> dict[str, NDArray]:
        """The parameters that the program was built with."""
        return self.params

    def get_devices(self) -> list[str]:
        """No names: there is one device."""
        return []

    def get_executor_config(self) -> str | None:
        """The plan as JSON (:mod:`relay_compat.backend.graph_json`); None where there is no graph executor."""
        return graph_json(self._program.function("main")) if self.executor.name == "graph" else None

    def export_library(self, file_name: Any, fcompile: Any = None, addons: Any = None, **kwargs: Any) -> None:
        """Write the program to a file (:mod:`relay_compat.backend.saved`); it is compiled again where it is loaded."""
        del fcompile, addons, kwargs
        saved = Saved(self.executor.name, self._program.module, self.libmod_name, self.params)
        Path(str(file_name)).write_text(write(saved), "utf-8")

    def __getitem__(self, name: str) -> Callable[..., Any]:
        if name == self.libmod_name:
            return self._make
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.get_executor_config(), self, self.params))

    def _make(self, *devices: Any) -> GraphRuntime:
        for device in devices:
            for_cpu(self.target, device)
        return GraphRuntime(self._program, self.params)


class GraphExecutorFactoryModule(ExecutorFactoryModule):
    """A program built for the graph executor."""

    def get_graph_json(self) -> str:
        """The plan as JSON."""
        return graph_json(self._program.function("main"))

    @property
    def graph_json(self) -> str:
        """The plan as JSON."""
        return self.get_graph_json()


class AOTExecutorFactoryModule(ExecutorFactoryModule):
    """A program built ahead of time; it runs as those for the graph executor do."""
