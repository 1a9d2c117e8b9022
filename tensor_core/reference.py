"""Numpy semantics of any card: its own reference, or its expansion evaluated call by call.

Floats may be computed as another element type: as float64, the shadow against which rounding is judged, or as residues
modulo a prime, which do not round at all (:mod:`tensor_core.residues`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeGuard, cast

import numpy as np

from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.fragment import ByExample
from tensor_core.ops.card import Law, OpCard, Pattern, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.rules import possible, tuple_for_tensor
from tensor_core.residues import Outside, any_bools, any_function, any_function_of_elements, residues
from tensor_core.shapes import is_static, static
from tensor_core.types import TensorType, TupleType, Type, leaves, may_be, tensor_type_of

Result = Any
"""An array, or a (nested) tuple of arrays."""


_RAISED = (ArithmeticError, IndexError, KeyError, TypeError, ValueError, MemoryError, Reject)
"""What references raise for values that the operator does not take."""


def evaluate(
    card: OpCard[Any], params: Any, args: tuple[Result, ...], floats: str = "", types: Sequence[Type] = ()
) -> Result:
    """The op's result on arrays; ``floats``, if any, is the element type as which floats are computed, and ``types``
    are then those that the program states for the arguments. R2R0601 when the card states no semantics, R2R0602 when
    the op fails on these values or computes what its type rule does not say; Outside where it is none of residues.

    References see plain arrays only: comparisons of two NDArrays mean something else in places.
    """
    args = cast("tuple[Result, ...]", plain(args))
    if floats and types and card.keeps_bits and floats != dtypes.RESIDUE and card.infer(params, *types) != types[0]:
        stated_args = tuple(map(_as_stated, args, types))
        return value_as(floats, evaluate(card, params, stated_args))
    if floats:
        params, args = floats_as(floats, params), cast("tuple[Result, ...]", value_as(floats, args))
    if floats == dtypes.RESIDUE:
        return _on_residues(card, params, args)
    try:
        stated = None if floats or card.at_most else possible(card.infer(params, *map(_type_of, args)))
        return checked(plain(_evaluate(card, params, args)), stated)
    except (*_RAISED, AttributeError) as error:
        types = list(map(_type_of, args))
        odd = tuple_for_tensor(card, types)
        if odd is None and isinstance(error, AttributeError):
            raise
        shown = ", ".join(map(str, types))
        reason = error if isinstance(error, Reject) else odd or error or type(error).__name__
        raise fail(codes.EXECUTION_FAILED, f"{card.name} fails on arguments of types ({shown}): {reason}") from error


def plain(value: Result) -> Result:
    """Subclasses of arrays as arrays, and so numpy scalars, as some references give them for rank 0; lists as tuples.
    What is neither stays as it is.
    """
    if isinstance(value, (tuple, list)):
        return tuple(map(plain, cast("Sequence[Result]", value)))
    if type(value) is np.ndarray or not isinstance(value, (np.ndarray, np.generic, bool, int, float)):
        return value
    return np.asarray(value)


def checked(result: Result, stated: Type | None) -> Result:
    """A result, if it is of the type that its card's rule says (None: any is right); Reject otherwise."""
    if stated is not None and not may_be(found := _type_of(result), stated):
        raise Reject(f"it computes {found} where its type rule says {stated}")
    return result


def _evaluate(card: OpCard[Any], params: Any, args: tuple[Result, ...]) -> Result:
    with np.errstate(all="ignore"):
        if card.reference is not None:
            return card.reference(params, *args)
        if card.expand is not None:
            return card.expand(params, NumpyFragment(), *args)
    raise fail(codes.NO_REFERENCE, f"{card.name} cannot be run: {card.why_silent}")


def _on_residues(card: OpCard[Any], params: Any, args: tuple[Result, ...]) -> Result:
    """What the reference computes, where it is made of operations that residues have; else any function of this name,
    if the results are floats.
    """
    try:
        return value_as(dtypes.RESIDUE, plain(_evaluate(card, params, args)))
    except (*_RAISED, AttributeError, Outside) as error:
        if not card.is_pure:
            raise Outside(f"{card.name} has no meaning on residues: {error}") from error
        return _any_function(card, params, args)


