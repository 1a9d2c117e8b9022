"""tvm.ir.structural_equal and its kin over objects of both IRs."""

from __future__ import annotations

from typing import Any, cast

import relay_compat.structural as relay
from relax_core import structural as relax
from relax_core.ir import types
from relax_core.ir.base import RelaxExpr
from relax_core.ir.expr import Binding, BindingBlock, IRModule, Op, PrimFunc
from relax_core.ir.global_info import GlobalInfo
from relax_core.structural_hash import structural_hash as relax_hash
from tensor_core import module, prim
from tensor_core.attrs import Attrs

__all__ = [
    "assert_structural_equal",
    "get_first_structural_mismatch",
    "is_relax",
    "structural_equal",
    "structural_hash",
]

_RELAX = (
    RelaxExpr, Binding, BindingBlock, IRModule, Op, PrimFunc, types.TensorType, types.ShapeType, types.PrimType,
    types.ObjectType, types.FuncType, types.TupleType, GlobalInfo, prim.PrimExpr,
)  # fmt: skip


def structural_equal(lhs: Any, rhs: Any, map_free_vars: bool = False) -> bool:
    """Whether two objects are the same up to names of variables."""
    if is_relax(lhs) and is_relax(rhs):
        return relax.structural_equal(lhs, rhs, map_free_vars)
    return relay.structural_equal(lhs, rhs, map_free_vars)


def assert_structural_equal(lhs: Any, rhs: Any, map_free_vars: bool = False) -> None:
    """ValueError with the place of the first difference when the two are not structurally equal."""
    if structural_equal(lhs, rhs, map_free_vars):
        return
    if is_relax(lhs) and is_relax(rhs):
        relax.assert_structural_equal(lhs, rhs, map_free_vars)
    found = get_first_structural_mismatch(lhs, rhs, map_free_vars)
    places = ("", "") if found is None else (f" at {found[0]}", f" at {found[1]}")
    raise ValueError(f"StructuralEqual check failed, caused by lhs{places[0]}:\n{lhs}\nand rhs{places[1]}:\n{rhs}")


def get_first_structural_mismatch(lhs: Any, rhs: Any, map_free_vars: bool = False) -> Any:
    """The paths to the first difference, (in the first, in the second); None where there is none, or none is known."""
    return None if is_relax(lhs) and is_relax(rhs) else relay.first_mismatch(lhs, rhs, map_free_vars)


def structural_hash(node: Any, map_free_vars: bool = False) -> int:
    """A number that structurally equal objects share."""
    if is_relax(node):
        return relax_hash(node, map_free_vars)
    return relay.structural_hash(node, map_free_vars)


def is_relax(value: Any) -> bool:
    """Whether an object belongs to Relax."""
    if isinstance(value, (tuple, list)):
        return any(map(is_relax, cast("list[Any]", value)))
    if isinstance(value, module.IRModule):
        return isinstance(value, IRModule) or any(map(is_relax, value.functions.values()))
    if isinstance(value, Attrs):
        return value.type_key.startswith("relax.")
    return isinstance(value, _RELAX)
