"""Calls and operators of scripts. Operators of cards are matched with their spelling, others are kept as they stand."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, cast

from relax_core.builtins.builtin import Form
from relax_core.builtins.table import builtin
from relax_core.ir.expr import Call, Expr, ExternFunc, Op, PrimValue, ShapeExpr, Tuple, Var, op
from relax_core.ir.types import PrimType, Type
from relax_core.op.builtins import BUILTINS as CREATED
from relax_core.op.creators import COMPOSED, creator, has_creator
from relax_core.text.read_builtins import BUILTINS, TYPE_KEYWORDS, UNSUPPORTED, packed
from relax_core.text.read_calls import Arguments, attribute_value, match_arguments, read_attributes
from relax_core.text.read_infos import INFOS
from relax_core.text.read_inspect import inspected
from relax_core.text.read_meaning import check_meaning
from relax_core.text.read_plain import read_plain
from relax_core.text.read_scalars import float_literal
from relax_core.text.read_types import is_type
from relax_core.text.read_values import Value, ValueReader, attribute
from relax_core.text.script import dotted
from relax_core.types.leaves import type_of
from relax_core.types.operands import plan
from tensor_core import codes, dtypes, prim
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import Carrier, Reject, RelaxSpelling

_MODULES = ("relax.", "rx.", "tvm.relax.")
"""How programs call the module of Relax's Python."""
_CLASSES = {"PrimValue": "prim_value", "ShapeExpr": "shape", "StringImm": "str", "DataTypeImm": "dtype"}
"""Functions of R.* that make what classes of Relax's Python do."""

_OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.FloorDiv: "floor_divide",
    ast.Mod: "mod", ast.Pow: "power", ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater",
    ast.GtE: "greater_equal",
}  # fmt: skip


