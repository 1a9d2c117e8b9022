"""Relay's expressions (tvm.relay.expr and tvm.relay.function in TVM 0.19).

A program is a graph: an expression object used twice is one shared node, evaluated once per scope entry. ``checked`` is
the inferred type, filled by type inference; ``checked_type`` reads it as TVM does and raises when it is not there yet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np

from relay_compat.ir.base import RelayExpr, TextForm
from relay_compat.ir.tuple_wrapper import all_unwrapped, unwrap
from relay_compat.ir.types import Type, TypeVar
from relay_compat.ir.values import DictAttrs
from relay_compat.op_attributes import get_op_attr, reset_op_attr, set_op_attr
from tensor_core.attrs import Attrs
from tensor_core.module import BaseFunc, Expr
from tensor_core.module import GlobalVar as AnyGlobalVar
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.node import Node, hidden, node
from tensor_core.ops.registry import Card, registry
from tensor_core.spans import Span

__all__ = [
    "Call",
    "Constant",
    "Expr",
    "Function",
    "GlobalVar",
    "Id",
    "If",
    "Let",
    "Op",
    "RefCreate",
    "RefRead",
    "RefWrite",
    "RelayExpr",
    "Tuple",
    "TupleGetItem",
    "Var",
    "op",
]


@node
class GlobalVar(TextForm, AnyGlobalVar):
    """The name of a function of a Relay module; calling it builds a call."""

    def __call__(self, *args: Expr) -> Call:
        return Call(self, args)


@node
class Op(TextForm, Expr):
    """An operator by name. ``card`` is None for an operator that no card knows (an opaque op).

    Its attributes are those of :mod:`relay_compat.op_attributes`.
    """

    name: str
    card: Card | None = None

    @property
    def num_inputs(self) -> int:
        """How many arguments the operator takes, optional ones included; 0 when nothing is known of it."""
        return len(self.card.inputs) if self.card else self._custom().num_inputs

    @property
    def support_level(self) -> int:
        """How basic the operator is, from 1 to 10 for the least."""
        from relay_compat.op_levels import support_level

        return support_level(self.name) if self.card else self._custom().support_level

    def set_num_inputs(self, n: int) -> None:
        """Say how many arguments an operator that the program registered takes."""
        self._custom().num_inputs = n

    def add_argument(self, name: str, type: str, description: str) -> None:
        """Describe the next argument of an operator that the program registered."""
        self._custom().arguments.append((name, type, description))

    def set_support_level(self, level: int) -> None:
        """Set the support level of an operator that the program registered."""
        self._custom().support_level = level

    def set_attrs_type_key(self, key: str) -> None:
        """Say of which type the attributes of an operator that the program registered are."""
        self._custom().attrs_type = key

    def add_type_rel(self, rel_name: str, type_rel_func: Any = None) -> None:
        """Give an operator that the program registered its type rule; see :mod:`relay_compat.op.custom`."""
        from relay_compat.op.custom import add_type_rel

        add_type_rel(self, rel_name, type_rel_func)

    def _custom(self) -> Any:
        from relay_compat.op.custom import Custom, custom

        return custom(self.name) or Custom(self.name)

    def get_attr(self, attr_name: str) -> Any:
        """What is registered for the operator under a key; None when nothing is."""
        return get_op_attr(self.name, attr_name)

    def has_attr(self, attr_name: str) -> bool:
        """Whether something is registered under a key."""
        return get_op_attr(self.name, attr_name) is not None

    def set_attr(self, attr_name: str, value: Any, plevel: int = 10) -> None:
        """Register a value; see :func:`relay_compat.op_attributes.set_op_attr`."""
        set_op_attr(self.name, attr_name, value, plevel)

    def reset_attr(self, attr_name: str) -> None:
        """Take away what is registered under a key."""
        reset_op_attr(self.name, attr_name)


@cache
def op(name: str) -> Op:
    """The operator object of this name; one object per name, so ``call.op is op("add")`` holds.

    The card is None when no card spells this name in Relay.
    """
    return Op(name, registry().by_relay.get(name))


@node
class Constant(RelayExpr):
    """An array known when the program is made. The array must not be written to."""

    data: np.ndarray
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        if type(self.data) is not NDArray:
            self.memo("data", ndarray(self.data))


@node
class Id(Node):
    """What makes variables one to structural comparison: passes of TVM make several Var objects with one Id."""

    name: str

    @property
    def name_hint(self) -> str:
        """TVM's name of :attr:`name`."""
        return self.name


