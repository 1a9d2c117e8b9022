"""The graph executor's API (tvm.contrib.graph_executor in TVM 0.19) over programs compiled for the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np

from relay_compat.backend.program import Prepared
from relay_compat.params import load_params
from tensor_core import codes, dtypes, shapes
from tensor_core.diagnostics import fail
from tensor_core.measure import BenchmarkResult
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.runtime_module import Module
from tensor_core.types import TensorType, TupleType, Type


class GraphRuntime(Module):
    """The state of one executor: inputs by name, then outputs. Its functions are reached by name, as a module's."""

    def __init__(self, program: Prepared, params: Mapping[str, Any], entry: str = "main") -> None:
        program.prepare(entry)
        self._program = program
        self._entry = entry
        types = [(param.name, param.checked) for param in program.function(entry).params]
        self._leaves = [leaf for name, type_ in types for leaf in _leaves(name, type_)]
        self._types = [type_ for _, type_ in types]
        self.inputs = [_zeros(type_) for _, type_ in self._leaves]
        self.outputs: list[NDArray] = []
        for name, value in params.items():
            self.set_input(name, value)

    def set_input(self, key: int | str, value: Any) -> None:
        """Give an input its value, converted to its element type; an unknown name is left alone."""
        found = self.get_input(key)
        if found is not None:
            found.copyfrom(value)

    def set_input_zero_copy(self, key: int | str, value: NDArray) -> None:
        """Use an array as an input itself. ValueError when its shape or element type is another."""
        found = self.get_input(key)
        if found is None:
            return
        if found.shape != value.shape or found.dtype != value.dtype:
            raise ValueError(f"the input {key} is {found.dtype}{found.shape}")
        self.inputs[self.get_input_index(key) if isinstance(key, str) else key] = value

    def run(self) -> None:
        """Compute the outputs from the inputs."""
        values = iter([np.asarray(value) for value in self.inputs])
        args = [_nested(values, type_) for type_ in self._types]
        self.outputs = [ndarray(np.array(value, subok=False)) for value in _flat(self._program.run(self._entry, args))]

    def get_output(self, index: int, out: NDArray | None = None) -> NDArray:
        """An output of the last run, or ``out`` after it was copied there. ValueError before the first run."""
        if not self.outputs:
            raise ValueError("the executor has not run yet")
        found = self.outputs[index]
        return found if out is None else found.copyto(out)

    def get_input(self, key: int | str) -> NDArray | None:
        """The array of an input by number or name; None for an unknown name."""
        place = self.get_input_index(key) if isinstance(key, str) else key
        return self.inputs[place] if 0 <= place < len(self.inputs) else None

    def get_input_index(self, name: str) -> int:
        """The number of an input, the last where several have the name; -1 for an unknown name."""
        return max((place for place, (known, _) in enumerate(self._leaves) if known == name), default=-1)

    def get_input_info(self) -> dict[str, dict[str, Any]]:
        """Shapes and element types of the inputs by name."""
        known = [(name, value) for (name, _), value in zip(self._leaves, self.inputs, strict=True)]
        shape = {name: tuple(value.shape) for name, value in known}
        return {"shape": shape, "dtype": {name: dtypes.from_numpy(value.dtype) for name, value in known}}

    def get_num_inputs(self) -> int:
        """The number of inputs."""
        return len(self.inputs)

    def get_num_outputs(self) -> int:
        """The number of outputs, which are the tensors of the result left to right."""
        return len(_leaves("", cast(Any, self._program.function(self._entry).checked).ret_type))

    def load_params(self, params_bytes: bytes | bytearray) -> None:
        """Give inputs the values of a parameter file."""
        for name, value in load_params(bytes(params_bytes)).items():
            self.set_input(name, value)

    def share_params(self, other: GraphRuntime, params_bytes: bytes | bytearray) -> None:
        """Use another executor's arrays for the inputs that a parameter file names."""
        for name in load_params(bytes(params_bytes)):
            self.inputs[self.get_input_index(name)] = other.inputs[other.get_input_index(name)]

    def run_from_inputs(self, *named: Any) -> None:
        """Set inputs, given as names and values in turn, and run."""
        for name, value in zip(named[::2], named[1::2], strict=True):
            self.set_input(name, value)
        self.run()


