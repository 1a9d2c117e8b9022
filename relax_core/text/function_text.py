"""How a function of the module is spelled: signature, declarations, blocks, branches, local functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    DataTypeImm,
    Expr,
    Function,
    GlobalVar,
    If,
    MatchCast,
    Op,
    SeqExpr,
    StringImm,
    Var,
    VarBinding,
)
from relax_core.ir.types import PrimType, Type
from relax_core.text.expr_text import ExprText
from relax_core.text.names import Names, identifier
from relax_core.text.profiles import RELAX_IMPORT, TYPE_VAR_IMPORT, Profile
from relax_core.text.type_text import signature_dim, type_text
from relax_core.types.leaves import VOID, type_of
from relax_core.types.relations import symbols
from tensor_core import codes, prim
from tensor_core.diagnostics import fail

MAX_INDENT = 90
"""Python reads at most 100 levels of indentation."""
_UNANNOTATED = frozenset({"relax.call_tir", "relax.call_dps_packed"})


@dataclass(slots=True)
class _Frame:
    """A function being printed: where its declarations go, and the scope of names they belong to."""

    head: list[str]
    indent: str
    level: int
    has_alias: bool = False


@dataclass(slots=True)
class FunctionText:
    """Prints one global function. ``type_vars`` are the names of its module-level type variables, in order."""

    profile: Profile
    made_for: str | None = None
    type_vars: list[str] = field(default_factory=list[str])
    _names: Names = field(default_factory=Names)
    _frames: list[_Frame] = field(default_factory=list[_Frame])
    _out: list[str] = field(default_factory=list[str])
    _types: dict[Type, str] = field(default_factory=dict[Type, str])
    _saw_type_vars: bool = False
    _saw_scalars: bool = False
    _expr: ExprText = field(init=False)

    def __post_init__(self) -> None:
        self._expr = ExprText(self.profile, self._variable, self._symbol, self._global, self.made_for)

    def print(self, function: Function, name: str, indent: str) -> list[str]:
        """The lines of a global function."""
        attrs = dict(function.attrs or {})
        symbol = attrs.get("global_symbol")
        if symbol == name:
            del attrs["global_symbol"]
        self._names.enter()
        self.type_vars = self._declare_type_vars(function)
        return self._function(function, identifier(name), indent, attrs, private=symbol is None)

    # ---- names

    def _variable(self, var: Var) -> str:
        name = self._names.get(var)
        if name is None:
            hint = "the program uses a variable before, or outside, its binding"
            raise fail(codes.ILL_FORMED, f"the variable {var.name} is not bound here", var.span, hint)
        return name

    def _symbol(self, var: prim.Var) -> str:
        name = self._names.get(var)
        if name is None:
            frame = self._frames[-1]
            self._saw_scalars = True
            name = self._names.define(var, var.name, frame.level)
            frame.head.append(f"{frame.indent}{name} = T.{var.dtype}()")
        return name

    def _global(self, var: GlobalVar) -> str:
        frame = self._frames[-1 if self.profile.nested_alias else 0]
        if not frame.has_alias:
            frame.has_alias = True
            frame.head.append(f"{frame.indent}cls = Module")
        return f"cls.{identifier(var.name)}"

    def _declare_type_vars(self, function: Function) -> list[str]:
        """Name the symbolic variables of a signature before anything else, where the release declares them outside."""
        if not self.profile.type_vars:
            return []
        for param in function.params:
            if (
                isinstance(param.ty, PrimType)
                and isinstance(param.ty.value, prim.Var)
                and not self._names.get(param.ty.value)
            ):
                self._names.define(param, param.name)
                self._names.alias(param.ty.value, param)
        found = dict.fromkeys(
            var for type_ in _signature_types(function) for var in symbols(type_) if not self._names.get(var)
        )
        self._saw_type_vars |= bool(found)
        return [self._names.define(var, var.name) for var in sorted(found, key=lambda var: var.name)]

    # ---- functions

    def _function(self, function: Function, name: str, indent: str, attrs: dict[str, Any], private: bool) -> list[str]:
        signature = self._signature_type
        inner = f"{indent}    "
        frame = _Frame([], inner, self._names.enter())
        owner = frame if not self._frames or self.profile.type_vars else self._frames[-1]
        # Before TypeVars, a local function's symbolic variables are declared around it, for its signature to see.
        nested = bool(self._frames)
        self._frames.append(owner)
        ret = type_of_result(function)
        result = f" -> {signature(ret, nested)}" if ret is not None else ""
        params = ", ".join([self._param(param, nested) for param in function.params])
        self._frames[-1] = frame
        saved, self._out = self._out, []
        if attrs:
            frame.head.append(f"{inner}R.func_attr({self._expr.dictionary(attrs)})")
        self._body(function.body, inner, None)
        lines = [
            f"{indent}{_decorator(function, private)}",
            f"{indent}def {name}({params}){result}:",
            *frame.head,
            *self._out,
        ]
        self._out = saved
        self._frames.pop()
        self._names.leave()
        return lines

    def _param(self, param: Var, nested: bool) -> str:
        annotation = self._signature_type(param.ty, nested) if param.ty is not None else self.profile.object_type
        name = self._names.get(param) or self._names.define(param, param.name)
        return f"{name}: {annotation}"

    def _signature_type(self, type_: Type, nested: bool) -> str:
        if nested and not self.profile.type_vars:
            return self._expr.type(type_)
        quotes = not self.profile.type_vars
        return type_text(type_, self.profile, signature_dim(self._symbol, quotes))

    def _local_function(self, var: Var, function: Function, indent: str) -> None:
        name = self._names.define(var, var.name)
        self._names.enter()
        type_vars = self._declare_type_vars(function)
        lines = self._function(function, name, indent, dict(function.attrs or {}), private=False)
        self._names.leave()
        imports = [TYPE_VAR_IMPORT] if self._saw_type_vars else []
        if self._saw_scalars or any("T." in line for line in lines):
            imports += self.profile.tir_imports
        self._out += [f"{indent}{line}" for line in (*imports, RELAX_IMPORT, "")]
        self._out += [f'{indent}{name} = TypeVar("{name}")' for name in type_vars]
        self._out += [*lines, ""]

    # ---- bodies

    def _body(self, body: Expr, indent: str, target: Var | None) -> None:
        """A body's blocks, then its result: returned, or assigned to ``target`` where it is a branch."""
        result = body
        if isinstance(body, SeqExpr):
            for block in body.blocks:
                self._block(block, indent)
            result = body.body
        if target is None:
            self._out.append(f"{indent}return {self._expr.leaf(result)}")
        elif target.ty != VOID:
            self._out.append(f"{indent}{self._assigned(target)} = {self._expr.value(result)}")
        else:
            self._out.append(f"{indent}{self._expr.value(result)}")

    def _block(self, block: BindingBlock, indent: str) -> None:
        if not isinstance(block, DataflowBlock):
            for binding in block.bindings:
                self._binding(binding, indent)
        elif block.bindings:
            self._out.append(f"{indent}with R.dataflow():")
            inner = f"{indent}    "
            for binding in block.bindings:
                self._binding(binding, inner)
            shown = [b.var for b in block.bindings if not isinstance(b.var, DataflowVar) and b.var.ty != VOID]
            self._out.append(f"{inner}R.output({', '.join(map(self._variable, shown))})")

    def _binding(self, binding: Binding, indent: str) -> None:
        var = binding.var
        if isinstance(binding, MatchCast):
            text = f"R.match_cast({self._expr.leaf(binding.value)}, {self._expr.type(binding.ty)})"
        elif isinstance(binding, VarBinding):
            value = binding.value
            if isinstance(value, If):
                return self._if(var, value, indent)
            if isinstance(value, Function):
                return self._local_function(var, value, indent)
            text = self._expr.value(value)
            if var.ty == VOID:
                self._out.append(f"{indent}{text}")
                return None
            if _is_unannotated(value):
                self._out.append(f"{indent}{self._names.define(var, var.name)} = {text}")
                return None
        else:
            raise fail(codes.UNPRINTABLE, f"a {type(binding).__name__} has no spelling in Relax text")
        self._names.define(var, var.name)
        self._out.append(f"{indent}{self._assigned(var)} = {text}")
        return None

    def _assigned(self, var: Var) -> str:
        """The left-hand side: the variable with its type."""
        name = self._variable(var)
        type_ = var.ty
        if type_ is None:
            return name
        text = self._types.get(type_)
        if text is None:
            text = self._types[type_] = self._expr.type(type_)
        return f"{name}: {text}"

    def _if(self, var: Var, value: If, indent: str) -> None:
        if len(indent) > 4 * MAX_INDENT:
            raise fail(codes.UNPRINTABLE, "branches nest too deep for text", value.span, "split the function")
        condition = self._expr.leaf(value.cond)
        self._names.define(var, var.name)
        for keyword, branch in ((f"if {condition}:", value.true_branch), ("else:", value.false_branch)):
            self._out.append(f"{indent}{keyword}")
            self._names.enter()
            self._body(branch, f"{indent}    ", var)
            self._names.leave()


def type_of_result(function: Function) -> Type | None:
    """The declared result type, or else that of the body; None when neither is known."""
    if function.ret_ty is not None:
        return function.ret_ty
    body = function.body
    return type_of(body.body if isinstance(body, SeqExpr) else body)


def _signature_types(function: Function) -> Iterator[Type]:
    yield from (param.ty for param in function.params if param.ty is not None)
    result = type_of_result(function)
    if result is not None:
        yield result


def _decorator(function: Function, private: bool) -> str:
    said = ([] if function.is_pure else ["pure=False"]) + (["private=True"] if private else [])
    return f"@R.function({', '.join(said)})" if said else "@R.function"


def _is_unannotated(value: Expr) -> bool:
    # TVM leaves out the type of what states its result type itself; 0.27 prints one for strings that it cannot read.
    if type(value) is Call:
        return type(value.op) is Op and value.op.name in _UNANNOTATED
    return isinstance(value, StringImm | DataTypeImm)
