"""tvm.script.relax, and tvm.script.parser.relax: Relax's decorators, types and operators."""

from __future__ import annotations

import typing

from migrate.alias.lazy import lazy
from migrate.alias.relax import operators


def _operator(name: str) -> typing.Any:
    return operators.find(name)


__getattr__ = lazy(
    "tvm.script.relax tvm.script.parser.relax tvm.relax.script.parser",
    {
        "migrate.alias.script.decorators": "function macro rewriter",
        "migrate.alias.script.annotations": "Any=Any_ Callable Object Prim Shape StructInfoProxy Tensor Tuple entry=",
        "migrate.alias.relax.nodes": "ExternFunc ShapeExpr TupleGetItem shape=ShapeExpr prim_value=PrimValue"
        " str=StringImm dtype=DataTypeImm tuple=Tuple",
        "migrate.alias.relax.values": "const",
        **{f"migrate.alias.tvm.relax.op.{group}": f"{group}=" for group in operators.GROUPS},
        "migrate.alias.script.entry": "entry=",
    },
    _operator,
)
