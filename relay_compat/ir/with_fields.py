"""Copies of nodes with some fields changed (tvm.relay.CallWithFields and its like in TVM 0.19).

A field that is None stays as it is; without a change the node itself is returned. The inferred type is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    If,
    Let,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)  # fmt: skip
from relay_compat.ir.types import Type
from relay_compat.ir.types import TypeVar as RelayTypeVar
from tensor_core.attrs import Attrs
from tensor_core.spans import Span

__all__ = [
    "CallWithFields",
    "ConstantWithFields",
    "FunctionWithFields",
    "IfWithFields",
    "LetWithFields",
    "RefCreateWithFields",
    "RefReadWithFields",
    "RefWriteWithFields",
    "TupleGetItemWithFields",
    "TupleWithFields",
    "VarWithFields",
]

N = TypeVar("N", Call, Constant, Function, If, Let, RefCreate, RefRead, RefWrite, Tuple, TupleGetItem, Var)


def _changed(node: N, **fields: Any) -> N:
    changes = {name: value for name, value in fields.items() if value is not None}
    if all(_same(getattr(node, name), value) for name, value in changes.items()):
        return node
    result = node.replace(**changes)
    result.memo("checked", node.checked)
    return result


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, tuple) and isinstance(new, (tuple, list)):
        items, others = cast("list[Any]", old), cast("list[Any]", new)
        return len(items) == len(others) and all(map(_same, items, others))
    return old is new


def ConstantWithFields(
    constant: Constant, data: Any = None, virtual_device: Any = None, span: Span | None = None
) -> Constant:
    """A constant with the fields given."""
    return _changed(constant, data=data, virtual_device=virtual_device, span=span)


def TupleWithFields(
    tup: Tuple, fields: Sequence[Expr] | None = None, virtual_device: Any = None, span: Span | None = None
) -> Tuple:
    """A tuple with the fields given."""
    return _changed(tup, fields=fields, virtual_device=virtual_device, span=span)


def VarWithFields(
    variable: Var,
    vid: Any = None,
    type_annotation: Type | None = None,
    virtual_device: Any = None,
    span: Span | None = None,
) -> Var:
    """A variable with the fields given: another object of the same identity, or of ``vid`` where that is given."""
    if vid is None:
        copy = _changed(variable, type_annotation=type_annotation, virtual_device=virtual_device, span=span)
        if copy is not variable:
            copy.memo("identity", variable.vid)
        return copy
    changes = {"type_annotation": type_annotation, "virtual_device": virtual_device, "span": span}
    given = {name: value for name, value in changes.items() if value is not None}
    result = variable.replace(name=vid.name, **given)
    result.memo("identity", vid)
    result.memo("checked", variable.checked)
    return result


def CallWithFields(
    call: Call,
    op: Expr | None = None,
    args: Sequence[Expr] | None = None,
    attrs: Attrs | None = None,
    type_args: Sequence[Type] | None = None,
    virtual_device: Any = None,
    span: Span | None = None,
) -> Call:
    """A call with the fields given."""
    return _changed(
        call, op=op, args=args, attrs=attrs, type_args=type_args, virtual_device=virtual_device, span=span
    )  # fmt: skip


def LetWithFields(
    let: Let,
    variable: Var | None = None,
    value: Expr | None = None,
    body: Expr | None = None,
    virtual_device: Any = None,
    span: Span | None = None,
) -> Let:
    """A let with the fields given."""
    return _changed(let, var=variable, value=value, body=body, virtual_device=virtual_device, span=span)


def IfWithFields(
    if_expr: If,
    cond: Expr | None = None,
    true_branch: Expr | None = None,
    false_branch: Expr | None = None,
    virtual_device: Any = None,
    span: Span | None = None,
) -> If:
    """A choice with the fields given."""
    return _changed(
        if_expr,
        cond=cond,
        true_branch=true_branch,
        false_branch=false_branch,
        virtual_device=virtual_device,
        span=span,
    )


def TupleGetItemWithFields(
    tuple_get_item: TupleGetItem,
    tuple_value: Expr | None = None,
    index: int | None = None,
    virtual_device: Any = None,
    span: Span | None = None,
) -> TupleGetItem:
    """A projection with the fields given."""
    return _changed(tuple_get_item, tuple_value=tuple_value, index=index, virtual_device=virtual_device, span=span)


def RefCreateWithFields(
    ref_create: RefCreate, value: Expr | None = None, virtual_device: Any = None, span: Span | None = None
) -> RefCreate:
    """A new reference with the fields given."""
    return _changed(ref_create, value=value, virtual_device=virtual_device, span=span)


def RefReadWithFields(
    ref_read: RefRead, ref: Expr | None = None, virtual_device: Any = None, span: Span | None = None
) -> RefRead:
    """A read of a reference with the fields given."""
    return _changed(ref_read, ref=ref, virtual_device=virtual_device, span=span)


def RefWriteWithFields(
    ref_write: RefWrite,
    ref: Expr | None = None,
    value: Expr | None = None,
    virtual_device: Any = None,
    span: Span | None = None,
) -> RefWrite:
    """A write to a reference with the fields given."""
    return _changed(ref_write, ref=ref, value=value, virtual_device=virtual_device, span=span)


def FunctionWithFields(
    function: Function,
    params: Sequence[Var] | None = None,
    body: Expr | None = None,
    ret_type: Type | None = None,
    ty_params: Sequence[RelayTypeVar] | None = None,
    attrs: Mapping[str, Any] | None = None,
    virtual_device: Any = None,
    span: Span | None = None,
) -> Function:
    """A function with the fields given."""
    return _changed(
        function,
        params=params,
        body=body,
        ret_type=ret_type,
        type_params=ty_params,
        attrs=attrs,
        virtual_device=virtual_device,
        span=span,
    )
