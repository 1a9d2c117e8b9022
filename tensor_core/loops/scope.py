"""Which variables a kernel uses, and which of them its parameters' shapes determine."""

from __future__ import annotations

from tensor_core import shapes
from tensor_core.loops.nodes import Block, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.rewrite import expressions
from tensor_core.prim import PrimExpr, Var


def undetermined(func: PrimFunc) -> tuple[Var, ...]:
    """The free variables that are no dimension of a parameter on their own, in order of first use."""
    known = {dim for buffer in func.params for dim in buffer.shape if isinstance(dim, Var)}
    used: dict[Var, None] = {}
    bound: set[Var] = set()
    for buffer in (*func.params, *func.allocations):
        used.update({var: None for dim in buffer.shape for var in shapes.free_vars(dim)})
    stack: list[Stmt] = [func.body]
    while stack:
        stmt = stack.pop()
        found: list[PrimExpr] = []
        match stmt:
            case Seq():
                stack += reversed(stmt.body)
            case For():
                bound.add(stmt.var)
                found.append(stmt.extent)
                stack.append(stmt.body)
            case If():
                found.append(stmt.condition)
                stack += [item for item in (stmt.otherwise, stmt.then) if item is not None]
            case Store():
                found += [*stmt.indices, stmt.value]
            case Block():
                axes = (*stmt.spatial, *stmt.reduce)
                bound.update(axis.var for axis in axes)
                found += [axis.extent for axis in axes if not isinstance(axis.extent, int)]
                found += [*stmt.indices, stmt.value, *([] if stmt.init is None else [stmt.init])]
            case _:
                pass
        used.update({node: None for node in expressions(found) if isinstance(node, Var)})
    return tuple(var for var in used if var not in bound and var not in known)
