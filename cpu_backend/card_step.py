"""Running an op whose argument types come with its arguments: kernels made, and compiled, while the program runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cpu_backend.arrays import Array, Value, contiguous, is_tuple, ready
from cpu_backend.cache import KernelCache
from cpu_backend.frame import Arena, Frame
from cpu_backend.jit import Options
from cpu_backend.kernel_step import KernelStep
from tensor_core import reference, shapes
from tensor_core.loops.known import kernel_of
from tensor_core.loops.nodes import PrimFunc
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.program import RunCard, RunKernel
from tensor_core.types import TensorType, TupleType, Type, leaves, tensor_type_of

_MOST = 64
"""Calls of one card for which kernels are made: in a loop whose sizes grow without end, the others run with numpy."""

_RAISED = (ArithmeticError, IndexError, KeyError, TypeError, ValueError, MemoryError, Reject)

Key = tuple[OpCard[Any], Any, tuple[Type, ...]]


class CardStep:
    """Runs a card's kernel for the types that come, else its expansion call by call, else its reference."""

    def __init__(self, item: RunCard, calls: Calls) -> None:
        self.item = item
        self._calls = calls
        self._params: dict[tuple[Type, ...], Any] = {}

    def run(self, frame: Frame) -> None:
        """Compute and write."""
        item = self.item
        args = tuple([frame.registers[register] for register in item.args])
        types = tuple(map(type_of, args))
        params = self._params.get(types)
        if params is None:
            params = item.params(types)
            if len(self._params) < _MOST:
                self._params[types] = params
        frame.put(item.out, self._calls.run(item.card, params, args))

    def value(self, frame: Frame) -> Value:
        """The result."""
        return frame.registers[self.item.out]

    def replace(self, frame: Frame, value: Value) -> None:
        """Put another value in the result's place."""
        frame.put(self.item.out, ready(value))


class Calls:
    """Runs calls of cards on arrays.

    ``by_reference``: the cards of which a call had to run by its numpy reference.
    """

    def __init__(self, cache: KernelCache, options: Options, arena: Arena) -> None:
        self._cache = cache
        self._options = options
        self._arena = arena
        self._kernels: dict[Key, tuple[KernelStep, Type] | None] = {}
        self._counts: dict[OpCard[Any], int] = {}
        self.by_reference: set[str] = set()

    def run(self, card: OpCard[Any], params: Any, args: tuple[Value, ...]) -> Value:
        """The result of a call. R2R0602 when its reference refuses the arguments."""
        types = tuple(map(type_of, args))
        key = (card, params, types)
        count = self._counts.get(card, 0)
        if key not in self._kernels and count < _MOST:
            self._counts[card] = count + 1
            self._kernels[key] = self._made(*key)
        found = self._kernels.get(key)
        if found is not None:
            return _compiled(*found, args)
        # A card with a tensor program of its own that is not compiled here may expand into itself, said otherwise.
        if card.expand is not None and card.lower is None:
            try:
                result = card.expand(params, _Fragment(self), *args)
                return ready(reference.checked(result, None if card.at_most else card.infer(params, *types)))
            except (*_RAISED, AttributeError):
                # The reference knows the values, or says what is wrong with them.
                pass
        self.by_reference.add(card.name)
        return ready(reference.evaluate(card, params, args))

    def _made(self, card: OpCard[Any], params: Any, types: tuple[Type, ...]) -> tuple[KernelStep, Type] | None:
        """Machine code of a call, and the type of its result; None where there is none."""
        found = kernel_for(card, params, types)
        if found is None:
            return None
        kernel, result = found
        (code,) = self._cache.get([kernel], self._options)
        if code is None:
            return None
        outs = [leaf for leaf in leaves(result) if isinstance(leaf, TensorType)]
        count = len(kernel.params) - len(outs)
        places = tuple(range(count + len(outs)))
        item = RunKernel(kernel, places[:count], places[count:], tuple(outs))
        return KernelStep(item, code, self._arena), result


class _Fragment(reference.NumpyFragment):
    """Evaluates the calls of an expansion as machine code."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def call(self, card: str, *args: Value, **params: Any) -> Value:
        """Evaluate a call of another card."""
        callee = registry().by_name[card]
        return self._calls.run(callee, callee.params(**params), args)


def kernel_for(card: OpCard[Any], params: Any, types: tuple[Type, ...]) -> tuple[PrimFunc, Type] | None:
    """The kernel of a call on such arguments, and the type of its result; None where there is none."""
    try:
        result = card.infer(params, *types)
    except Reject:
        return None
    kernel = kernel_of(card, params, types) if _is_static(result) else None
    return None if kernel is None else (kernel, result)


def type_of(value: Value) -> Type:
    """The static type of an array or a (nested) tuple of arrays."""
    return TupleType(tuple(map(type_of, value))) if is_tuple(value) else tensor_type_of(value)


def _compiled(step: KernelStep, result: Type, args: tuple[Value, ...]) -> Value:
    arrays = [leaf for arg in args for leaf in _flat(arg)]
    frame = Frame(len(arrays) + len(step.item.outs))
    for place, array in enumerate(arrays):
        frame.put(place, array)
    step.run(frame)
    return _nested(result, iter(frame.registers[len(arrays) :]))


def _flat(value: Value) -> Iterator[Array]:
    if is_tuple(value):
        for item in value:
            yield from _flat(item)
    else:
        yield contiguous(value)


def _nested(type_: Type, arrays: Iterator[Array]) -> Value:
    if isinstance(type_, TupleType):
        return tuple([_nested(field, arrays) for field in type_.fields])
    return next(arrays)


def _is_static(type_: Type) -> bool:
    return all(isinstance(leaf, TensorType) and shapes.is_static(leaf.shape) for leaf in leaves(type_))
