"""Relax's node classes as tvm.relax has them: the same classes, made from what TVM's constructors take.

A constructor takes lists for tuples, TVM's names of both vocabularies (``struct_info``, ``ty``, ``sinfo_args``,
``ty_args``), and gives a node the type that follows from its parts alone, as TVM's does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np

from migrate.alias.current import before
from migrate.alias.errors import WrongArgument
from migrate.alias.facade import facade
from migrate.alias.relax.types import as_type
from relax_core.ir import expr, types
from relax_core.types.leaves import type_of
from tensor_core import prim
from tensor_core.module import GlobalVar as _GlobalVar
from tensor_core.shapes import as_dim

__all__ = [
    "Binding", "BindingBlock", "Call", "Constant", "DataTypeImm", "DataflowBlock", "DataflowVar", "Expr", "ExternFunc",
    "Function", "GlobalVar", "If", "MatchCast", "PrimValue", "SeqExpr", "ShapeExpr", "StringImm", "Tuple",
    "TupleGetItem", "Var", "VarBinding",
]  # fmt: skip

Expr = expr.Expr
Binding = expr.Binding


def typed(node: Any) -> Any:
    """The node, with its type when that follows from its parts."""
    if node.ty is None:
        node.memo("ty", type_of(node))
    return node


def _sequence(values: Any) -> tuple[Any, ...]:
    if isinstance(values, Iterable) and not isinstance(values, expr.Expr):
        return tuple(cast("Iterable[Any]", values))
    return (values,)


def _var(kind: type[expr.Var]) -> Any:
    def make(
        name_hint: Any = None, struct_info: Any = None, span: Any = None, *, name: Any = None, ty: Any = None
    ) -> expr.Var:
        if name_hint is not None and name is not None:
            raise TypeError("Specify either name or name_hint, not both")
        return kind(str(name_hint if name is None else name), as_type(ty if struct_info is None else struct_info), span)

    return make


def _constant(data: Any, struct_info: Any = None, span: Any = None, *, ty: Any = None) -> expr.Constant:
    node = expr.Constant(np.asarray(data), span)
    stated = as_type(ty if struct_info is None else struct_info)
    if stated is not None:
        node.memo("ty", stated)
    return typed(node)


def _shape(values: Any, span: Any = None) -> expr.ShapeExpr:
    dims = tuple(map(as_dim, _sequence(values)))
    for dim in dims:
        if isinstance(dim, prim.PrimExpr) and dim.dtype != "int64":
            kind = "ShapeStructInfo" if before("0.26") else "ShapeType"
            raise WrongArgument(f"the value in {kind} can only have dtype of int64, not {dim.dtype}")
    return typed(expr.ShapeExpr(dims, span))


def _prim_value(value: Any, span: Any = None) -> expr.PrimValue:
    return typed(expr.PrimValue(as_prim(value), span))


def as_prim(value: Any) -> prim.PrimExpr:
    """A scalar as an expression: an int as int64, a bool as bool, a float as float64 (float32 before TVM 0.26)."""
    if isinstance(value, bool):
        return prim.IntImm(int(value), "bool")
    if isinstance(value, int):
        return prim.IntImm(int(value), "int64")
    if isinstance(value, float):
        return prim.FloatImm(float(value), "float32" if before("0.26") else "float64")
    return value


def _string(value: Any, span: Any = None) -> expr.StringImm:
    return typed(expr.StringImm(str(value), span))


def _data_type(value: Any, span: Any = None) -> expr.DataTypeImm:
    return typed(expr.DataTypeImm(str(value), span))


def _extern(global_symbol: Any, struct_info: Any = None, span: Any = None, *, ty: Any = None) -> expr.ExternFunc:
    node = expr.ExternFunc(str(global_symbol), span)
    stated = as_type(ty if struct_info is None else struct_info)
    if stated is not None:
        node.memo("ty", stated)
    return typed(node)


def _tuple(fields: Any, span: Any = None) -> expr.Tuple:
    return typed(expr.Tuple(tuple(map(as_expr, fields)), span))


def as_expr(value: Any) -> Any:
    """What tvm.relax.utils.convert_to_expr makes of a value: numbers are scalars, sequences tuples, text strings."""
    if isinstance(value, (list, tuple)):
        return _tuple(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (bool, int, float, prim.PrimExpr)):
        return _prim_value(value)
    return value


def _item(tuple_value: Any, index: int, span: Any = None) -> expr.TupleGetItem:
    return typed(expr.TupleGetItem(tuple_value, int(index), span))


def _call(
    op: Any, args: Any = (), attrs: Any = None, sinfo_args: Any = None, span: Any = None, *, ty_args: Any = None
) -> expr.Call:
    stated = ty_args if sinfo_args is None else sinfo_args
    if op is None:
        raise ValueError("Call expects a defined operator")
    known = type_of(op)
    if before("0.26") and known is not None and not isinstance(known, (types.FuncType, types.ObjectType)):
        raise ValueError(f"Call expects its operator to have FuncStructInfo, but {op} was called, which has {known}")
    stated_types = tuple(as_type(item) for item in (() if stated is None else _sequence(stated)))
    operands = tuple(as_expr(item) if isinstance(item, prim.PrimExpr) else item for item in args or ())
    return expr.Call(op, operands, attrs, tuple(item for item in stated_types if item is not None), span)


def _if(cond: Any, true_branch: Any, false_branch: Any, span: Any = None) -> expr.If:
    # As in TVM, an arm that was no sequence has no type until it is normalised.
    arms = [arm if isinstance(arm, expr.SeqExpr) else expr.SeqExpr((), arm) for arm in (true_branch, false_branch)]
    return expr.If(cond, arms[0], arms[1], span)


def _body(value: Any) -> Any:
    if isinstance(value, expr.SeqExpr):
        return value
    return _with_type(expr.SeqExpr((), value), value)


def _with_type(node: Any, like: Any) -> Any:
    node.memo("ty", getattr(like, "ty", None))
    return node


def _seq(blocks: Any, body: Any, span: Any = None) -> expr.SeqExpr:
    return _with_type(expr.SeqExpr(tuple(blocks), body, span), body)


def _function(
    params: Any,
    body: Any,
    ret_struct_info: Any = None,
    is_pure: Any = True,
    attrs: Mapping[str, Any] | None = None,
    span: Any = None,
    *,
    ret_ty: Any = None,
) -> expr.Function:
    stated = as_type(ret_ty if ret_struct_info is None else ret_struct_info)
    inner = _body(body)
    if stated is None:
        stated = inner.ty
    return typed(expr.Function(tuple(params), inner, stated, bool(is_pure), dict(attrs or {}) or None, span))


def _extern_function(*args: Any, **kwargs: Any) -> expr.ExternFunc:
    return _extern(*args, **kwargs)


def _binding(var: Any, value: Any, span: Any = None) -> expr.VarBinding:
    return expr.VarBinding(var, value, span)


def _cast(var: Any, value: Any, struct_info: Any = None, span: Any = None, *, ty: Any = None) -> expr.MatchCast:
    stated = as_type(ty if struct_info is None else struct_info)
    assert stated is not None
    return expr.MatchCast(var, value, stated, span)


def _block(kind: type[expr.BindingBlock]) -> Any:
    def make(bindings: Any, span: Any = None) -> expr.BindingBlock:
        return kind(tuple(bindings), span)

    return make


def _global(name_hint: str, span: Any = None) -> _GlobalVar:
    return _GlobalVar(str(name_hint), span)


Var = facade("Var", (expr.Var,), _var(expr.Var))
DataflowVar = facade("DataflowVar", (expr.DataflowVar,), _var(expr.DataflowVar))
Constant = facade("Constant", (expr.Constant,), _constant)
ShapeExpr = facade("ShapeExpr", (expr.ShapeExpr,), _shape)
PrimValue = facade("PrimValue", (expr.PrimValue,), _prim_value)
StringImm = facade("StringImm", (expr.StringImm,), _string)
DataTypeImm = facade("DataTypeImm", (expr.DataTypeImm,), _data_type)
ExternFunc = facade("ExternFunc", (expr.ExternFunc,), _extern_function)
Tuple = facade("Tuple", (expr.Tuple,), _tuple)
TupleGetItem = facade("TupleGetItem", (expr.TupleGetItem,), _item)
Call = facade("Call", (expr.Call,), _call)
If = facade("If", (expr.If,), _if)
SeqExpr = facade("SeqExpr", (expr.SeqExpr,), _seq)
Function = facade("Function", (expr.Function,), _function)
VarBinding = facade("VarBinding", (expr.VarBinding,), _binding)
MatchCast = facade("MatchCast", (expr.MatchCast,), _cast)
BindingBlock = facade("BindingBlock", (expr.BindingBlock,), _block(expr.BindingBlock))
DataflowBlock = facade("DataflowBlock", (expr.DataflowBlock,), _block(expr.DataflowBlock))
GlobalVar = facade("GlobalVar", (_GlobalVar,), _global)
