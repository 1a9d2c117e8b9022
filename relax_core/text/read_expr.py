"""Expressions of scripts: leaves, calls, operators; nested calls are bound before the expression that uses them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from relax_core.ir.expr import (
    Call,
    Constant,
    DataTypeImm,
    Expr,
    ExternFunc,
    GlobalVar,
    PrimValue,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
    op,
)
from relax_core.ir.types import PrimType, TupleType, Type
from relax_core.text.profiles import profile
from relax_core.text.read_calls import match_arguments, read_attributes, takes_shape
from relax_core.text.read_constants import read_constant
from relax_core.text.read_scalars import ScalarReader, float_literal
from relax_core.text.read_types import TypeReader, is_type, read_dtype
from relax_core.text.script import MAX_NESTING, Script, dotted
from relax_core.types.leaves import type_of
from relax_core.visit import is_leaf
from tensor_core import codes, prim
from tensor_core.attrs import Attrs
from tensor_core.ops.card import RelaxSpelling
from tensor_core.prim import PrimExpr

Value = Any
"""What an expression reads as: an Expr, a PrimExpr, a type, or a Python number, string, None, list or dict of values."""

_OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.FloorDiv: "floor_divide",
    ast.Mod: "mod", ast.Pow: "power", ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal",
}  # fmt: skip
_RESULT_TYPED = {
    "call_tir", "call_tir_inplace", "call_tir_with_grad", "call_dps_packed", "call_py_func", "dist.call_tir_local_view",
}  # fmt: skip
_TYPE_KEYWORDS = ("ty_args", "sinfo_args")
_UNSUPPORTED = {"device", "cpu", "gpu", "cuda", "DTensor", "device_mesh", "emit_te", "emit", "emit_with_type", "linear"}


@dataclass(slots=True)
class ModuleScope:
    """What the functions of a module share: its name in the text, its global variables, its type variables."""

    names: set[str] = field(default_factory=set[str])
    functions: dict[str, GlobalVar] = field(default_factory=dict[str, GlobalVar])
    type_vars: set[str] = field(default_factory=set[str])


class ExprReader:
    """Reads expressions within one function. Subclasses bind nested calls to variables."""

    def __init__(self, script: Script, release: str, module: ModuleScope) -> None:
        self.script = script
        self.release = release
        self.module = module
        self.variables: dict[str, Var] = {}
        self.symbols: dict[str, prim.Var] = {}
        self.creates_symbols = False
        self.scalars = ScalarReader(script, self._symbol)
        self.types = TypeReader(script, self.scalars.expr, self._quoted)
        self._profile = profile(release)

    def bind_nested(self, value: Expr, node: ast.expr) -> Var:
        """Bind a nested expression to a fresh variable."""
        raise NotImplementedError

    # ---- names

    def _symbol(self, node: ast.Name) -> PrimExpr:
        """A name in a scalar expression: a symbolic variable, or a scalar parameter."""
        name = node.id
        found = self.symbols.get(name)
        if found is not None:
            return found
        var = self.variables.get(name)
        if var is not None and isinstance(var.ty, PrimType) and isinstance(var.ty.value, PrimExpr):
            return var.ty.value
        if name in self.module.type_vars or self.creates_symbols:
            made = self.symbols[name] = prim.Var(name)
            return made
        raise self.script.error(node, codes.UNDEFINED_NAME, f"undefined name {name}")

    def _quoted(self, node: ast.expr) -> PrimExpr:
        """A dimension in a string, which declares the variables it mentions."""
        before, self.creates_symbols = self.creates_symbols, True
        try:
            return self.scalars.expr(node)
        finally:
            self.creates_symbols = before

    def _is_scalar(self, node: ast.expr) -> bool:
        """Whether an operator's operands are scalars and not tensors."""
        for item in ast.walk(node):
            if isinstance(item, ast.Name):
                var = self.variables.get(item.id)
                if item.id == "R" or (
                    var is not None and item.id not in self.symbols and not isinstance(var.ty, PrimType)
                ):
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
            case ast.Call():
                return self._call(node, depth)
            case ast.Tuple() | ast.List():
                return [self.value(item, depth + 1) for item in node.elts]
            case ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.BoolOp():
                return self._operator(node, depth)
            case ast.Subscript():
                return self._subscript(node, depth)
            case ast.Attribute():
                return self._attribute(node)
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
            return var
        if name in self.symbols or name in self.module.type_vars:
            return self._symbol(node)
        raise self.script.error(node, codes.UNDEFINED_NAME, f"undefined name {name}")

    def _literal(self, node: ast.Constant) -> Value:
        if node.value is None or isinstance(node.value, int | float | str):
            return node.value
        raise self.script.error(node, codes.SYNTAX, "this literal has no meaning here")

    def _attribute(self, node: ast.Attribute) -> Value:
        name = dotted(node)
        if is_type(node):
            return self.types.type(node)
        base, _, function = name.partition(".")
        if base in self.module.names and function:
            found = self.module.functions.get(function)
            if found is None:
                raise self.script.error(node, codes.UNDEFINED_NAME, f"the module has no function {function}")
            return found
        raise self.script.error(node, codes.SYNTAX, f"{name or 'this'} has no meaning here")

    def _dictionary(self, node: ast.Dict, depth: int) -> dict[str, Value]:
        result: dict[str, Value] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                raise self.script.error(key or node, codes.SYNTAX, "expected a name in quotes")
            result[key.value] = attribute(self.value(item, depth + 1))
        return result

    def _subscript(self, node: ast.Subscript, depth: int) -> Expr:
        if isinstance(node.value, ast.Name) and node.value.id == "metadata" and "metadata" not in self.variables:
            raise self.script.error(
                node, codes.BAD_METADATA, "the constant stands in a metadata section", "pass it as a parameter instead"
            )
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

    # ---- operators

    def _operator(self, node: ast.expr, depth: int) -> Value:
        if self._is_scalar(node):
            return attribute(self.scalars.scalar(node, depth))
        match node:
            case ast.BinOp():
                return self._chain(node, depth)
            case ast.Compare(ops=[operator], comparators=[right]) if type(operator) in _OPERATORS:
                return self.operator_call(_OPERATORS[type(operator)], [node.left, right], node, depth)
            case ast.UnaryOp(op=ast.USub()):
                return self.operator_call("negative", [node.operand], node, depth)
            case _:
                self.script.unsupported(node, "this operator on tensors is not read")

    def _chain(self, node: ast.BinOp, depth: int) -> Value:
        # The left spine of a long sum is walked, not recursed into.
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while type(left) is ast.BinOp and not self._is_scalar(left):
            chain.append(left)
            left = left.left
        value = self.leaf(left, depth + 1)
        for item in reversed(chain):
            name = _OPERATORS.get(type(item.op))
            if name is None:
                self.script.unsupported(item, f"the operator {type(item.op).__name__} on tensors is not read")
            right = self.leaf(item.right, depth + 1)
            call = self.typed(
                Call(op(f"relax.{name}"), (self.as_leaf(value, item), right), None, (), self.script.span(item)), item
            )
            value = call
        return value

    def operator_call(self, name: str, args: list[ast.expr], node: ast.expr, depth: int) -> Call:
        """The call that an operator on tensors stands for."""
        operands = tuple([self.leaf(item, depth + 1) for item in args])
        return self.typed(Call(op(f"relax.{name}"), operands, None, (), self.script.span(node)), node)

    def typed(self, call: Call, node: ast.expr) -> Call:
        """A call with its deduced type, where it can be deduced already."""
        raise NotImplementedError

    # ---- calls

    def _call(self, node: ast.Call, depth: int) -> Value:
        name = dotted(node.func)
        if name.startswith("R."):
            return self._relax_call(node, name[2:], depth)
        if name.startswith("T."):
            return self.scalars.scalar(node, depth)
        if name == "float" and len(node.args) == 1:
            argument = node.args[0]
            value = (
                float_literal(argument.value)
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                else None
            )
            if value is not None:
                return value
        if name.startswith("I."):
            self.script.unsupported(node, f"{name} is not read here")
        callee = self.value(node.func, depth + 1)
        if not isinstance(callee, Expr):
            raise self.script.error(node.func, codes.SYNTAX, "this cannot be called")
        if isinstance(callee, ExternFunc):
            return self._packed(callee, node.args, node, depth)
        if node.keywords:
            raise self.script.error(node, codes.SYNTAX, "functions take no keyword arguments")
        return self._made(self.as_leaf(callee, node.func), [self.leaf(item, depth + 1) for item in node.args], node)

    def _relax_call(self, node: ast.Call, path: str, depth: int) -> Value:
        special = _SPECIAL.get(path)
        if special is not None:
            return special(self, node, depth)
        if is_type(node):
            return self.types.type(node)
        if path in _RESULT_TYPED:
            return self._result_typed(path, node, depth)
        if path in _UNSUPPORTED:
            self.script.unsupported(node, f"R.{path} is not read")
        if path == "nn.attention" and len(node.args) == 4:
            path = "nn.attention_bias"
        return self._operator_call(f"relax.{path}", node, depth)

    def _operator_call(self, name: str, node: ast.Call, depth: int) -> Call:
        callee = op(name)
        spelling = callee.card.relax_for(self.release) if callee.card else None
        if spelling is None or spelling.name != name:
            return self._unknown_operator(name, node, depth)
        found = match_arguments(self.script, node, spelling, self.release)
        args = self._operands(spelling, found.operands, depth)
        attrs = read_attributes(self.script, node, spelling, found.attributes, self._plain)
        return self._made(
            callee, args, node, Attrs(spelling.attrs_type, attrs) if spelling.attrs_type is not None else None
        )

    def _operands(self, spelling: RelaxSpelling, nodes: list[ast.expr], depth: int) -> list[Expr]:
        args: list[Expr] = []
        for operand, node in zip(spelling.operands, nodes, strict=False):
            value = self.value(node, depth + 1)
            if isinstance(value, list) and takes_shape(operand):
                args.append(ShapeExpr(self.types.dims(node), self.script.span(node)))
            else:
                args.append(self._scalar_operand(value, node))
        return args

    def _scalar_operand(self, value: Value, node: ast.expr) -> Expr:
        # A scalar parameter is the symbolic variable itself in the releases that have no R.prim_value.
        if self._profile.type_vars and isinstance(value, Var) and isinstance(value.ty, PrimType):
            known = value.ty.value
            if isinstance(known, prim.Var):
                return PrimValue(known, self.script.span(node))
        if isinstance(value, list) and isinstance(node, ast.Tuple | ast.List):
            items = zip(cast("list[Value]", value), node.elts, strict=True)
            return Tuple(tuple([self._scalar_operand(*item) for item in items]), self.script.span(node))
        return self.as_leaf(value, node)

    def _unknown_operator(self, name: str, node: ast.Call, depth: int) -> Call:
        """A call of an operator without a card: places are operands, keywords are attributes."""
        args = [self._scalar_operand(self.value(item, depth + 1), item) for item in node.args]
        written: dict[str, Any] = {}
        types: tuple[Type, ...] = ()
        keywords = {keyword: place for place, keyword in self._profile.keyword_operands.get(name, {}).items()}
        for keyword in node.keywords:
            key = keyword.arg or ""
            if key in _TYPE_KEYWORDS:
                types = self._type_args(keyword.value)
            elif keywords.get(key) == len(args):
                args.append(self.leaf(keyword.value, depth + 1))
            else:
                written[key] = self._plain(keyword.value)
        return self._made(op(name), args, node, Attrs("", written) if written else None, types)

    def _plain(self, node: ast.expr) -> Any:
        """The value of an attribute."""
        value = self.value(node)
        if isinstance(value, Expr):
            value = getattr(value, "value", None) if isinstance(value, StringImm | DataTypeImm | PrimValue) else value
        if isinstance(value, Call | Var | Tuple | TupleGetItem):
            raise self.script.error(node, codes.BAD_ATTRIBUTE, "an attribute must be known when the text is read")
        return attribute(value)

    def _made(
        self, callee: Expr, args: list[Expr], node: ast.Call, attrs: Attrs | None = None, types: tuple[Type, ...] = ()
    ) -> Call:
        return self.typed(Call(callee, tuple(args), attrs, types, self.script.span(node)), node)

    # ---- built-ins

    def _type_args(self, node: ast.expr) -> tuple[Type, ...]:
        if isinstance(node, ast.Tuple | ast.List):
            return tuple([self.types.type(item) for item in node.elts])
        return (self.types.type(node),)

    def _result_typed(self, path: str, node: ast.Call, depth: int) -> Call:
        """``call_tir(function, (arguments,), type)`` and its kin; the type also as out_sinfo= or out_ty=."""
        names = ["func", "args", "inplace_indices", "out"] if path == "call_tir_inplace" else ["func", "args", "out"]
        given: dict[str, ast.expr] = dict(zip([*names, "tir_vars"], node.args, strict=False))
        for keyword in node.keywords:
            given["out" if keyword.arg in ("out_sinfo", "out_ty") else keyword.arg or ""] = keyword.value
        if len(node.args) > len(names) + 1 or not {"func", "args", "out"} <= given.keys():
            raise self.script.error(node, codes.ARITY, f"R.{path} takes a function, its arguments and a result type")
        callee = self.value(given.pop("func"), depth + 1)
        if isinstance(callee, str):
            callee = ExternFunc(callee)
        args = self.value(given["args"], depth + 1)
        inputs = self.as_leaf(args, given.pop("args"))
        if not isinstance(callee, Expr):
            raise self.script.error(node.args[0] if node.args else node, codes.SYNTAX, "expected a function")
        if not isinstance(type_of(inputs), TupleType | None):
            inputs = Tuple((inputs,))
        out = given.pop("out")
        many = isinstance(out, ast.List | ast.Tuple)
        result = TupleType(self._type_args(out)) if many else self.types.type(out)
        operands = [self.as_leaf(callee, node), inputs]
        if "tir_vars" in given:
            scalars = given.pop("tir_vars")
            extra = self.value(scalars, depth + 1)
            operands.append(
                ShapeExpr(self.types.dims(scalars)) if isinstance(extra, list) else self.as_leaf(extra, scalars)
            )
        attrs = {key: self._plain(item) for key, item in given.items()}
        return self._made(op(f"relax.{path}"), operands, node, Attrs("", attrs) if attrs else None, (result,))

    def _packed(self, callee: ExternFunc, args: list[ast.expr], node: ast.Call, depth: int, path: str = "") -> Call:
        """A call of an external function, directly or through a built-in such as call_pure_packed."""
        operands = [self.leaf(item, depth + 1) for item in args]
        types: tuple[Type, ...] = ()
        written: dict[str, Any] = {}
        for keyword in node.keywords:
            key = keyword.arg or ""
            if key == self._profile.types_keyword:
                types = self._type_args(keyword.value)
            elif key in _TYPE_KEYWORDS or key == "attrs_type_key":
                # TVM reads the other releases' keyword as an attribute that means nothing.
                problem = f"TVM {self.release} takes {key} for an attribute, and the result's type is lost"
                hint = f"write {self._profile.types_keyword}=, or state the text's release"
                raise self.script.error(keyword.value, codes.BAD_ATTRIBUTE, problem, hint)
            else:
                written[key] = self._plain(keyword.value)
        attrs = Attrs("", written) if written else None
        if path:
            return self._made(op(f"relax.{path}"), [callee, *operands], node, attrs, types)
        return self._made(callee, operands, node, attrs, types)

    def packed_call(self, node: ast.Call, depth: int, path: str) -> Call:
        """``call_packed("name", arguments, ty_args=types)`` and its kin."""
        if not node.args:
            raise self.script.error(node, codes.ARITY, "expected the name of a function")
        callee = self.value(node.args[0], depth + 1)
        if isinstance(callee, str):
            callee = ExternFunc(callee, self.script.span(node.args[0]))
        if not isinstance(callee, ExternFunc):
            raise self.script.error(node.args[0], codes.SYNTAX, "expected the name of a function")
        return self._packed(callee, node.args[1:], node, depth, path)

    def closure_call(self, node: ast.Call, depth: int, path: str) -> Call:
        """``invoke_closure(closure, (arguments,), types)``."""
        keywords = [item.value for item in node.keywords if item.arg in _TYPE_KEYWORDS]
        if len(node.args) < 2 or len(node.args) + len(keywords) != 3 or len(keywords) != len(node.keywords):
            raise self.script.error(node, codes.ARITY, f"R.{path} takes a closure, its arguments and result types")
        types = self._type_args(keywords[0] if keywords else node.args[2])
        return self._made(
            op(f"relax.{path}"), [self.leaf(item, depth + 1) for item in node.args[:2]], node, None, types
        )

    def formatted_call(self, node: ast.Call, depth: int, path: str) -> Call:
        """``print(values, format=...)`` and ``assert_op(condition, values, format=...)``."""
        args = [self.leaf(item, depth + 1) for item in node.args]
        text = next((item.value for item in node.keywords if item.arg == "format"), None)
        if len(node.keywords) > (text is not None) or (path == "assert_op" and not args):
            raise self.script.error(node, codes.SYNTAX, f"R.{path} takes values and a format")
        format_ = self.leaf(text, depth + 1) if text is not None else StringImm("")
        args.insert(1 if path == "assert_op" else 0, format_)
        return self._made(op(f"relax.{path}"), args, node)

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


