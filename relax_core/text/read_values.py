"""Values of scripts: names, numbers, tuples, types; what is no leaf is bound before it is used."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import (
    Call,
    Constant,
    DataTypeImm,
    Expr,
    ExternFunc,
    GlobalVar,
    IRModule,
    PrimValue,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.ir.types import PrimType, ShapeType, TupleType, Type
from relax_core.text.prim_func import read_index_map
from relax_core.text.profiles import profile
from relax_core.text.read_metadata import Metadata, is_reference
from relax_core.text.read_scalars import Scalar, ScalarReader
from relax_core.text.read_types import TypeReader, is_type
from relax_core.text.script import MAX_NESTING, Script, dotted
from relax_core.types.leaves import VOID, type_of
from relax_core.visit import is_leaf
from tensor_core import codes, prim
from tensor_core.attrs import Attrs
from tensor_core.module import BaseFunc
from tensor_core.ndarray import NDArray, ndarray
from tensor_core.prim import PrimExpr

Value = Any
"""What an expression reads as: an Expr, a PrimExpr, a Type, a Python number, string, None, list or dict of values."""


@dataclass(slots=True)
class ModuleScope:
    """What the functions of a module share: its name in the text, its global variables, its type variables, the
    releases that the text may be of.

    ``outer`` are the values of names that the text takes from around it; ``added`` the functions among them that the
    text uses, which become functions of the module.
    """

    names: set[str] = field(default_factory=set[str])
    functions: dict[str, GlobalVar] = field(default_factory=dict[str, GlobalVar])
    type_vars: set[str] = field(default_factory=set[str])
    global_infos: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    metadata: Metadata | None = None
    candidates: tuple[str, ...] = ()
    outer: Mapping[str, object] = field(default_factory=dict[str, object])
    added: dict[GlobalVar, BaseFunc] = field(default_factory=dict[GlobalVar, BaseFunc])

    def adopt(self, name: str, function: BaseFunc) -> GlobalVar:
        """The global variable of a function from around the text, which from now on belongs to the module."""
        for var, known in self.added.items():
            if known is function:
                return var
        wish, number = name, 0
        while name in self.functions:
            number += 1
            name = f"{wish}_{number}"
        var = self.functions[name] = GlobalVar(name)
        var.memo("checked", type_of(function))
        self.added[var] = function
        return var


class ValueReader(ABC):
    """Reads values within one function. Subclasses read calls and operators, and bind nested calls to variables."""

    def __init__(self, script: Script, release: str, module: ModuleScope) -> None:
        self.script = script
        self.release = release
        self.module = module
        self.variables: dict[str, Var] = {}
        self.symbols: dict[str, prim.Var] = {}
        self.creates_symbols = self._in_quotes = False
        self.scalars = ScalarReader(script, self._symbol)
        self.types = TypeReader(script, self.scalars.expr, self._quoted, self._named, self._shape, module.global_infos)
        self.profile = profile(release)

    @abstractmethod
    def read_call(self, node: ast.Call, depth: int) -> Value:
        """A call of anything."""
        ...

    @abstractmethod
    def read_operator(self, node: ast.expr, depth: int) -> Value:
        """An arithmetic operator or a comparison."""
        ...

    @abstractmethod
    def read_part(self, node: ast.expr, depth: int) -> Value:
        """What is read off a tensor by its attributes; None for any other expression."""
        ...

    @abstractmethod
    def typed(self, call: Call) -> Call:
        """A call with its deduced type, where it can be deduced already."""
        ...

    @abstractmethod
    def bind_nested(self, value: Expr, node: ast.expr) -> Var:
        """Bind a nested expression to a fresh variable."""
        ...

    # ---- names

    def _symbol(self, node: ast.Name) -> Scalar:
        """A name in a scalar expression: a symbolic variable, or a scalar parameter."""
        name = node.id
        found = self.symbols.get(name)
        if found is not None:
            return found
        var = self.variables.get(name)
        if var is not None and isinstance(var.ty, PrimType) and isinstance(var.ty.value, PrimExpr):
            return var.ty.value
        if name in self.module.outer and not self._in_quotes:
            return self._outer_scalar(node)
        if name in self.module.type_vars or self.creates_symbols:
            made = self.symbols[name] = prim.Var(name)
            return made
        raise self.script.error(node, codes.UNDEFINED_NAME, f"undefined name {name}")

    def _quoted(self, node: ast.expr) -> PrimExpr:
        """A dimension in a string, which declares the variables it mentions."""
        before = self.creates_symbols, self._in_quotes
        self.creates_symbols = self._in_quotes = True
        try:
            return self.scalars.expr(node)
        finally:
            self.creates_symbols, self._in_quotes = before

    def is_scalar(self, node: ast.expr) -> bool:
        """Whether an operator's operands are scalars and not tensors."""
        for item in ast.walk(node):
            if isinstance(item, ast.Name):
                var = self.variables.get(item.id)
                if item.id == "R" or (
                    var is not None and item.id not in self.symbols and not isinstance(var.ty, PrimType)
                ):
                    return False
                outer = self.module.outer.get(item.id) if var is None else None
                if isinstance(outer, np.ndarray) or (isinstance(outer, Expr) and not isinstance(outer, PrimValue)):
                    return False
        return True

    # ---- values

    def value(self, node: ast.expr, depth: int = 0) -> Value:
        """What an expression says."""
        kind = type(node)
        if kind is ast.Name:
            return self._name(cast(ast.Name, node))
        if kind is ast.Constant:
            return self._literal(cast(ast.Constant, node))
        if depth > MAX_NESTING:
            raise self.script.error(node, codes.LIMIT, "the expression nests too deep")
        match node:
            case ast.Lambda():
                # R.layout_transform takes the map of indices as a Python function.
                name = ast.Attribute(ast.Name("T", ast.Load()), "index_map", ast.Load())
                return read_index_map(self.script, ast.copy_location(ast.Call(name, [node], []), node), self.release)
            case ast.Call() if dotted(node.func) == "T.index_map":
                return read_index_map(self.script, node, self.release)
            case ast.Call():
                return self.read_call(node, depth)
            case ast.Tuple() | ast.List():
                return [self.value(item, depth + 1) for item in node.elts]
            case ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.BoolOp():
                return self.read_operator(node, depth)
            case ast.Subscript():
                return self.read_part(node, depth) or self._subscript(node, depth)
            case ast.Attribute():
                return self.read_part(node, depth) or self._attribute(node)
            case ast.Dict():
                return self._dictionary(node, depth)
            case _:
                self.script.unsupported(node, f"a {kind.__name__} is not read as an expression")

    def leaf(self, node: ast.expr, depth: int = 0) -> Expr:
        """An expression as an argument; what is no leaf is bound first."""
        return self.as_leaf(self.value(node, depth), node)

    def as_leaf(self, value: Value, node: ast.expr) -> Expr:
        """A value as an argument."""
        if isinstance(value, Expr):
            return value if is_leaf(value) else self.bind_nested(value, node)
        if isinstance(value, PrimExpr):
            return PrimValue(value, self.script.span(node))
        if isinstance(value, list):
            return self.as_tuple(cast("list[Value]", value), node)
        if isinstance(value, str):
            return StringImm(value, self.script.span(node))
        if isinstance(value, int | float):
            return PrimValue(self._number(value, node), self.script.span(node))
        raise self.script.error(node, codes.SYNTAX, "expected a value")

    def as_tuple(self, values: list[Value], node: ast.expr) -> Tuple:
        """Values as a tuple of leaves."""
        nodes = node.elts if isinstance(node, ast.Tuple | ast.List) else [node] * len(values)
        return Tuple(tuple([self.as_leaf(*item) for item in zip(values, nodes, strict=True)]), self.script.span(node))

    def _number(self, value: float, node: ast.expr) -> PrimExpr:
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise self.script.error(node, codes.BAD_LITERAL, f"{value} does not fit int64")
        return self.scalars.lift(value)

    def _name(self, node: ast.Name) -> Value:
        name = node.id
        var = self.variables.get(name)
        if var is not None:
            # As TVM's builder: what says nothing is the empty tuple itself.
            return Tuple(()) if type(var) is Var and var.ty == VOID else var
        if name in self.symbols or name in self.module.type_vars:
            return self._symbol(node)
        if name in self.module.outer:
            return self._captured(self.module.outer[name], node)
        raise self.script.error(node, codes.UNDEFINED_NAME, f"undefined name {name}")

    def _captured(self, value: Any, node: ast.expr) -> Value:
        """A value from around the text as one of it. R2R0112 for what has no meaning in a program."""
        if isinstance(value, np.generic):
            value = cast("np.generic[Any]", value).item()
        if isinstance(value, tuple | list):
            return [self._captured(item, node) for item in cast("list[object]", value)]
        if isinstance(value, Mapping):
            items = cast("Mapping[object, object]", value).items()
            return {str(key): attribute(self._captured(item, node)) for key, item in items}
        if isinstance(value, np.ndarray):
            return Constant(cast("np.ndarray[Any, Any]", value), self.script.span(node))
        if isinstance(value, BaseFunc) and not isinstance(value, ExternFunc):
            return self.module.adopt(dotted(node).rpartition(".")[2], value)
        if value is None or isinstance(value, int | float | str | PrimExpr | Type | Expr):
            return value
        self.script.unsupported(
            node, f"a {type(cast(object, value)).__name__} from around the text has no meaning in it"
        )

    def _outer_scalar(self, node: ast.Name) -> Scalar:
        value = self._captured(self.module.outer[node.id], node)
        if isinstance(value, PrimValue):
            return value.value
        if isinstance(value, PrimExpr | int | float):
            return value
        raise self.script.error(node, codes.SYNTAX, f"{node.id} is no scalar")

    def _shape(self, node: ast.expr) -> Expr:
        """A tensor's shape that is no tuple of dimensions: a variable, or R.shape([...])."""
        found = self.value(node)
        if not isinstance(found, Var | ShapeExpr) or not isinstance(type_of(found), ShapeType):
            raise self.script.error(node, codes.TYPE_MISMATCH, "expected dimensions or a variable of a shape")
        return found

    def _named(self, node: ast.expr) -> object:
        """What a name from around the text stands for, as a type or as dimensions; None when it is none of these.

        ``x.struct_info`` and ``x.ty`` are the type of a variable of the text.
        """
        if isinstance(node, ast.Attribute):
            var = self.variables.get(node.value.id) if isinstance(node.value, ast.Name) else None
            return var.ty if var is not None and node.attr in ("struct_info", "ty") else None
        if not isinstance(node, ast.Name):
            return None
        hidden = node.id in self.variables or node.id in self.symbols
        return None if hidden else self.module.outer.get(node.id)

    def _literal(self, node: ast.Constant) -> Value:
        if node.value is None or isinstance(node.value, int | float | str):
            return node.value
        raise self.script.error(node, codes.SYNTAX, "this literal has no meaning here")

    def _attribute(self, node: ast.Attribute) -> Value:
        name = dotted(node)
        if is_type(node):
            return self.types.type(node)
        if node.attr in ("data", "value") and isinstance(node.value, ast.Call):
            constant = self.value(node.value)
            if isinstance(constant, Constant):
                return ndarray(constant.data)
        base, _, function = name.partition(".")
        if base in self.module.names and function:
            found = self.module.functions.get(function)
            if found is None:
                raise self.script.error(node, codes.UNDEFINED_NAME, f"the module has no function {function}")
            return found
        outer = self.module.outer.get(base)
        if isinstance(outer, IRModule) and function in outer:
            return self._captured(outer[function], node)
        raise self.script.error(node, codes.SYNTAX, f"{name or 'this'} has no meaning here")

    def _dictionary(self, node: ast.Dict, depth: int) -> dict[str, Value]:
        result: dict[str, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                raise self.script.error(key or node, codes.SYNTAX, "expected a name in quotes")
            result[key.value] = attribute(self.value(item, depth + 1))
        return result

    def _referred(self, node: ast.Subscript, key: str, index: int) -> Value:
        """What a reference to the metadata section stands for."""
        section = self.module.metadata
        if section is None:
            problem = "the text refers to a metadata section, which it does not have"
            raise self.script.error(node, codes.BAD_METADATA, problem, "print it with show_meta=True")
        found = section.item(key, index, node)
        return found if isinstance(found, str | NDArray) else Constant(found, self.script.span(node))

    def _subscript(self, node: ast.Subscript, depth: int) -> Value:
        place = is_reference(node)
        if place is not None and "metadata" not in self.variables:
            return self._referred(node, *place)
        source = self.leaf(node.value, depth + 1)
        index = node.slice
        if not isinstance(index, ast.Constant) or type(index.value) is not int:
            raise self.script.error(index, codes.SYNTAX, "expected the place of a tuple's field")
        type_ = type_of(source)
        if isinstance(type_, TupleType) and not 0 <= index.value < len(type_.fields):
            raise self.script.error(index, codes.TYPE_MISMATCH, f"the tuple has {len(type_.fields)} fields")
        if type_ is not None and not isinstance(type_, TupleType):
            raise self.script.error(node, codes.TYPE_MISMATCH, f"only tuples have fields, this is {type_}")
        return TupleGetItem(source, index.value, self.script.span(node))

    # ---- parts of calls

    def plain(self, node: ast.expr, what: str = "an attribute") -> Any:
        """The value of an attribute, which messages call ``what``."""
        value = self.value(node)
        if isinstance(value, Expr):
            value = getattr(value, "value", None) if isinstance(value, StringImm | DataTypeImm | PrimValue) else value
        if isinstance(value, Call | Var | Tuple | TupleGetItem):
            raise self.script.error(node, codes.BAD_ATTRIBUTE, f"{what} must be known when the text is read")
        return attribute(value)

    def made(
        self, callee: Expr, args: list[Expr], node: ast.Call, attrs: Attrs | None = None, types: tuple[Type, ...] = ()
    ) -> Call:
        """A call with its type, which stands where ``node`` does."""
        return self.typed(Call(callee, tuple(args), attrs, types, self.script.span(node)))

    def type_args(self, node: ast.expr) -> tuple[Type, ...]:
        """The types of a call's ``ty_args``: one, or a sequence of them."""
        if isinstance(node, ast.Tuple | ast.List):
            return tuple([self.types.type(item) for item in node.elts])
        return (self.types.type(node),)

    def one(self, node: ast.Call) -> ast.expr:
        """The only argument of a call."""
        if len(node.args) == 1 and not node.keywords:
            return node.args[0]
        if len(node.keywords) == 1 and not node.args:
            return node.keywords[0].value
        raise self.script.error(node, codes.ARITY, "exactly one argument expected")


def attribute(value: Value) -> Any:
    """A value as an attribute holds it: lists as tuples, integer constants as numbers."""
    if isinstance(value, list):
        return tuple([attribute(item) for item in cast("list[Value]", value)])
    return bool(value.value) if isinstance(value, prim.IntImm) and value.dtype == "bool" else value