@node
class Var(RelayExpr):
    """A parameter or let-bound variable; two variables of one name are two variables.

    ``identity`` is there where a JSON module states it or somebody asked for :attr:`vid`; a variable without one has
    an identity of its own.
    """

    name: str
    type_annotation: Type | None = None
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()
    identity: Id | None = hidden()

    @property
    def vid(self) -> Id:
        """What stays the same when a pass makes another object of the variable."""
        if self.identity is None:
            self.memo("identity", Id(self.name))
        assert self.identity is not None
        return self.identity

    @property
    def name_hint(self) -> str:
        """TVM's name of :attr:`name`."""
        return self.name


@node
class Call(RelayExpr):
    """``op(args, attrs)``: the callee is an operator, function, constructor, global or any expression of function
    type.
    """

    children: ClassVar[tuple[str, ...]] = ("op", "args")
    op: Expr
    args: tuple[Expr, ...]
    attrs: Attrs | None = None
    type_args: tuple[Type, ...] = ()
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        if type(self.args) is not tuple:
            self.memo("args", all_unwrapped(self.args))
        if type(self.type_args) is not tuple:
            self.memo("type_args", tuple(self.type_args or ()))


@node
class Function(BaseFunc, RelayExpr):
    """A function or closure. ``attrs`` are ordered as given (Primitive, Compiler, global_symbol, ...)."""

    children: ClassVar[tuple[str, ...]] = ("params", "body")
    params: tuple[Var, ...]
    body: Expr
    ret_type: Type | None = None
    type_params: tuple[TypeVar, ...] = ()
    attrs: Mapping[str, Any] = dataclasses.field(default_factory=DictAttrs)
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        if type(self.params) is not tuple:
            self.memo("params", tuple(self.params))
        if type(self.type_params) is not tuple:
            self.memo("type_params", tuple(self.type_params or ()))
        if type(self.attrs) is not DictAttrs:
            self.memo("attrs", DictAttrs(self.attrs or {}))
        unwrap(self, "body")

    def with_attr(self, name: str | Mapping[str, Any], value: Any = None) -> Function:
        """A copy with one attribute, or all those of a mapping, set. Its inferred type is kept."""
        return self._with_attrs({**self.attrs, **(name if isinstance(name, Mapping) else {name: value})})

    def without_attr(self, name: str) -> Function:
        """A copy without an attribute. Its inferred type is kept."""
        return self._with_attrs({key: value for key, value in self.attrs.items() if key != name})

    def _with_attrs(self, attrs: Mapping[str, Any]) -> Function:
        result = self.replace(attrs=DictAttrs(attrs))
        result.memo("checked", self.checked)
        return result


@node
class Let(RelayExpr):
    """``let var = value; body``. The variable is in scope in its own value (recursion)."""

    children: ClassVar[tuple[str, ...]] = ("var", "value", "body")
    var: Var
    value: Expr
    body: Expr
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        unwrap(self, "value", "body")


@node
class If(RelayExpr):
    """A choice by a rank-0 bool; only the branch taken is evaluated."""

    children: ClassVar[tuple[str, ...]] = ("cond", "true_branch", "false_branch")
    cond: Expr
    true_branch: Expr
    false_branch: Expr
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        unwrap(self, "cond", "true_branch", "false_branch")


@node
class Tuple(RelayExpr):
    """A tuple of values."""

    children: ClassVar[tuple[str, ...]] = ("fields",)
    fields: tuple[Expr, ...]
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        if type(self.fields) is not tuple:
            self.memo("fields", all_unwrapped(self.fields))

    def __getitem__(self, index: int) -> Expr:
        return self.fields[index]

    def __len__(self) -> int:
        return len(self.fields)

    def __bool__(self) -> bool:
        return True


@node
class TupleGetItem(RelayExpr):
    """One field of a tuple."""

    children: ClassVar[tuple[str, ...]] = ("tuple_value",)
    tuple_value: Expr
    index: int
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        unwrap(self, "tuple_value")


@node
class RefCreate(RelayExpr):
    """A new reference holding a value."""

    children: ClassVar[tuple[str, ...]] = ("value",)
    value: Expr
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        unwrap(self, "value")


@node
class RefRead(RelayExpr):
    """The value in a reference."""

    children: ClassVar[tuple[str, ...]] = ("ref",)
    ref: Expr
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()


@node
class RefWrite(RelayExpr):
    """Store a value into a reference; the result is the empty tuple."""

    children: ClassVar[tuple[str, ...]] = ("ref", "value")
    ref: Expr
    value: Expr
    span: Span | None = None
    virtual_device: Any = None
    checked: Type | None = hidden()

    def __post_init__(self) -> None:
        unwrap(self, "value")
