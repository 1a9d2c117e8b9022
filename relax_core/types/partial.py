"""Type rules on arguments of which only a part is known.

A card's rule is written for shaped tensors. What it says of an unknown shape is found by asking it: with fresh
variables for the unknown dimensions, and where that is refused (two variables cannot be proven equal) with open
dimensions. A result dimension that depends on the unknown makes the result's shape unknown, as in TVM's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce

from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.types.relations import dims, forget, has_open_dim, least_upper_bound, map_dims
from tensor_core import shapes
from tensor_core.ops.card import Reject
from tensor_core.prim import Var
from tensor_core.shapes import ANY, Dim

Rule = Callable[[Sequence[Type]], Type]
_RANKS = range(7)
_DTYPES = ("float32", "int32")


def is_shaped(types: Sequence[Type]) -> bool:
    """Whether all types are tensors of known shape and element type, or tuples of such."""
    for type_ in types:
        if type(type_) is TensorType:
            if not type_.dtype or type_.dims is None:
                return False
        elif not isinstance(type_, TupleType) or not is_shaped(type_.fields):
            return False
    return True


def infer_shaped(rule: Rule, types: Sequence[Type]) -> Type:
    """The rule's answer for shaped arguments.

    When it cannot prove that symbolic dimensions agree, the call stays legal and the result's shape is unknown (TVM
    checks such a call at run time). Reject when the arguments contradict the rule whatever the variables are.
    """
    try:
        return forget(rule(types), lambda dim: not has_open_dim(dim))
    except Reject:
        if not any(not isinstance(dim, int) for type_ in types for dim in dims(type_)):
            raise
        opened = [map_dims(type_, lambda _: ANY) for type_ in types]
        try:
            result = rule(opened)
        except Reject:
            result = None
        if result is None:
            raise
        return _without_shape(result)


def infer_partial(rule: Rule, types: Sequence[Type]) -> Type:
    """The rule's answer when shapes, ranks or element types of some arguments are unknown."""
    answers: list[Type] = []
    refusal: Reject | None = None
    dtypes_agree = True
    for dtype in _element_types(types):
        found: Type | None = None
        for rank in _RANKS if any(map(_lacks_rank, _flat(types))) else (0,):
            try:
                answer = _infer_unknown_shapes(rule, [_complete(type_, dtype, rank) for type_ in types])
            except Reject as reject:
                refusal = refusal or reject
            else:
                found = answer if found is None else least_upper_bound(found, answer)
        if found is None:
            dtypes_agree = False
        else:
            answers.append(found)
    if not answers:
        assert refusal is not None
        raise refusal
    result = reduce(least_upper_bound, answers)
    return result if dtypes_agree else _without_dtype(result)


def _infer_unknown_shapes(rule: Rule, types: Sequence[Type]) -> Type:
    fresh: set[Var] = set()
    shaped = [_shape_with_variables(type_, fresh) for type_ in types]
    try:
        result = rule(shaped)
    except Reject:
        return _without_shape(rule([map_dims(type_, _open) for type_ in shaped]))
    return forget(result, lambda dim: not has_open_dim(dim) and fresh.isdisjoint(shapes.free_vars(dim)))


def _open(dim: Dim) -> Dim:
    return dim if isinstance(dim, int) else ANY


def _flat(types: Sequence[Type]) -> Iterator[Type]:
    for type_ in types:
        if isinstance(type_, TupleType):
            yield from _flat(type_.fields)
        else:
            yield type_


def _lacks_rank(type_: Type) -> bool:
    return isinstance(type_, TensorType) and type_.ndim < 0


def _element_types(types: Sequence[Type]) -> tuple[str, ...]:
    """The element types to try for the unknown ones: that of the other arguments first."""
    known: list[str] = [item.dtype for item in _flat(types) if isinstance(item, TensorType)]
    if all(known):
        return ("",)
    first = next(filter(None, known), _DTYPES[0])
    return (first, next(dtype for dtype in _DTYPES if dtype != first))


def _complete(type_: Type, dtype: str, rank: int) -> Type:
    """The type with the unknown element type and rank filled in."""
    match type_:
        case TensorType():
            shape = type_.shape if type_.dims is not None else None
            return TensorType(shape, type_.dtype or dtype, type_.vdevice, rank if type_.ndim < 0 else type_.ndim)
        case TupleType():
            return TupleType(tuple(_complete(item, dtype, rank) for item in type_.fields))
        case _:
            return type_


def _shape_with_variables(type_: Type, fresh: set[Var]) -> Type:
    if isinstance(type_, TensorType) and type_.dims is None:
        made = tuple(Var(f"d{n}") for n in range(type_.ndim))
        fresh.update(made)
        return TensorType(made, type_.dtype)
    if isinstance(type_, TupleType):
        return TupleType(tuple(_shape_with_variables(item, fresh) for item in type_.fields))
    return type_


def _without_shape(type_: Type) -> Type:
    if isinstance(type_, TensorType):
        return TensorType(None, type_.dtype, type_.vdevice, type_.ndim)
    return TupleType(tuple(map(_without_shape, type_.fields))) if isinstance(type_, TupleType) else type_


def _without_dtype(type_: Type) -> Type:
    match type_:
        case TensorType():
            return TensorType(type_.shape, "", type_.vdevice, type_.ndim)
        case TupleType():
            return TupleType(tuple(map(_without_dtype, type_.fields)))
        case _:
            return type_