class GraphModule:
    """What a program holds of a graph executor; its methods are those of TVM."""

    def __init__(self, module: GraphRuntime) -> None:
        self.module = module

    def set_input(self, key: int | str | None = None, value: Any = None, **params: Any) -> None:
        """Give inputs their values. RuntimeError for an unknown ``key``; unknown ``params`` are left out."""
        if key is not None:
            if self.module.get_input(key) is None:
                raise RuntimeError(f"Could not find '{key}' in graph's inputs")
            self.module.set_input(key, value)
        for name, given in params.items():
            self.module.set_input(name, given)

    def set_input_zero_copy(self, key: int | str | None = None, value: Any = None, **params: Any) -> None:
        """Use arrays as inputs themselves."""
        given = params if key is None else {key: value, **params}
        for name, array in cast("Mapping[Any, Any]", given).items():
            self.module.set_input_zero_copy(name, array)

    def run(self, **input_dict: Any) -> None:
        """Give inputs their values, and compute the outputs."""
        self.set_input(None, None, **input_dict)
        self.module.run()

    def get_num_outputs(self) -> int:
        """The number of outputs."""
        return self.module.get_num_outputs()

    def get_num_inputs(self) -> int:
        """The number of inputs."""
        return self.module.get_num_inputs()

    def get_input(self, index: int | str, out: NDArray | None = None) -> NDArray | None:
        """The array of an input, or ``out`` after it was copied there."""
        found = self.module.get_input(index)
        return found if out is None or found is None else found.copyto(out)

    def get_input_index(self, name: str) -> int:
        """The number of an input; -1 for an unknown name."""
        return self.module.get_input_index(name)

    def get_input_info(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Shapes and element types of the inputs by name."""
        info = self.module.get_input_info()
        return info["shape"], info["dtype"]

    def get_output(self, index: int, out: NDArray | None = None) -> NDArray:
        """An output of the last run, or ``out`` after it was copied there."""
        return self.module.get_output(index, out)

    def load_params(self, params_bytes: bytes | bytearray) -> None:
        """Give inputs the values of a parameter file."""
        self.module.load_params(params_bytes)

    def share_params(self, other: GraphModule, params_bytes: bytes | bytearray) -> None:
        """Use another executor's arrays for the inputs that a parameter file names."""
        self.module.share_params(other.module, params_bytes)

    def __getitem__(self, key: str) -> Callable[..., Any]:
        return self.module[key]

    def benchmark(
        self,
        device: Any,
        func_name: str = "run",
        repeat: int = 5,
        number: int = 5,
        min_repeat_ms: int | None = None,
        limit_zero_time_iterations: int = 100,
        end_to_end: bool = False,
        cooldown_interval_ms: int = 0,
        repeats_to_cooldown: int = 1,
        **kwargs: Any,
    ) -> BenchmarkResult:
        """Measured run times; with ``end_to_end`` the inputs are set in each run."""
        name, args = func_name, ()
        if end_to_end:
            name, args = "run_from_inputs", tuple(part for item in kwargs.items() for part in item)
        else:
            self.set_input(None, None, **kwargs)
        return self.module.time_evaluator(
            name,
            device,
            repeat=repeat,
            number=number,
            min_repeat_ms=min_repeat_ms or 0,
            limit_zero_time_iterations=limit_zero_time_iterations,
            cooldown_interval_ms=cooldown_interval_ms,
            repeats_to_cooldown=repeats_to_cooldown,
        )(*args)


def _leaves(name: str, type_: Type | None) -> list[tuple[str, TensorType]]:
    """The tensors within a parameter: those of a tuple are called ``name_0``, ``name_1``, ..."""
    if isinstance(type_, TupleType):
        return [leaf for n, field in enumerate(type_.fields) for leaf in _leaves(f"{name}_{n}", field)]
    if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
        hint = "use the executor `vm` or `debug`"
        raise fail(codes.NOT_LOWERED, f"the graph executor runs static tensors, %{name} is {type_}", hint=hint)
    return [(name, type_)]


def _zeros(type_: TensorType) -> NDArray:
    return ndarray(np.zeros(cast("tuple[int, ...]", type_.shape), dtypes.to_numpy(type_.dtype)))


def _nested(values: Any, type_: Type | None) -> Any:
    return tuple(_nested(values, field) for field in type_.fields) if isinstance(type_, TupleType) else next(values)


def _flat(value: Any) -> list[Any]:
    if not isinstance(value, tuple):
        return [value]
    return [leaf for item in cast("tuple[Any, ...]", value) for leaf in _flat(item)]
