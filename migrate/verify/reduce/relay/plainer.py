"""Smaller dimensions, plainer numbers, attributes nearer to their defaults, commoner element types."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np

from migrate.values import Array, is_array, leaves
from migrate.verify.generate.program import Program
from migrate.verify.reduce.arrays import map_value
from migrate.verify.reduce.elements import Part, cut_to, parts_above, plainer
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relay.program import functions_of, main_of, nodes_of, with_functions, with_main
from migrate.verify.reduce.relay.replacing import rebuilt
from migrate.verify.reduce.relay.rewriting import Change
from relay_compat.attr_structs import struct_named
from relay_compat.ir.expr import Call, Constant, Expr, RelayExpr, Var
from relay_compat.ir.types import TensorType
from relay_compat.visit import with_variables
from tensor_core import dtypes, shapes
from tensor_core.attrs import Attrs
from tensor_core.node import Node
from tensor_core.types import leaves as type_leaves


class Sizes(NamedTuple):
    """Every dimension of size ``old`` becomes ``new``; ``multiples``: and of its multiples the same multiples;
    ``attrs``: also in attributes that may speak of sizes; ``last``: the last elements stay, not the first.
    """

    old: int
    new: int
    multiples: bool
    attrs: bool
    last: bool


_NO_SIZES = frozenset({"axis", "axes", "padding", "strides", "dilation", "groups", "ndim", "pool_size", "kernel_size"})


def _sizes(program: Program) -> list[Sizes]:
    found: set[int] = set()
    for node in nodes_of(program):
        if (
            isinstance(node, RelayExpr)
            and isinstance(node.checked, TensorType)
            and shapes.is_static(node.checked.shape)
        ):
            found.update(int(size) for size in shapes.static(node.checked.shape))
    return [
        Sizes(old, new, multiples, attrs, last)
        for old in sorted(found, reverse=True)
        for new in (1, 2, 3, old // 2)
        if 0 < new < old
        for multiples in (False, True)
        for attrs in (True, False)
        for last in (False, True)
    ]


def _resized(program: Program, edits: Sequence[Sizes]) -> Program:
    (edit,) = edits

    def size(value: int) -> int:
        if value == edit.old:
            return edit.new
        if edit.multiples and edit.old > 1 and value > edit.old and value % edit.old == 0:
            return value // edit.old * edit.new
        return value

    def tensor(type_: TensorType) -> TensorType:
        dims = tuple(size(int(dim)) if isinstance(dim, int) else dim for dim in type_.shape)
        return TensorType(dims, type_.dtype)

    def attr(name: str, value: Any) -> Any:
        if not edit.attrs or name in _NO_SIZES or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return type(value)(size(value)) if size(value) != value else value
        if isinstance(value, tuple):
            return tuple(attr(name, item) for item in cast("tuple[Any, ...]", value))
        return value

    return Change(tensor, lambda array: cut_to(array, {n: size(n) for n in array.shape}, edit.last), attr).program(
        program
    )


def _ranks(program: Program) -> list[bool]:
    del program
    return [True, False]


def _flattened(program: Program, edits: Sequence[bool]) -> Program:
    """Dimensions of one element go: all of them, or those in front."""
    (every,) = edits

    def kept(shape: Sequence[Any]) -> tuple[Any, ...]:
        first = next((place for place, dim in enumerate(shape) if dim != 1), len(shape))
        return tuple(dim for place, dim in enumerate(shape) if (dim != 1 if every else place >= first))

    return Change(
        lambda type_: TensorType(kept(type_.shape), type_.dtype),
        lambda array: array.reshape(kept(array.shape)),
        lambda name, value: kept(value) if name in _SHAPES else value,
    ).program(program)


_SHAPES = frozenset({"shape", "newshape"})


def _open(program: Program) -> list[int]:
    return [
        number
        for number, (param, arg) in enumerate(zip(main_of(program).params, program.args, strict=True))
        if is_array(arg) and isinstance(param.checked, TensorType) and not shapes.is_static(param.checked.shape)
    ]


def _closed(program: Program, edits: Sequence[int]) -> Program:
    """Open dimensions of parameters are those of the arguments."""
    main = main_of(program)
    known: dict[Var, Expr] = {
        main.params[number]: main.params[number].replace(
            type_annotation=TensorType(program.args[number].shape, dtypes.from_numpy(program.args[number].dtype))
        )
        for number in edits
    }
    params = [cast(Var, known.get(param, param)) for param in main.params]
    return with_main(program, params, with_variables(main.body, lambda var: known.get(var, var)), program.args)


# ------------------------------------------------------------ elements


def _arrays(program: Program) -> tuple[list[Constant], list[Array]]:
    constants = [node for node in nodes_of(program) if isinstance(node, Constant)]
    given = [array for arg in program.args for array in leaves(arg)]
    return constants, [*(node.data for node in constants), *given]


def _parts(program: Program, rank: int) -> list[Part]:
    return parts_above(_arrays(program)[1], rank)


def _plainer(program: Program, edits: Sequence[Part], rank: int) -> Program:
    constants, arrays = _arrays(program)
    made = plainer(arrays, edits, rank)
    known: dict[Node, Any] = {
        node: Constant(new) for node, old, new in zip(constants, arrays, made, strict=False) if new is not old
    }
    given = iter(made[len(constants) :])
    args = [map_value(arg, lambda _: next(given)) for arg in program.args]
    return rebuilt(with_functions(program, functions_of(program), args), known)


# ------------------------------------------------------------ attributes


class Setting(NamedTuple):
    """One attribute of one call with another value."""

    call: Call
    name: str
    value: Any


def _settings(program: Program) -> list[Setting]:
    found: list[Setting] = []
    for node in nodes_of(program):
        if isinstance(node, Call) and isinstance(node.attrs, Attrs):
            struct = struct_named(node.attrs.type_key)
            defaults = {} if struct is None else struct.defaults
            for name, value in node.attrs.items():
                found += [Setting(node, name, other) for other in _others(value, defaults.get(name, value))]
    return found


def _others(value: Any, default: Any) -> list[Any]:
    """Plainer values to try."""
    if value == default:
        return []
    found = [default]
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        if all(isinstance(item, int) for item in items):
            found += [tuple([0] * len(items)), tuple([1] * len(items))]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found += [type(value)(0), type(value)(1)]
    return [other for other in found if other != value]


def _set(program: Program, edits: Sequence[Setting]) -> Program:
    known: dict[Node, Any] = {}
    for call, name, value in edits:
        made = known.get(call, call)
        known[call] = made.replace(attrs=Attrs(made.attrs.type_key, {**made.attrs, name: value}))
    return rebuilt(program, known)


# ------------------------------------------------------------ element types


_PLAIN_TYPES = ("float32", "int32")
"""The plainest first."""


def _dtypes(program: Program) -> list[tuple[str, str]]:
    found = {
        leaf.dtype
        for node in nodes_of(program)
        if isinstance(node, RelayExpr) and node.checked is not None and isinstance(node, (Var, Call, Constant))
        for leaf in type_leaves(node.checked)
        if isinstance(leaf, TensorType)
    }
    return [
        (old, new)
        for old in sorted(found - {"bool", *_PLAIN_TYPES[:1]})
        if dtypes.is_known(old)
        for new in (_PLAIN_TYPES[: _PLAIN_TYPES.index(old)] if old in _PLAIN_TYPES else _PLAIN_TYPES)
    ]


def _retyped(program: Program, edits: Sequence[tuple[str, str]]) -> Program:
    ((old, new),) = edits
    kind, wanted = dtypes.to_numpy(old), dtypes.to_numpy(new)

    def array(value: Array) -> Array:
        if value.dtype != kind:
            return value
        with np.errstate(all="ignore"):
            return value.astype(wanted)

    return Change(
        lambda type_: TensorType(type_.shape, new) if type_.dtype == old else type_,
        array,
        lambda _, value: new if isinstance(value, str) and value == old else value,
    ).program(program)


SIZES = Kind("dimensions", _sizes, _resized, together=False)
OPEN = Kind("open dimensions", _open, _closed)
RANKS = Kind("dimensions of one element", _ranks, _flattened, together=False)
DTYPES = Kind("element types", _dtypes, _retyped, together=False)
SETTINGS = Kind("attributes", _settings, _set)
ELEMENTS = tuple(
    Kind(f"elements to {word}", partial(_parts, rank=rank), partial(_plainer, rank=rank))
    for rank, word in ((0, "zero"), (1, "one"), (2, "small integers"))
)
