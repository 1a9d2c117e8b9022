"""FlexibleShapeDispatch: ``main`` chooses by the size of its inputs among copies for single sizes (TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from relay_compat import op as ops
from relay_compat.ir.expr import Call, Expr, Function, GlobalVar, If, Var
from relay_compat.ir.make import bind, const
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import TensorType, TupleType
from relay_compat.passes.infer_type import InferType
from tensor_core.shapes import ANY


@dataclass(frozen=True)
class FlexibleShapeDispatch:
    """The pass. ``buckets``: the sizes along ``axis`` of the inputs ``input_indices`` (the first, where None) that get
    a copy of the function; other sizes go to one for any size, or with ``auto_pad`` to the next bucket, filled up with
    ``pad_value``. ``affects_output``: the result has that size along the axis, too.
    """

    buckets: Sequence[int]
    axis: int = 0
    auto_pad: bool = False
    pad_value: float = 0
    input_indices: Sequence[int] | None = None
    affects_output: bool = True

    def __call__(self, mod: IRModule) -> IRModule:
        """A module with the functions ``main``, ``main_SIZE`` for every bucket, and one for any size."""
        result = InferType()(mod)
        main = result["main"]
        assert isinstance(main, Function)
        return InferType()(_Dispatch(self, result, main).module())


_ANY_IN_NAMES = "T.Any()"
"""How TVM 0.19 prints an open size, in the name of the function for any size, too."""


class _Dispatch:
    def __init__(self, of: FlexibleShapeDispatch, module: IRModule, main: Function) -> None:
        self._of = of
        self._module = module
        self._main = main
        self._inputs = [0] if of.input_indices is None else list(of.input_indices)
        params = [main.params[index] for index in self._inputs]
        self._data = [Var(param.name, _with_size(param.type_annotation, of.axis, ANY)) for param in params]
        self._size = ops.take(ops.shape_of(self._data[0]), const(of.axis))

    def module(self) -> IRModule:
        cases = [self._case(place, bucket) for place, bucket in enumerate(self._of.buckets)]
        fallback, _ = self._specialised(ANY)
        body: Expr = self._called(fallback, self._data)
        for condition, case in cases:
            body = If(condition, case, body)
        result = self._main.ret_type
        if self._of.affects_output:
            result = _with_size(result, self._of.axis, ANY)
        params = self._replaced(self._main.params, self._data)
        self._module["main"] = Function(tuple(params), body, result, self._main.type_params, self._main.attrs)
        return self._module

    def _case(self, place: int, bucket: int) -> tuple[Expr, Expr]:
        """When the copy for a bucket is called, and its call."""
        data: Sequence[Expr] = self._data
        size = self._size
        if self._of.auto_pad:
            data = [self._padded(value, place, bucket) for value in self._data]
            size = ops.take(ops.shape_of(data[0]), const(self._of.axis))
        function, types = self._specialised(bucket)
        args = [ops.reshape(value, type_.shape) for value, type_ in zip(data, types, strict=True)]
        result: Expr = self._called(function, args)
        if self._of.auto_pad and self._of.affects_output:
            kept = ops.arange(start=const(0), stop=self._size, dtype="int32")
            result = ops.take(result, kept, axis=self._of.axis)
        return ops.equal(size, const(bucket)), result

    def _padded(self, value: Var, place: int, bucket: int) -> Expr:
        """The input filled up to the bucket, where this is the smallest that it fits into."""
        type_ = value.type_annotation
        assert isinstance(type_, TensorType)
        widths = ops.zeros([len(type_.shape), 2], "int32")
        widths = ops.scatter_nd(widths, const([self._of.axis, 1]), ops.subtract(const(bucket), self._size))
        padded = ops.nn.pad(value, widths, self._of.pad_value)
        fits = ops.less_equal(self._size, const(bucket))
        if place:
            fits = ops.logical_and(fits, ops.greater(self._size, const(self._of.buckets[place - 1])))
        return If(fits, padded, value)

    def _specialised(self, size: Any) -> tuple[GlobalVar, list[TensorType]]:
        """A copy of the function for a size, and the types of its inputs."""
        main, axis = self._main, self._of.axis
        params = tuple(
            Var(param.name, _with_size(type_, axis, size) if index in self._inputs else type_)
            for index, param in enumerate(main.params)
            for type_ in (param.type_annotation,)
        )
        body = bind(main.body, dict(zip(main.params, params, strict=True)))
        result = _with_size(main.ret_type, axis, size) if self._of.affects_output else main.ret_type
        name = GlobalVar(f"main_{_ANY_IN_NAMES if size is ANY else size}")
        self._module[name] = Function(params, body, result, main.type_params, main.attrs)
        return name, [params[index].type_annotation for index in self._inputs]  # type: ignore[misc]

    def _called(self, function: GlobalVar, data: Sequence[Expr]) -> Call:
        return function(*self._replaced(self._main.params, data))

    def _replaced(self, params: Sequence[Any], data: Sequence[Any]) -> list[Any]:
        result = list(params)
        for index, value in zip(self._inputs, data, strict=True):
            result[index] = value
        return result


def _with_size(type_: Any, axis: int, size: Any) -> Any:
    """A type of a tensor, or of several in a tuple, with another size along an axis. A tuple of one is its field."""
    tensors: tuple[Any, ...] = type_.fields if isinstance(type_, TupleType) else (type_,)
    changed: list[TensorType] = []
    for tensor in tensors:
        shape = [*tensor.shape]
        shape[axis] = size
        changed.append(TensorType(tuple(shape), tensor.dtype))
    return changed[0] if len(changed) == 1 else TupleType(tuple(changed))