def _text(reader: ExprReader, node: ast.Call) -> str:
    inner = reader.one(node)
    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
        return inner.value
    raise reader.script.error(inner, codes.SYNTAX, "expected a string")


def _shape(reader: ExprReader, node: ast.Call, depth: int) -> Value:
    inner = reader.one(node)
    if isinstance(inner, ast.Call):
        return reader.leaf(inner, depth + 1)
    return ShapeExpr(reader.types.dims(inner), reader.script.span(node))


def _prim_value(reader: ExprReader, node: ast.Call, depth: int) -> Value:
    value = reader.value(reader.one(node), depth + 1)
    if isinstance(value, int | float):
        value = reader.scalars.lift(value)
    if isinstance(value, PrimExpr):
        return PrimValue(value, reader.script.span(node))
    if isinstance(value, PrimValue):
        return value
    raise reader.script.error(node, codes.SYNTAX, "expected a scalar")


def _dtype(reader: ExprReader, node: ast.Call, depth: int) -> Value:
    return DataTypeImm(read_dtype(reader.script, node, _text(reader, node)), reader.script.span(node))


def _tuple(reader: ExprReader, node: ast.Call, depth: int) -> Value:
    if node.keywords:
        raise reader.script.error(node, codes.SYNTAX, "R.tuple takes no keywords")
    return Tuple(tuple([reader.leaf(item, depth + 1) for item in node.args]), reader.script.span(node))


