"""Relax's expressions and bindings (tvm.relax.expr in TVM 0.19 to 0.27).

A function's body is a :class:`SeqExpr`: binding blocks, then a result. In normal form every call argument is a leaf
(variable, constant, shape, scalar, or a tuple of leaves) and every binding has a type. ``ty`` is what releases before
0.26 call ``struct_info``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np

from relax_core.ir.base import RelaxExpr, ShapeExpr
from relax_core.ir.module import IRModule
from relax_core.ir.types import Type
from tensor_core.attrs import Attrs
from tensor_core.module import BaseFunc, Expr, GlobalVar
from tensor_core.ndarray import NDArray
from tensor_core.node import Node, hidden, node
from tensor_core.ops.registry import Card, registry
from tensor_core.prim import PrimExpr
from tensor_core.prim import Var as SymbolicVar
from tensor_core.shapes import Dim
from tensor_core.spans import Span
from tensor_core.tir.function import PrimFunc

__all__ = [
    "Binding",
    "BindingBlock",
    "Call",
    "Constant",
    "DataTypeImm",
    "DataflowBlock",
    "DataflowVar",
    "Expr",
    "ExternFunc",
    "Function",
    "GlobalVar",
    "IRModule",
    "If",
    "MatchCast",
    "Op",
    "PrimFunc",
    "PrimValue",
    "RelaxExpr",
    "SeqExpr",
    "ShapeExpr",
    "StringImm",
    "Tuple",
    "TupleGetItem",
    "Var",
    "VarBinding",
    "op",
]


@node
class Op(Expr):
    """An operator by its full name ("relax.nn.conv2d"); ``card`` is None for the built-ins that no card describes."""

    name: str
    card: Card | None = None


@cache
def op(name: str) -> Op:
    """The operator object of this full name; one object per name."""
    return Op(name, registry().by_relax.get(name))


@node
class Var(RelaxExpr):
    """A parameter or a variable bound in a binding block. ``ty`` is its type once annotated or deduced."""

    name: str
    ty: Type | None = None
    span: Span | None = None

    @property
    def name_hint(self) -> str:
        """The name of :attr:`name` before TVM 0.26."""
        return self.name


@node
class DataflowVar(Var):
    """A variable visible only inside its dataflow block."""


@node
class Constant(RelaxExpr):
    """An array known when the program is made. The array must not be written to."""

    data: np.ndarray
    span: Span | None = None
    ty: Type | None = hidden()

    def __post_init__(self) -> None:
        if type(self.data) is np.ndarray:
            self.memo("data", self.data.view(NDArray))

    @property
    def value(self) -> np.ndarray:
        """The name of :attr:`data` since TVM 0.27."""
        return self.data


@node
class PrimValue(RelaxExpr):
    """A scalar value outside tensors."""

    value: PrimExpr
    span: Span | None = None
    ty: Type | None = hidden()


@node
class StringImm(RelaxExpr):
    """A string argument."""

    value: str
    span: Span | None = None
    ty: Type | None = hidden()


@node
class DataTypeImm(RelaxExpr):
    """An element type as an argument."""

    value: str
    span: Span | None = None
    ty: Type | None = hidden()


@node
class ExternFunc(BaseFunc, RelaxExpr):
    """A function of the runtime, by name."""

    name: str
    span: Span | None = None
    ty: Type | None = hidden()

    @property
    def global_symbol(self) -> str:
        """TVM's name of :attr:`name`."""
        return self.name


@node
class Tuple(RelaxExpr):
    """A tuple of values."""

    children: ClassVar[tuple[str, ...]] = ("fields",)
    fields: tuple[Expr, ...]
    span: Span | None = None
    ty: Type | None = hidden()

    def __getitem__(self, index: int) -> Expr:
        if not -len(self.fields) <= index < len(self.fields):
            raise IndexError("Tuple index out of range")
        return self.fields[index]

    def __len__(self) -> int:
        return len(self.fields)

    def __bool__(self) -> bool:
        return True


@node
class TupleGetItem(RelaxExpr):
    """One field of a tuple."""

    children: ClassVar[tuple[str, ...]] = ("tuple_value",)
    tuple_value: Expr
    index: int
    span: Span | None = None
    ty: Type | None = hidden()


@node
class Call(RelaxExpr):
    """``op(args, attrs)``. ``ty_args`` are the result types that calls of opaque things state (call_tir,
    call_packed).
    """

    children: ClassVar[tuple[str, ...]] = ("op", "args")
    op: Expr
    args: tuple[Expr, ...]
    attrs: Attrs | None = None
    ty_args: tuple[Type, ...] = ()
    span: Span | None = None
    ty: Type | None = hidden()

    @property
    def sinfo_args(self) -> tuple[Type, ...]:
        """The name of :attr:`ty_args` before TVM 0.26."""
        return self.ty_args


