"""Write what inference found into a program whose annotations were missing, copying what changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from relay_compat.ir.expr import Call, Expr, Function, Op, Var
from relay_compat.ir.types import FuncType, Type
from relay_compat.visit import Rewriter
from tensor_core.node import Node

E = TypeVar("E", bound=Expr)


def annotate(
    root: E,
    types: Mapping[Expr, Type],
    type_args: Mapping[Call, tuple[Type, ...]],
    ret_types: Mapping[Function, Type],
) -> E:
    """The program with every annotation, return type and type argument filled, and the inferred types recorded.

    ``ret_types`` are the declared return types as they came out of inference; an annotation whose type changed there
    (a fixed dimension that met an open one) is rewritten, as TVM does.
    """
    return _Annotator(types, type_args, ret_types).rewrite(root)


class _Annotator(Rewriter):
    def __init__(
        self,
        types: Mapping[Expr, Type],
        type_args: Mapping[Call, tuple[Type, ...]],
        ret_types: Mapping[Function, Type],
    ) -> None:
        super().__init__()
        self._types = types
        self._type_args = type_args
        self._ret_types = ret_types

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(old, Expr) or old not in self._types:
            return new
        type_ = self._types[old]
        changes = self._changes(old, new, type_)
        if changes:
            new = new.replace(**changes)
        if isinstance(old, Var) and new is not old:
            new.memo("identity", old.vid)
        elif isinstance(old, Call) and isinstance(old.op, Op):
            new.memo("type_args", tuple([self._types[arg] for arg in old.args]))
        new.memo("checked", type_)
        return new

    def _changes(self, old: Expr, new: Node, type_: Type) -> dict[str, Any]:
        if isinstance(new, Var) and new.type_annotation != type_:
            return {"type_annotation": type_}
        if isinstance(new, Function):
            assert isinstance(old, Function)
            assert isinstance(type_, FuncType)
            result = self._ret_types.get(old, type_.ret_type)
            return {} if new.ret_type == result else {"ret_type": result}
        if isinstance(old, Call) and isinstance(new, Call) and new.type_args != self._type_args.get(old, new.type_args):
            return {"type_args": self._type_args[old]}
        return {}