def _refused(reader: ExprReader, node: ast.Call, depth: int) -> NoReturn:
    raise reader.script.error(node, codes.SYNTAX, f"{dotted(node.func)} is a statement of its own")


def _via(
    method: Callable[[ExprReader, ast.Call, int, str], Call], path: str
) -> Callable[[ExprReader, ast.Call, int], Value]:
    return lambda reader, node, depth: method(reader, node, depth, path)


_SPECIAL: Mapping[str, Callable[[ExprReader, ast.Call, int], Value]] = {
    "const": lambda reader, node, depth: Constant(read_constant(reader.script, node), reader.script.span(node)),
    "shape": _shape,
    "prim_value": _prim_value,
    "str": lambda reader, node, depth: StringImm(_text(reader, node), reader.script.span(node)),
    "dtype": _dtype,
    "tuple": _tuple,
    "ExternFunc": lambda reader, node, depth: ExternFunc(_text(reader, node), reader.script.span(node)),
    "call_packed": _via(ExprReader.packed_call, ""),
    **{
        path: _via(ExprReader.packed_call, path)
        for path in ("call_pure_packed", "call_inplace_packed", "call_builtin_with_ctx")
    },
    **{path: _via(ExprReader.closure_call, path) for path in ("invoke_closure", "invoke_pure_closure")},
    **{path: _via(ExprReader.formatted_call, path) for path in ("print", "assert_op")},
    **dict.fromkeys(("match_cast", "output", "func_attr", "dataflow", "func_ret_struct_info", "func_ret_ty"), _refused),
}