def _any_function(card: OpCard[Any], params: Any, args: tuple[Result, ...]) -> Result:
    try:
        stated = card.infer(floats_as("float32", params), *map(_type_of_float32, args))
    except _RAISED as error:
        raise Outside(f"{card.name} has no meaning on residues: {error}") from error
    name = f"{card.name} {params}"
    operands = [leaf for arg in args for leaf in cast("Sequence[Any]", arg if isinstance(arg, tuple) else (arg,))]
    found = [leaf for leaf in leaves(stated) if _is_of_any_function(leaf)]
    if len(found) != len(list(leaves(stated))):
        raise Outside(f"{card.name} has no meaning on residues")
    if card.pattern in (Pattern.ELEMENTWISE, Pattern.BROADCAST) and _broadcast_to(found[0], operands):
        result = any_function_of_elements(name, operands, Law.COMMUTATIVE in card.laws)
        return _as_type(result, found[0])
    results = tuple(
        _as_type(any_function(f"{name} {number}", operands, static(item.shape)), item)
        for number, item in enumerate(found)
    )
    return results if isinstance(stated, TupleType) else results[0]


def _broadcast_to(type_: TensorType, operands: Sequence[Any]) -> bool:
    try:
        return np.broadcast_shapes(*(operand.shape for operand in operands)) == static(type_.shape)
    except ValueError:
        return False


def _as_stated(value: Result, type_: Type) -> Result:
    return value.astype(dtypes.to_numpy(type_.dtype), copy=False) if isinstance(type_, TensorType) else value


def _as_type(result: Any, type_: TensorType) -> Any:
    return any_bools(result) if type_.dtype == "bool" else result


def _is_of_any_function(type_: Type) -> TypeGuard[TensorType]:
    return isinstance(type_, TensorType) and is_static(type_.shape) and type_.dtype in ("float32", "bool")


def _type_of_float32(value: Result) -> Type:
    if isinstance(value, tuple):
        return TupleType(tuple(map(_type_of_float32, cast("tuple[Result, ...]", value))))
    dtype = dtypes.from_numpy(value.dtype)
    return TensorType(value.shape, "float32" if dtype == dtypes.RESIDUE else dtype)


def value_as(floats: str, value: Result) -> Result:
    """Floating-point arrays as those of another element type, everything else as it is."""
    if isinstance(value, tuple):
        return tuple(value_as(floats, item) for item in cast("tuple[Result, ...]", value))
    if not dtypes.is_float(dtypes.from_numpy(value.dtype)):
        return value
    return residues(value) if floats == dtypes.RESIDUE else value.astype(dtypes.to_numpy(floats), copy=False)


def floats_as(floats: str, params: Any) -> Any:
    """Parameters, and parts of them, that name a float element type name another one instead."""
    changes: dict[str, Any] = {}
    for item in dataclasses.fields(params):
        value = getattr(params, item.name)
        if dataclasses.is_dataclass(value):
            changes[item.name] = floats_as(floats, value)
        elif item.name.endswith("dtype") and dtypes.is_float(str(value)):
            changes[item.name] = floats
    return dataclasses.replace(params, **changes) if changes else params


class NumpyFragment(ByExample):
    """Evaluates the calls of an expansion at once."""

    def call(self, card: str, *args: Result, **params: Any) -> Result:
        """Evaluate a call of another card."""
        callee = registry().by_name[card]
        return _evaluate(callee, callee.params(**params), args)

    def constant(self, value: Any, dtype: str) -> Result:
        """An array of this dtype."""
        return np.asarray(value, dtypes.to_numpy(dtype))

    def tuple(self, *items: Result) -> Result:
        """A tuple of results."""
        return items

    def item(self, value: Result, index: int) -> Result:
        """One field."""
        return value[index]

    def known(self, value: Result) -> Result:
        """The array itself."""
        return value

    def type_of(self, value: Result) -> Type:
        """The static type of a result."""
        return _type_of(value)

    def tensor_type(self, value: Result) -> TensorType:
        """The static type of an array."""
        return tensor_type_of(value)


def _type_of(value: Result) -> Type:
    if isinstance(value, tuple):
        return TupleType(tuple(map(_type_of, cast("tuple[Result, ...]", value))))
    return tensor_type_of(np.asarray(value))
