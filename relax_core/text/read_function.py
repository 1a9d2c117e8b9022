"""Functions of scripts: signature, statements, dataflow blocks, branches, local functions."""

from __future__ import annotations

import ast
from typing import Any, cast

from relax_core.emitter import Symbols
from relax_core.ir.expr import (
    Call,
    Expr,
    Function,
    If,
    MatchCast,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import FuncType, PrimType, TensorType, TupleType, Type
from relax_core.text.read_bindings import BindingReader, Body
from relax_core.text.read_values import ModuleScope, Value
from relax_core.text.script import Script, dotted
from relax_core.types.leaves import OBJECT, VOID, function_type, type_of
from relax_core.types.relations import definable_symbols, erase, is_base_of, least_upper_bound, may_fit, symbols
from relax_core.visit import is_leaf
from tensor_core import codes, dtypes, prim

_RETURN_TYPES = {"R.func_ret_struct_info", "R.func_ret_ty", "R.func_ret_type"}


class FunctionReader(BindingReader):
    """Reads one function: :meth:`signature` first, :meth:`body` when the signatures of all functions are known."""

    def __init__(self, script: Script, release: str, module: ModuleScope) -> None:
        super().__init__(script, release, module)
        self._declared: set[str] = set()
        self._own: set[str] = set()
        self._params: tuple[Var, ...] = ()
        self._ret: Type | None = None
        self._attrs: dict[str, Any] = {}
        self._pure = True
        self.private = False

    # ---- signature

    def signature(self, node: ast.FunctionDef) -> FuncType | None:
        """Read parameters and result; the function's type when its result is annotated."""
        self._decorator(node)
        given = node.args
        if given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults:
            self.script.unsupported(node, "functions take plain parameters only")
        self.symbols.update({name: prim.Var(name) for name in self.script.type_params(node)})
        self.creates_symbols = True
        self._params = tuple([self._param(item) for item in given.args])
        if node.returns is not None:
            self._ret = self.types.type(node.returns)
        self.creates_symbols = False
        return (
            FuncType(tuple([param.ty for param in self._params if param.ty]), self._ret, self._pure)
            if self._ret
            else None
        )

    def opaque(self) -> FuncType:
        """The type that other functions see when the result is not annotated: it may be anything, as in TVM."""
        return FuncType(tuple([param.ty for param in self._params if param.ty]), OBJECT, self._pure)

    def _decorator(self, node: ast.FunctionDef) -> None:
        for item in node.decorator_list:
            call = item if isinstance(item, ast.Call) else None
            if dotted(call.func if call else item).rpartition(".")[2] != "function" or (call and call.args):
                raise self.script.error(item, codes.SYNTAX, "expected @R.function")
            for keyword in call.keywords if call else ():
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                if keyword.arg not in ("private", "pure", "check_well_formed") or not isinstance(value, bool):
                    raise self.script.error(keyword.value, codes.SYNTAX, "expected private= or pure=, True or False")
                if keyword.arg == "private":
                    self.private = value
                elif keyword.arg == "pure":
                    self._pure = value

    def _param(self, item: ast.arg) -> Var:
        name = item.arg
        if item.annotation is None:
            raise self.script.error(item, codes.SYNTAX, f"parameter {name} needs a type")
        if name in self._own:
            raise self.script.error(item, codes.DUPLICATE_NAME, f"parameter {name} occurs twice")
        type_ = self.types.type(item.annotation)
        if (
            isinstance(type_, PrimType)
            and type_.value is None
            and not self.profile.wraps_scalars
            and dtypes.is_int(type_.dtype)
        ):
            # Since 0.26 a scalar parameter is itself the symbolic variable.
            symbol = self.symbols.get(name)
            if symbol is None or symbol.dtype != type_.dtype:
                symbol = self.symbols[name] = prim.Var(name, type_.dtype)
            type_ = PrimType(type_.dtype, symbol)
        self._own.add(name)
        self.sizes.define(definable_symbols(type_))
        var = self.variables[name] = Var(name, type_, self.script.span(item))
        return var

    # ---- body

    def body(self, node: ast.FunctionDef, attrs: dict[str, Any] | None = None) -> Function:
        """Read the statements; ``attrs`` are attributes the function has without saying so."""
        *statements, last = _with_output(node.body)
        if not isinstance(last, ast.Return):
            raise self.script.error(last, codes.SYNTAX, "a function ends with return")
        self.bodies.append(Body())
        for statement in statements:
            self._statement(statement)
        result = self._result(last)
        body = self.close(result)
        # Since 0.26 a scalar parameter is a symbolic variable, but none that the result's type is found with.
        types = [param.ty for param in self._params if self.profile.wraps_scalars or not isinstance(param.ty, PrimType)]
        known = {var for type_ in types if type_ is not None for var in symbols(type_)}
        found = _in_signature(body.ty, known, self._params) if body.ty is not None else None
        # A bare R.Tuple says no fields, and TVM lets it stand for tuples of any.
        vague = isinstance(node.returns, ast.Attribute)
        if self._ret is not None and body.ty is not None and not vague and not may_fit(self._ret, body.ty):
            where = node.returns or last
            raise self.script.error(where, codes.TYPE_MISMATCH, f"the result is {body.ty}, annotated {self._ret}")
        # As in TVM, the body's type stands where it says more than the annotation.
        if self._ret is None or (found is not None and is_base_of(self._ret, found)):
            self._ret = found
        if self.private and "global_symbol" in self._attrs:
            problem = "a private function has no global symbol"
            raise self.script.error(node, codes.BAD_ATTRIBUTE, problem, "leave out the attribute, or private=True")
        every = {**(attrs or {}), **self._attrs}
        return Function(self._params, body, self._ret, self._pure, every or None, self.script.span(node))

    def _result(self, node: ast.Return) -> Expr:
        if node.value is None:
            raise self.script.error(node, codes.SYNTAX, "a function returns a value")
        return self.leaf(node.value)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                self._assign(target.id, value, node.annotation, node)
            case ast.Assign(targets=[ast.Name() as target]):
                self._assign(target.id, node.value, None, node)
            case ast.Assign(targets=[ast.Tuple() as target]):
                self._unpack(target, node.value)
            case ast.Expr():
                self._expression(node)
            case ast.With():
                self._with(node)
            case ast.If():
                self._if(node)
            case ast.FunctionDef():
                self._local_function(node)
            case ast.Pass():
                pass
            case ast.Return():
                raise self.script.error(node, codes.SYNTAX, "return must be the last statement of a function")
            case _:
                self.script.unsupported(node, f"{type(node).__name__} statements are not read")

    # ---- statements

    def _assign(self, name: str, value: ast.expr, annotation: ast.expr | None, node: ast.stmt) -> None:
        if annotation is None and self._declaration(name, value):
            return
        stated = self.types.type(annotation) if annotation is not None else None
        if isinstance(value, ast.Call) and dotted(value.func) == "R.match_cast":
            return self._match_cast(name, value, stated, node)
        if isinstance(value, ast.Tuple):
            expr: Expr = self.as_tuple([self.value(item, 1) for item in value.elts], value)
        else:
            found = self.value(value)
            expr = found if isinstance(found, Expr) else self.as_leaf(found, value)
        self.bind(name, expr, stated, annotation or value, self.script.span(node))
        return None

    def _declaration(self, name: str, value: ast.expr) -> bool:
        """Whether a statement declares the module's name, a symbolic variable or a type variable."""
        if isinstance(value, ast.Name) and value.id in self.module.names and value.id not in self.variables:
            self.module.names.add(name)
            return True
        if not isinstance(value, ast.Call):
            return False
        function = dotted(value.func)
        if function == "TypeVar":
            self.symbols[name] = prim.Var(name)
            return True
        dtype = function[2:] if function.startswith("T.") else ""
        if dtype == "var" and len(value.args) == 1 and isinstance(value.args[0], ast.Constant):
            dtype = str(value.args[0].value)
        elif value.args or not dtypes.is_int(dtype) or not dtypes.is_known(dtype):
            return False
        known = self.symbols.get(name)
        if known is not None and name not in self._declared and known.dtype != dtype:
            problem = f"{name} is a dimension of the signature, which is an {known.dtype}"
            raise self.script.error(value, codes.TYPE_MISMATCH, problem)
        if name in self._declared or known is None:
            self.symbols[name] = prim.Var(name, dtype)
        self._declared.add(name)
        return True

    def _match_cast(self, name: str, node: ast.Call, stated: Type | None, statement: ast.stmt) -> None:
        if len(node.args) != 2 or node.keywords:
            raise self.script.error(node, codes.ARITY, "R.match_cast takes a value and a type")
        found = self.value(node.args[0])
        value = found if isinstance(found, Call) else self.as_leaf(found, node.args[0])
        type_ = self.types.type(node.args[1])
        found = type_of(value)
        if found is not None and not may_fit(type_, found):
            raise self.script.error(node, codes.TYPE_MISMATCH, f"a value of type {found} can never be {type_}")
        span = self.script.span(statement)
        var = self.variable(name, stated if stated is not None else type_, span)
        self.emit(MatchCast(var, value, type_, span))
        self.sizes.define(definable_symbols(type_))
        self.define(name, var)

    def _unpack(self, target: ast.Tuple, node: ast.expr) -> None:
        """``a, b = t``: one variable for each field; the fields of a tuple that stands there are bound themselves."""
        if isinstance(node, ast.Tuple | ast.List) and len(node.elts) == len(target.elts):
            pairs = list(zip(target.elts, node.elts, strict=True))
            if all(isinstance(item, ast.Name) and self._declaration(item.id, value) for item, value in pairs):
                return
            values = [self.value(item, 1) for item in node.elts]
            for item, value, where in zip(target.elts, values, node.elts, strict=True):
                self._unpacked(item, value, where)
            return
        source = self.leaf(node)
        type_ = type_of(source)
        if not isinstance(type_, TupleType) or len(type_.fields) != len(target.elts):
            raise self.script.error(
                target, codes.TYPE_MISMATCH, f"{len(target.elts)} names for a value of type {type_}"
            )
        for index, item in enumerate(target.elts):
            self._unpacked(item, TupleGetItem(source, index), item)

    def _unpacked(self, target: ast.expr, value: Value, where: ast.expr) -> None:
        expr = value if isinstance(value, Expr) else self.as_leaf(value, where)
        if isinstance(target, ast.Name):
            return self.bind(target.id, expr, None, where, self.script.span(target))
        if not isinstance(target, ast.Tuple | ast.List):
            raise self.script.error(target, codes.SYNTAX, "expected a name")
        type_ = type_of(expr)
        if not isinstance(type_, TupleType) or len(type_.fields) != len(target.elts):
            problem = f"{len(target.elts)} names for a value of type {type_}"
            raise self.script.error(target, codes.TYPE_MISMATCH, problem)
        source = self.as_leaf(expr, where)
        for index, item in enumerate(target.elts):
            fields = source.fields if isinstance(source, Tuple) else ()
            self._unpacked(item, fields[index] if fields else TupleGetItem(source, index), where)
        return None

    def _expression(self, node: ast.Expr) -> None:
        value = node.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return
        name = dotted(value.func) if isinstance(value, ast.Call) else ""
        if name == "R.func_attr":
            written = self.value(self.one(cast(ast.Call, value)))
            if not isinstance(written, dict):
                raise self.script.error(value, codes.SYNTAX, "expected a dictionary of attributes")
            self._attrs.update(cast("dict[str, Any]", written))
        elif name in _RETURN_TYPES:
            self._ret = self.types.type(self.one(cast(ast.Call, value)))
        else:
            found = self.value(value)
            expr = found if isinstance(found, Expr) else self.as_leaf(found, value)
            if isinstance(expr, Call) and expr.ty is None:
                expr.memo("ty", VOID)
            if type_of(expr) != VOID:
                raise self.script.error(value, codes.SYNTAX, "a value must be bound to a name")
            self.bind("_", expr, VOID, value, self.script.span(node))

    # ---- blocks

    def _with(self, node: ast.With) -> None:
        item = node.items[0]
        block = item.context_expr
        if len(node.items) != 1 or not isinstance(block, ast.Call) or dotted(block.func) != "R.dataflow":
            self.script.unsupported(node, "only R.dataflow() blocks are read")
        if self.dataflow:
            raise self.script.error(node, codes.SYNTAX, "dataflow blocks do not nest")
        last = node.body[-1]
        names = self._output_names(last)
        statements = node.body if names is None else node.body[:-1]
        names = names or []
        body = self.bodies[-1]
        body.close(False)
        outer, body.hidden = body.hidden, []
        self.dataflow = True
        final = _last_bindings(statements)
        for place, statement in enumerate(statements):
            self.outputs = {name for name in names if final.get(name) == place}
            self._statement(statement)
        for name in names:
            if final.get(name) is None:
                raise self.script.error(last, codes.UNDEFINED_NAME, f"the block does not bind {name}")
        self.dataflow, self.outputs = False, set()
        body.close(True, self.script.span(node))
        kept = {name: self.variables[name] for name in names}
        self.restore(body.hidden)
        body.hidden = outer
        for name, var in kept.items():
            self.define(name, var)

    def _output_names(self, node: ast.stmt) -> list[str] | None:
        """What ``R.output`` names; None for another statement: a block without it has no outputs."""
        value = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(value, ast.Call) or dotted(value.func) != "R.output":
            return None
        names = [item.id for item in value.args if isinstance(item, ast.Name)]
        if len(names) != len(value.args) or value.keywords:
            raise self.script.error(node, codes.SYNTAX, "R.output takes names")
        return names

    # ---- branches

    def _if(self, node: ast.If) -> None:
        if self.dataflow:
            raise self.script.error(node, codes.SYNTAX, "a dataflow block has no branches")
        condition = self.leaf(node.test)
        if not node.orelse:
            raise self.script.error(node, codes.SYNTAX, "a branch needs an else")
        name = _bound_name(node.body[-1])
        if not name or _bound_name(node.orelse[-1]) != name:
            raise self.script.error(node, codes.SYNTAX, "both arms must end by binding the same name")
        then, stated = self._arm(node.body, name, f"{name}_then")
        otherwise, stated_else = self._arm(node.orelse, name, f"{name}_else")
        span = self.script.span(node)
        value = If(condition, then, otherwise, span)
        first, second = stated or then.ty, stated_else or otherwise.ty
        type_ = least_upper_bound(first, second) if first is not None and second is not None else first or second
        value.memo("ty", type_)
        var = self.variable(name, type_, span)
        self.emit(VarBinding(var, value, span))
        self.define(name, var)

    def _arm(self, statements: list[ast.stmt], name: str, renamed: str) -> tuple[SeqExpr, Type | None]:
        """One arm: its blocks and what the last statement binds, which is the arm's result; and the annotated type."""
        self.bodies.append(Body())
        before, self.rename = self.rename, None
        for statement in statements[:-1]:
            self._statement(statement)
        self.rename = (name, renamed)
        last = statements[-1]
        result, stated = self._last(last, name)
        self.rename = before
        self.restore(self.bodies[-1].hidden)
        return self.close(result), stated

    def _last(self, node: ast.stmt, name: str) -> tuple[Expr, Type | None]:
        if isinstance(node, ast.Expr):
            self._expression(node)
            return Tuple(()), None
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if value is None or (isinstance(value, ast.Call) and dotted(value.func) == "R.match_cast"):
            self._statement(node)
            return self.variables[name], None
        stated = self.types.type(node.annotation) if isinstance(node, ast.AnnAssign) else None
        found = self.value(value)
        expr = found if isinstance(found, Expr) else self.as_leaf(found, value)
        if is_leaf(expr):
            type_ = type_of(expr)
            if stated is not None and type_ is not None and not may_fit(stated, type_):
                raise self.script.error(
                    node, codes.TYPE_MISMATCH, f"{name} is annotated {stated}, its value is {type_}"
                )
            return expr, stated
        self.bind(name, expr, stated, value, self.script.span(node))
        return self.variables[name], stated

    # ---- local functions

    def _local_function(self, node: ast.FunctionDef) -> None:
        inner = FunctionReader(self.script, self.release, self.module)
        inner.variables, inner.symbols, inner.sizes = dict(self.variables), dict(self.symbols), Symbols(self.sizes)
        type_ = inner.signature(node)
        span = self.script.span(node)
        if type_ is not None:
            var = inner.variables[node.name] = self.variable(node.name, type_, span)
            function = inner.body(node)
        else:
            function = inner.body(node)
            var = self.variable(node.name, function_type(function), span)
        type_of(function)
        self.emit(VarBinding(var, function, span))
        self.define(node.name, var)


def _in_signature(type_: Type, known: set[prim.Var], params: tuple[Var, ...]) -> Type:
    """A type as it reads outside of the body: without the variables that only the body has."""
    if isinstance(type_, TupleType):
        return TupleType(tuple([_in_signature(item, known, params) for item in type_.fields]))
    if isinstance(type_, TensorType) and isinstance(type_.shape, Var) and type_.shape not in params:
        return TensorType(None, type_.dtype, type_.vdevice, type_.ndim)
    if isinstance(type_, PrimType):
        known = {*known, *[var for param in params if isinstance(param.ty, PrimType) for var in symbols(param.ty)]}
    return erase(type_, known)


def _with_output(nodes: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a body; a return at the end of a dataflow block makes outputs of what it names, as in TVM."""
    block = nodes[-1]
    if not isinstance(block, ast.With) or not isinstance(block.body[-1], ast.Return):
        return nodes
    result = block.body[-1]
    values = result.value.elts if isinstance(result.value, ast.Tuple) else [result.value]
    bound = _last_bindings(block.body[:-1])
    names: list[ast.expr] = [item for item in values if isinstance(item, ast.Name) and item.id in bound]
    output = ast.Attribute(ast.Name("R", ast.Load()), "output", ast.Load())
    call = ast.copy_location(ast.Call(output, names, []), result)
    inner = [*block.body[:-1], ast.copy_location(ast.Expr(call), result)]
    return [*nodes[:-1], ast.copy_location(ast.With(block.items, inner), block), result]


def _last_bindings(statements: list[ast.stmt]) -> dict[str, int]:
    """For each name, the place of the last statement that binds it."""
    found: dict[str, int] = {}
    for place, node in enumerate(statements):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = place
        targets = (
            [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []
        )
        for target in targets:
            for item in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(item, ast.Name):
                    found[item.id] = place
    return found


def _bound_name(node: ast.stmt) -> str:
    """The name that a statement at the end of a branch binds; empty when it binds none."""
    match node:
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.If():
            return _bound_name(node.body[-1])
        case ast.Expr(value=ast.Call()):
            # A call without a result: what it gives is bound to nothing.
            return "_"
        case ast.With():
            last = node.body[-1]
            value = last.value if isinstance(last, ast.Expr) else None
            if isinstance(value, ast.Call) and value.args and isinstance(value.args[-1], ast.Name):
                return value.args[-1].id
            return ""
        case _:
            return ""
