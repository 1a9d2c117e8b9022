"""Constants as parameters, smaller dimensions, plainer numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from migrate.values import Array, Value, is_array, is_tuple, leaves
from migrate.verify.generate.program import Program
from migrate.verify.reduce.arrays import map_value
from migrate.verify.reduce.elements import Part, cut_to, parts_above, plainer
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relax.program import (
    Anew,
    body_of,
    main_of,
    nodes_of,
    remade,
)
from relax_core.ir.expr import (
    Constant,
    Var,
)
from relax_core.ir.types import TensorType
from relax_core.types.leaves import type_of
from relay_compat.visit import reachable
from tensor_core import shapes
from tensor_core.types import leaves as type_leaves


def _constants(program: Program) -> list[Constant]:
    return [node for node in reachable(body_of(program)) if isinstance(node, Constant)]


def _to_params(program: Program, edits: Sequence[Constant]) -> Program:
    main = main_of(program)
    new = {node: Var(f"p{len(main.params) + n}", type_of(node)) for n, node in enumerate(edits)}
    known: dict[Any, Any] = {**new, **{var: var for var in new.values()}}
    known[main] = main.replace(params=(*main.params, *new.values()), ret_ty=None)
    return remade(program, Anew(program, known), (*program.args, *(node.data for node in edits)))


class Sizes(NamedTuple):
    """Every dimension of size ``old`` becomes ``new``; ``last``: the last elements stay, not the first."""

    old: int
    new: int
    last: bool


def _sizes(program: Program) -> list[Sizes]:
    found: set[int] = set()
    for node in nodes_of(program):
        type_ = node.ty if isinstance(node, Var) else None
        for leaf in type_leaves(type_) if type_ is not None else ():
            if isinstance(leaf, TensorType) and leaf.dims is not None and shapes.is_static(leaf.dims):
                found.update(int(dim) for dim in shapes.static(leaf.dims))
    return [
        Sizes(old, new, last)
        for old in sorted(found, reverse=True)
        for new in (1, 2, 3, old // 2)
        if 0 < new < old
        for last in (False, True)
    ]


def _resized(program: Program, edits: Sequence[Sizes]) -> Program:
    (edit,) = edits

    def array(value: Array) -> Array:
        return cut_to(value, {edit.old: edit.new}, edit.last)

    anew = Anew(program, size=lambda dim: edit.new if dim == edit.old else dim, array=array)
    return remade(program, anew, [map_value(arg, array) for arg in program.args])


def _arrays(program: Program) -> tuple[list[Constant], list[Array]]:
    constants = [node for node in nodes_of(program) if isinstance(node, Constant)]
    given = [array for arg in program.args for array in leaves(arg)]
    return constants, [*(np.asarray(node.data) for node in constants), *given]


def _elements(rank: int, word: str) -> Kind:
    def find(program: Program) -> list[Part]:
        return parts_above(_arrays(program)[1], rank) if all(map(_is_data, program.args)) else []

    def apply(program: Program, edits: Sequence[Part]) -> Program:
        constants, arrays = _arrays(program)
        made = plainer(arrays, edits, rank)
        known = {node: Constant(new) for node, new in zip(constants, made, strict=False)}
        given = iter(made[len(constants) :])
        args = [map_value(arg, lambda _: next(given)) for arg in program.args]
        return remade(program, Anew(program, known), args)

    return Kind(f"elements to {word}", find, apply)


def _is_data(value: Value) -> bool:
    return all(map(_is_data, value)) if is_tuple(value) else is_array(value)


CONSTANTS = Kind("constants to parameters", _constants, _to_params)
SIZES = Kind("dimensions", _sizes, _resized, together=False)
ELEMENTS = (_elements(0, "zero"), _elements(1, "one"), _elements(2, "small integers"))
