"""The symbolic evaluator: what a program computes of shapes, as dimensions.

A value is an array of objects, each an int, a float or an expression over symbols. Known are small arrays only: what
programs compute of shapes has an element for each dimension.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from migrate.forward.dynamic.operations import ELEMENTWISE, FOLDS, NotKnown, differ
from tensor_core import dtypes, shapes
from tensor_core.ops.card import Law, OpCard
from tensor_core.prim import PrimExpr
from tensor_core.types import TensorType, Type, leaves

Values = np.ndarray[Any, Any]
Operand = Values | tuple[Values, ...] | None
"""What is known of an argument: its elements, or those of a tuple's fields."""

LARGEST = 64
"""Elements up to which the values of an array are followed."""

_RAISED = (ArithmeticError, IndexError, KeyError, TypeError, ValueError)


def values_of(array: np.ndarray[Any, Any]) -> Values | None:
    """The elements of a constant; None where they are too many or no numbers."""
    if array.size > LARGEST or array.dtype.kind not in "iufb":
        return None
    result = np.empty(array.shape, object)
    for index, item in np.ndenumerate(array):
        result[index] = item.item()
    return result


def array_of(dims: Sequence[Any]) -> Values:
    """A vector with these elements."""
    result = np.empty(len(dims), object)
    for n, dim in enumerate(dims):
        result[n] = int(dim) if isinstance(dim, int) else dim
    return result


def is_known(value: Values) -> bool:
    """Whether all elements are numbers."""
    return not any(isinstance(item, PrimExpr) for item in value.flat)


def mapped(value: Values, change: Callable[[Any], Any]) -> Values:
    """The values with every element replaced."""
    result = np.empty(value.shape, object)
    for index, item in np.ndenumerate(value):
        result[index] = change(item)
    return result


def computed(card: OpCard[Any], params: Any, args: Sequence[Operand], types: Sequence[Type], result: Type) -> Operand:
    """What an operator computes of known values, else None. ``types``: of the arguments, ``result``: of the call."""
    if any(_size(leaf) > LARGEST for leaf in leaves(result)):
        return None
    try:
        if card.name in ("shape_of", "vm.shape_of", "ndarray_size"):
            return _measured(card.name, types[0])
        if any(arg is None for arg in args):
            return None
        known = cast("Sequence[Values]", args)
        if card.name in ELEMENTWISE:
            return _elementwise(ELEMENTWISE[card.name], known, types, result)
        if card.name in ("cast", "cast_like"):
            return _cast(known[0], result)
        if card.name in FOLDS:
            return _folded(FOLDS[card.name], known[0], result)
        if Law.MOVES in card.laws and card.reference is not None:
            return _moved(card, params, args, types)
        if card.name in ("zeros", "ones", "full", "zeros_like", "ones_like", "arange_of_tensors", "stack", "take"):
            return _plain(card, params, args, types)
        return None
    except (NotKnown, *_RAISED):
        return None


def _size(type_: Type) -> int:
    if not isinstance(type_, TensorType) or not shapes.is_static(type_.shape):
        return LARGEST + 1
    return math.prod(shapes.static(type_.shape))


def _measured(name: str, type_: Type) -> Values | None:
    if not isinstance(type_, TensorType) or not type_.shape:
        return None
    if name == "ndarray_size":
        return np.asarray(_number(shapes.product(type_.shape)), object)
    return array_of(type_.shape)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


# ------------------------------------------------------------ what only moves elements


def _moved(card: OpCard[Any], params: Any, args: Sequence[Operand], types: Sequence[Type]) -> Operand:
    """The reference on numbers that stand for the elements of the first argument."""
    assert card.reference is not None
    elements: list[Any] = []

    def numbered(value: Values) -> np.ndarray[Any, Any]:
        before = len(elements)
        elements.extend(value.flat)
        numbers: np.ndarray[Any, Any] = np.arange(before, len(elements), dtype=np.int64)
        return numbers.reshape(value.shape)

    first = args[0]
    data = tuple(map(numbered, first)) if isinstance(first, tuple) else numbered(cast(Values, first))
    rest = [_array(cast(Values, arg), type_) for arg, type_ in zip(args[1:], types[1:], strict=True)]
    moved: Any = card.reference(params, data, *rest)

    def restored(numbers: np.ndarray[Any, Any]) -> Values:
        return mapped(np.asarray(numbers), lambda number: elements[int(number)])

    return tuple(map(restored, cast("Sequence[Any]", moved))) if isinstance(moved, tuple) else restored(moved)


def _plain(card: OpCard[Any], params: Any, args: Sequence[Operand], types: Sequence[Type]) -> Operand:
    """The reference where all is known; of take and stack, whose first argument may hold expressions, as a move."""
    if card.name in ("take", "stack"):
        return _moved(card, params, args, types)
    assert card.reference is not None
    if card.name.endswith("_like"):
        # Only the type of the operand counts.
        args = [np.zeros(cast(Values, arg).shape, object) for arg in args]
    arrays = [_array(cast(Values, arg), type_) for arg, type_ in zip(args, types, strict=True)]
    return values_of(np.asarray(card.reference(params, *arrays)))


def _array(value: Values, type_: Type) -> np.ndarray[Any, Any]:
    assert isinstance(type_, TensorType)
    if not is_known(value):
        raise NotKnown
    return value.astype(dtypes.to_numpy(type_.dtype))


# ------------------------------------------------------------ arithmetic


def _elementwise(operation: Callable[..., Any], args: Sequence[Values], types: Sequence[Type], result: Type) -> Values:
    if any(isinstance(arg, tuple) for arg in args):
        raise NotKnown
    assert isinstance(result, TensorType)
    whole = dtypes.is_int(types[-1].dtype) if isinstance(types[-1], TensorType) else False
    spread = np.broadcast_arrays(*args)
    made = np.empty(spread[0].shape, object)
    for index in np.ndindex(made.shape):
        made[index] = operation(whole, *(item[index] for item in spread))
    return made


def _cast(value: Values, result: Type) -> Values:
    assert isinstance(result, TensorType)
    if dtypes.is_float(result.dtype):
        return mapped(value, lambda item: item if isinstance(item, PrimExpr) else float(item))
    if result.dtype == "bool":
        return mapped(value, lambda item: int(differ(item, 0)))
    return mapped(value, _whole)


def _whole(item: Any) -> Any:
    return item if isinstance(item, PrimExpr) else int(item)


def _folded(operation: Callable[..., Any], value: Values, result: Type) -> Values:
    """A reduction of all elements, one by one."""
    assert isinstance(result, TensorType)
    if math.prod(shapes.static(result.shape)) != 1 or not value.size:
        raise NotKnown
    first, *rest = value.flat
    for item in rest:
        first = operation(True, first, item)
    return np.asarray([first], object).reshape(shapes.static(result.shape))