class ExprReader(ValueReader):
    """Reads expressions within one function."""

    # ---- operators

    def read_operator(self, node: ast.expr, depth: int) -> Value:
        """An operator of Python between tensors, or an expression of sizes."""
        if self.is_scalar(node):
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
        while type(left) is ast.BinOp and not self.is_scalar(left):
            chain.append(left)
            left = left.left
        value = self.leaf(left, depth + 1)
        for item in reversed(chain):
            name = _OPERATORS.get(type(item.op))
            if name is None:
                self.script.unsupported(item, f"the operator {type(item.op).__name__} on tensors is not read")
            operands = self.as_leaf(value, item), self.leaf(item.right, depth + 1)
            value = self.typed(Call(op(f"relax.{name}"), operands, None, (), self.script.span(item)))
        return value

    def operator_call(self, name: str, args: list[ast.expr], node: ast.expr, depth: int) -> Call:
        """The call that an operator on tensors stands for."""
        operands = tuple([self.leaf(item, depth + 1) for item in args])
        return self.typed(Call(op(f"relax.{name}"), operands, None, (), self.script.span(node)))

    def read_part(self, node: ast.expr, depth: int) -> Value:
        """A part of a tensor's type as a value, as ``x.shape[0]``; None for another expression."""
        found = inspected(self, node)
        return None if found is None else self.operator_call(found[0].removeprefix("relax."), found[1], node, depth)

    # ---- calls

    def read_call(self, node: ast.Call, depth: int) -> Value:
        """A call: a type's constructor, an operator, a function of the module, a value of the script's own."""
        name = dotted(node.func)
        if name.startswith(_MODULES):
            name = self._in_dialect(name)
        info = INFOS.get(name)
        if info is not None:
            return info(self, node, depth)
        if name.startswith("R."):
            return self._relax_call(node, name[2:], depth)
        if name.startswith("T."):
            if "." in name[2:]:
                # From 0.26 on TVM prints operators of others than Relax in this way.
                return self._unknown_operator(name[2:], node, depth)
            return self.scalars.scalar(node, depth)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype" and not name.startswith("I."):
            # The one operator that is also a method of values.
            function = ast.copy_location(ast.Attribute(ast.Name("R", ast.Load()), "astype", ast.Load()), node.func)
            call = ast.copy_location(ast.Call(function, [node.func.value, *node.args], node.keywords), node)
            return self._relax_call(call, "astype", depth)
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
            return packed(self, callee, node.args, node, depth)
        if node.keywords:
            raise self.script.error(node, codes.SYNTAX, "functions take no keyword arguments")
        return self.made(self.as_leaf(callee, node.func), [self.leaf(item, depth + 1) for item in node.args], node)

    def _in_dialect(self, name: str) -> str:
        """``R.add`` for ``relax.op.add``, ``R.const`` for ``tvm.relax.const``: scripts may name Python's functions."""
        base = name.partition(".")[0]
        if base in self.variables or base in self.symbols:
            return name
        rest = name.removeprefix("tvm.").partition(".")[2].removeprefix("op.")
        return f"R.{_CLASSES.get(rest, rest)}"

    def _relax_call(self, node: ast.Call, path: str, depth: int) -> Value:
        builtin = BUILTINS.get(path)
        if builtin is not None:
            return builtin(self, node, depth)
        if is_type(node):
            return self.types.type(node)
        if path in UNSUPPORTED:
            self.script.unsupported(node, f"R.{path} is not read")
        if path == "nn.attention" and len(node.args) == 4:
            path = "nn.attention_bias"
        return self._operator_call(f"relax.{path}", node, depth)

    def _misses_values(self, callee: Op, count: int) -> bool:
        """Whether a call gives every tensor but not every required value that Relax writes as an operand."""
        known = plan(callee, self.release)
        return known is not None and len(known.tensors) <= count < known.required

    def _operator_call(self, name: str, node: ast.Call, depth: int) -> Call:
        callee = op(name)
        path = name.removeprefix("relax.")
        spelling = callee.card.relax_for(self.release) if callee.card else None
        if spelling is None or spelling.name != name:
            if path in COMPOSED or self._names_operands(name, path, node):
                return self._created(path, node, depth, {})
            return self._unknown_operator(name, node, depth)
        found = match_arguments(self.script, node, spelling, self.release)
        partial = len(found.attributes) < len(spelling.fields) or self._misses_values(callee, len(found.operands))
        # Dimensions that are copied or inferred are resolved by the function, as by TVM's.
        partial = partial or path == "reshape"
        if partial and has_creator(path, self.release):
            return self._created(path, node, depth, self._stated(spelling, found))
        args = self._operands(spelling, found.operands, depth)
        attrs = read_attributes(self.script, node, spelling, found.attributes, self.plain)
        call = self.made(
            callee, args, node, Attrs(spelling.attrs_type, attrs) if spelling.attrs_type is not None else None
        )
        if len(self.module.candidates) > 1:
            values: dict[ast.expr, Any] = dict(zip(found.operands, args, strict=False))
            values |= {item: attrs[key] for key, item in found.attributes.items()}
            self._certain(path, node, call, values)
        return call

    def _certain(self, path: str, node: ast.Call, call: Call, values: Mapping[ast.expr, Any]) -> None:
        check_meaning(self.script, node, path, call, values, self.release, self.module.candidates)

    def _stated(self, spelling: RelaxSpelling, found: Arguments) -> dict[ast.expr, Any]:
        """The attributes that a call states, each as its kind, by the node that says it."""
        fields = {item.name: item for item in spelling.fields}
        stated: dict[ast.expr, Any] = {}
        for key, node in found.attributes.items():
            value = self.plain(node, f"attribute {key} of {spelling.name}")
            stated[node] = attribute_value(self.script, node, fields[key], value, spelling.name)
        return stated

    def _names_operands(self, name: str, path: str, node: ast.Call) -> bool:
        """Whether a call of a built-in gives operands by keyword that no printer writes so."""
        printed = {*TYPE_KEYWORDS, *self.profile.keyword_operands.get(name, {}).values()}
        given = {item.arg for item in node.keywords}
        return path in CREATED and has_creator(path, self.release) and not given <= printed

    def _created(self, path: str, node: ast.Call, depth: int, stated: Mapping[ast.expr, Any]) -> Call:
        """A call as it is written by hand: the function of tvm.relax.op completes and adapts its arguments."""

        def argument(item: ast.expr) -> Value:
            return stated[item] if item in stated else self._plain_leaf(self.value(item, depth + 1), item)

        values = {item: argument(item) for item in (*node.args, *[keyword.value for keyword in node.keywords])}
        args = [values[item] for item in node.args]
        keywords = {item.arg or "": values[item.value] for item in node.keywords}
        try:
            made = creator(path, self.release)(*args, **keywords)
        except DiagnosticError as error:
            first = error.diagnostics[0]
            raise self.script.error(node, first.code, first.message, first.hint) from None
        except (TypeError, ValueError, AttributeError, Reject) as error:
            raise self.script.error(node, codes.BAD_ATTRIBUTE, f"R.{path}: {error}") from None
        call = cast(Call, self._in_place(made, node))
        if len(self.module.candidates) > 1:
            self._certain(path, node, call, values)
        return call

    def _plain_leaf(self, value: Value, node: ast.expr) -> Value:
        """A value that functions take: nested calls are bound first, also those inside of lists."""
        if isinstance(value, Expr):
            # A scalar parameter is the symbolic variable itself in the releases that have no R.prim_value.
            return self._scalar_operand(self.as_leaf(value, node), node)
        if isinstance(value, list):
            items = cast("list[Value]", value)
            return self.as_tuple(items, node) if any(isinstance(item, Expr) for item in items) else items
        return value

    def _in_place(self, expr: Expr, node: ast.expr) -> Expr:
        """What a function built, typed, as part of the text; calls inside of it are bound to variables."""
        if not isinstance(expr, Call):
            return expr
        args = [self._leaf_of(item, node) for item in expr.args]
        call = Call(expr.op, tuple(args), expr.attrs, expr.ty_args, self.script.span(node))
        return self.typed(call)

    def _leaf_of(self, expr: Expr, node: ast.expr) -> Expr:
        return self.bind_nested(self._in_place(expr, node), node) if isinstance(expr, Call) else expr

    def _operands(self, spelling: RelaxSpelling, nodes: list[ast.expr], depth: int) -> list[Expr]:
        args: list[Expr] = []
        for operand, node in zip(spelling.operands, nodes, strict=False):
            value = self.value(node, depth + 1)
            if isinstance(value, list) and operand.carrier is Carrier.SHAPE:
                args.append(ShapeExpr(self.types.dims(node), self.script.span(node)))
                continue
            arg = self._scalar_operand(value, node)
            what = f"operand {operand.name} of {spelling.name}"
            if operand.carrier is Carrier.SCALAR:
                self._check_scalar(arg, node, what, of_integers=False)
            elif operand.carrier is Carrier.SCALARS and isinstance(arg, Tuple):
                for item in arg.fields:
                    self._check_scalar(item, node, what, of_integers=True)
            args.append(arg)
        return args

    def _check_scalar(self, arg: Expr, node: ast.expr, what: str, of_integers: bool) -> None:
        type_ = type_of(arg)
        if not isinstance(type_, PrimType) or (of_integers and not dtypes.is_int(type_.dtype)):
            expected = "integers" if of_integers else "a scalar"
            raise self.script.error(node, codes.TYPE_MISMATCH, f"{what}: expected {expected}, got {type_}")

    def _scalar_operand(self, value: Value, node: ast.expr) -> Expr:
        # A scalar parameter is the symbolic variable itself in the releases that have no R.prim_value.
        if not self.profile.wraps_scalars and isinstance(value, Var) and isinstance(value.ty, PrimType):
            known = value.ty.value
            if isinstance(known, prim.Var):
                return PrimValue(known, self.script.span(node))
        if isinstance(value, list) and isinstance(node, ast.Tuple | ast.List):
            items = zip(cast("list[Value]", value), node.elts, strict=True)
            return Tuple(tuple([self._scalar_operand(*item) for item in items]), self.script.span(node))
        return self.as_leaf(value, node)

    def _unknown_operator(self, name: str, node: ast.Call, depth: int) -> Call:
        """A call of an operator without a card: places are operands, keywords are attributes."""
        known = builtin(name, self.release)
        typed = any(keyword.arg in TYPE_KEYWORDS for keyword in node.keywords)
        if known is not None and known.form is Form.PLAIN and not typed:
            args, attrs = read_plain(self, known, node, depth)
            return self.made(op(name), args, node, attrs)
        args = [self._scalar_operand(self.value(item, depth + 1), item) for item in node.args]
        written: dict[str, Any] = {}
        types: tuple[Type, ...] = ()
        keywords = {keyword: place for place, keyword in self.profile.keyword_operands.get(name, {}).items()}
        for keyword in node.keywords:
            key = keyword.arg or ""
            if key in TYPE_KEYWORDS:
                types = self.type_args(keyword.value)
            elif keywords.get(key) == len(args):
                args.append(self.leaf(keyword.value, depth + 1))
            else:
                written[key] = self.plain(keyword.value)
        return self.made(op(name), args, node, Attrs("", written) if written else None, types)