@node
class If(RelaxExpr):
    """A choice by a rank-0 bool; in normal form both branches are SeqExprs."""

    children: ClassVar[tuple[str, ...]] = ("cond", "true_branch", "false_branch")
    cond: Expr
    true_branch: Expr
    false_branch: Expr
    span: Span | None = None
    ty: Type | None = hidden()


class Binding(Node):
    """Base of bindings; ``var`` is the variable they define, ``value`` the right-hand side."""

    __slots__ = ()
    var: Var
    value: Expr


@node
class VarBinding(Binding):
    """``var = value``. ``origin`` is whatever the binding was made from (a Relay node); equality and printing ignore
    it.
    """

    children: ClassVar[tuple[str, ...]] = ("var", "value")
    var: Var
    value: Expr
    span: Span | None = None
    origin: Any = None


@node
class MatchCast(Binding):
    """``var = match_cast(value, ty)``: checks the type at run time and binds its new symbolic dimensions."""

    children: ClassVar[tuple[str, ...]] = ("var", "value")
    var: Var
    value: Expr
    ty: Type
    span: Span | None = None
    origin: Any = None

    @property
    def struct_info(self) -> Type:
        """The name of :attr:`ty` before TVM 0.26."""
        return self.ty


@node
class BindingBlock(Node):
    """Bindings in order; effects are allowed."""

    children: ClassVar[tuple[str, ...]] = ("bindings",)
    bindings: tuple[Binding, ...]
    span: Span | None = None


@node
class DataflowBlock(BindingBlock):
    """Pure straight-line bindings; only plain Vars defined here are visible outside."""


@node
class SeqExpr(RelaxExpr):
    """Blocks of bindings, then a result."""

    children: ClassVar[tuple[str, ...]] = ("blocks", "body")
    blocks: tuple[BindingBlock, ...]
    body: Expr
    span: Span | None = None
    ty: Type | None = hidden()


@node
class Function(BaseFunc, RelaxExpr):
    """A function. ``attrs`` may hold global_symbol, num_input and others."""

    children: ClassVar[tuple[str, ...]] = ("params", "body")
    params: tuple[Var, ...]
    body: Expr
    ret_ty: Type | None = None
    is_pure: bool = True
    attrs: Mapping[str, Any] | None = None
    span: Span | None = None
    ty: Type | None = hidden()

    @property
    def ret_struct_info(self) -> Type | None:
        """The name of :attr:`ret_ty` before TVM 0.26."""
        return self.ret_ty

    def with_attr(self, attr_key_or_dict: str | Mapping[str, Any], attr_value: Any = None) -> Function:
        """A copy with one attribute set, or those of a mapping."""
        given = {attr_key_or_dict: attr_value} if isinstance(attr_key_or_dict, str) else dict(attr_key_or_dict)
        return self._with({**(self.attrs or {}), **given})

    def with_attrs(self, attr_map: Mapping[str, Any]) -> Function:
        """A copy with exactly these attributes."""
        return self._with(dict(attr_map))

    def without_attr(self, attr_key: str) -> Function:
        """A copy without an attribute."""
        return self._with({key: value for key, value in (self.attrs or {}).items() if key != attr_key})

    def bind_params(self, binding_map: Mapping[str | Var, Any]) -> Function:
        """The function with parameters bound; see :func:`relax_core.passes.bind_params.bind_function_params`."""
        from relax_core.passes.bind_params import bind_function_params

        return bind_function_params(self, binding_map)

    def bind_symbolic_vars(self, binding_map: Mapping[str | SymbolicVar, Dim]) -> Function:
        """The function with symbolic variables bound; see :mod:`relax_core.passes.bind_symbolic_vars`."""
        from relax_core.passes.bind_symbolic_vars import bind_function_symbols

        return bind_function_symbols(self, binding_map)

    def inline_functions(self, function_map: Mapping[str | GlobalVar, Function]) -> Function:
        """The function with these functions in the place of their calls; see
        :func:`relax_core.passes.inline_private_functions.inline_functions`.
        """
        from relax_core.passes.inline_private_functions import inline_functions

        return inline_functions(self, function_map)

    def _with(self, attrs: Mapping[str, Any]) -> Function:
        made = self.replace(attrs=attrs or None)
        made.memo("ty", self.ty)
        return made
