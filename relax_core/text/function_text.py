"""How a function of the module is spelled: signature, declarations, blocks, branches, local functions."""

from __future__ import annotations

from collections.abc import Collection
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
from relax_core.text.document import MODULE_NAME, Document
from relax_core.text.expr_text import ExprText
from relax_core.text.literals import string_text
from relax_core.text.names import Names, identifier
from relax_core.text.profiles import Profile
from relax_core.text.scalars import scalar_text
from relax_core.types.builtins import stated_type
from relax_core.types.leaves import VOID, type_of
from tensor_core import codes, prim
from tensor_core.diagnostics import fail
from tensor_core.node import Node
from tensor_core.shapes import Dim, free_vars
from tensor_core.tir.text.printer import print_scalar

MAX_INDENT = 90
"""Python reads at most 100 levels of indentation."""
_STATES_ITS_TYPE = frozenset({"relax.call_tir", "relax.call_dps_packed"})


@dataclass(slots=True)
class _Frame:
    """A function being printed: where its declarations go, and the scope of names they belong to.

    ``met`` are the symbolic variables that its signature meets first; None once the signature stands. ``scalars`` are
    its parameters that are symbolic variables themselves, ``type_vars`` the names declared outside of it.
    """

    head: list[str]
    indent: str
    level: int
    has_alias: bool = False
    is_function: bool = True
    met: set[prim.Var] | None = None
    scalars: frozenset[prim.Var] = frozenset()
    type_vars: dict[prim.Var, str] = field(default_factory=dict[prim.Var, str])


class FunctionText:
    """Prints functions, and by :meth:`alone` any other node. ``type_vars`` are the names of module-level type variables
    so far, in order; ``declared`` are those of the symbolic variables that the last function declares in bodies, which
    are none of ``avoid``.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.profile = document.profile
        self.type_vars: dict[str, None] = {}
        self.declared: set[str] = set()
        self.avoid: Collection[str] = ()
        self._names = Names()
        self._frames: list[_Frame] = []
        self._out: list[str] = []
        self._place: tuple[list[str], str] = ([], "")
        self._types: dict[int, tuple[Type, str]] = {}
        self._touched = False
        self._expr = ExprText(document, self._variable, self._symbol, self._global)

    def print(self, function: Function, name: str, indent: str) -> list[str]:
        """The lines of a global function, without the declarations of its type variables."""
        self.declared.clear()
        attrs = dict(function.attrs or {})
        symbol = attrs.get("global_symbol")
        if symbol == name:
            del attrs["global_symbol"]
        lines, type_vars = self._function(function, identifier(name), indent, attrs, private=symbol is None)
        self.type_vars.update(dict.fromkeys(type_vars))
        return lines

    def alone(self, node: Node | Type) -> list[str]:
        """The lines of an expression, a binding, a block or a type by itself.

        The variables it mentions are declared above it; above a single expression or type only on demand. R2R0407 for
        what has no spelling.
        """
        frame = _Frame([], "", 0, is_function=False)
        self._frames.append(frame)
        self._place = (frame.head, "")
        match node:
            case SeqExpr():
                self._body(node, "", None, returns=False)
            case BindingBlock():
                self._block(node, "")
            case Binding():
                self._binding(node, "")
            case If():
                self._branches(None, node, "")
            case Type():
                self._line(self._expr.type(node))
            case Expr():
                self._line(self._expr.leaf(node))
            case prim.PrimExpr():
                self._line(print_scalar(node, self.document.release))
            case _:
                raise fail(codes.UNPRINTABLE, f"a {type(node).__name__} has no spelling in Relax text")
        self._frames.pop()
        single = isinstance(node, Expr | Type) and not isinstance(node, SeqExpr | If)
        return [*(frame.head if self.document.config.verbose or not single else ()), *self._out]

    # ---- names

    def _variable(self, var: Var) -> str:
        name = self._names.get(var)
        return name if name is not None else self._free(var)

    def _free(self, var: Var) -> str:
        """Declare a variable that is defined elsewhere; in a module it is a fault, which TVM prints all the same.

        A variable without a value has no definition in text: an empty tuple stands for it.
        """
        if var.ty == VOID and self._frames[-1].is_function:
            return "R.tuple()"
        if self.document.module is not None and not self.document.config.exact:
            hint = "the program uses a variable before, or outside, its binding"
            raise fail(codes.ILL_FORMED, f"the variable {var.name} is not bound here", var.span, hint)
        symbol = var.ty.value if isinstance(var.ty, PrimType) else None
        if isinstance(symbol, prim.Var) and not self.profile.wraps_scalars:
            self._symbol(symbol)
            return self._names.alias(var, symbol)
        where, indent = self._place
        type_ = self._type(var)
        name = self._names.define(var, var.name)
        self._line(f"{indent}{name}{type_}", where)
        return name

    def _symbol(self, var: prim.Var) -> str:
        self._touched = True
        name = self._names.get(var)
        return name if name is not None else self._declared(var)

    def _declared(self, var: prim.Var) -> str:
        """Declare a symbolic variable where it is met first: as a type variable, or in the body of its function."""
        frame = self._owner()
        if any(var in item.scalars for item in self._frames) and self.profile.portable:
            raise fail(
                codes.UNPRINTABLE,
                f"the parameter {var.name} is a symbolic variable in some releases and none in others",
                hint="print the module for one release",
            )
        name = self._names.define(var, var.name, frame.level, () if frame.met is not None else self.avoid)
        if frame.met is not None:
            if var in frame.scalars and not self.document.config.exact:
                raise fail(
                    codes.UNPRINTABLE,
                    f"TVM {self.profile.release} reads no type that mentions the parameter {var.name} before it stands",
                    hint="put scalar parameters first",
                )
            frame.met.add(var)
            if self.profile.type_vars and var not in frame.scalars:
                frame.type_vars[var] = name
                return name
        else:
            self.declared.add(name)
        self._line(f"{frame.indent}{name} = T.{var.dtype}()", frame.head)
        return name

    def _global(self, var: GlobalVar) -> str:
        alias = self.document.config.module_alias
        if self.document.module is None:
            return identifier(var.name)
        frame = self._owner()
        if alias and not frame.has_alias:
            frame.has_alias = True
            frame.head.append(f"{frame.indent}{alias} = {MODULE_NAME}")
        return f"{alias or MODULE_NAME}.{identifier(var.name)}"

    def _owner(self) -> _Frame:
        """The function that declares what is met now: the innermost one, or the outermost in the old releases."""
        if self.profile.nested_scope:
            return self._frames[-1]
        return next((frame for frame in self._frames if frame.is_function), self._frames[0])

    def _line(self, line: str, where: list[str] | None = None) -> None:
        self.document.note(line)
        (self._out if where is None else where).append(line)

    # ---- functions

    def _function(
        self, function: Function, name: str, indent: str, attrs: dict[str, Any], private: bool
    ) -> tuple[list[str], list[str]]:
        """The lines of a function, and the names of its type variables."""
        if len(indent) > 4 * MAX_INDENT:
            raise fail(codes.UNPRINTABLE, "functions nest too deep for text", function.span, "lift them out")
        inner = f"{indent}    "
        frame = _Frame([], inner, self._names.enter(), met=set(), scalars=_scalars(function, self.profile))
        self._frames.append(frame)
        place, self._place = self._place, (frame.head, inner)
        signature = f"def {name}{self._signature(function, frame)}"
        frame.met = None
        saved, self._out = self._out, []
        if attrs:
            self._line(f"{inner}R.func_attr({self._expr.dictionary(attrs)})", frame.head)
        self._body(function.body, inner, None)
        type_vars = sorted(frame.type_vars.values())
        if type_vars and self.document.pep695:
            self.document.usage.add("future")
            signature = signature.replace("(", f"[{', '.join(type_vars)}](", 1)
            type_vars = []
        self.document.usage.add("relax")
        if type_vars:
            self.document.usage.add("type_var")
        lines = [f"{indent}{_decorator(function, private)}", f"{indent}{signature}:", *frame.head, *self._out]
        self._out, self._place = saved, place
        self._frames.pop()
        self._names.leave()
        return lines, type_vars

    def _signature(self, function: Function, frame: _Frame) -> str:
        """Parameters and result type; the order is that in which the release names symbolic variables."""
        ret = type_of_result(function)
        first = self.profile.result_first
        result = self._annotation(ret, frame) if first and ret is not None else ""
        params = ", ".join([self._param(param, frame) for param in function.params])
        if not first and ret is not None:
            result = self._annotation(ret, frame)
        text = f"({params})" + (f" -> {result}" if result else "")
        self.document.note(text)
        return text

    def _param(self, param: Var, frame: _Frame) -> str:
        type_ = param.ty
        symbol = type_.value if isinstance(type_, PrimType) and isinstance(type_.value, prim.Var) else None
        if symbol is not None and symbol in frame.scalars and not self.profile.portable:
            # The parameter is the symbolic variable: whichever is met first names both.
            if self._names.get(symbol) is None:
                self._names.define(symbol, param.name)
            self._names.alias(param, symbol)
        else:
            self._names.define(param, param.name)
        annotation = self._annotation(type_, frame) if type_ is not None else self.profile.object_type
        return f"{self._names.get(param)}: {annotation}"

    def _annotation(self, type_: Type, frame: _Frame) -> str:
        return self._expr.type(type_, lambda dim: self._dim(dim, frame))

    def _dim(self, dim: Dim, frame: _Frame) -> str:
        """A dimension of a signature: in quotes where it mentions variables that are not defined yet."""
        if isinstance(dim, int):
            return str(dim)
        text = scalar_text(dim, self._symbol)
        if isinstance(dim, prim.Var):
            quoted = dim in (frame.met or ()) and dim not in frame.type_vars
        else:
            quoted = any(var in (frame.met or ()) for var in free_vars(dim))
            quoted = quoted and not (frame.type_vars and self.document.pep695)
        return string_text(text) if quoted else text

    def _local_function(self, var: Var, function: Function, indent: str) -> None:
        name = self._names.define(var, var.name)
        lines, type_vars = self._function(function, name, indent, dict(function.attrs or {}), private=False)
        for line in (*self.document.header(), *[f'{item} = TypeVar("{item}")' for item in type_vars]):
            self._out.append(f"{indent}{line}")
        self._out += [*lines, ""]

    # ---- bodies

    def _body(self, body: Expr, indent: str, target: Var | None, returns: bool = True) -> None:
        """A body's blocks, then its result: returned, or assigned to ``target`` where it is a branch."""
        place = self._place
        result = body
        if isinstance(body, SeqExpr):
            for block in body.blocks:
                declared: list[str] = []
                self._place, start = (declared, indent), len(self._out)
                self._block(block, indent)
                self._out[start:start] = declared
            result = body.body
        self._place = (self._out, indent)
        if target is not None:
            text = f"{self._assigned(target)} = {self._expr.value(result)}"
        elif target is None and returns:
            text = f"return {self._expr.leaf(result)}"
        else:
            text = self._expr.value(result)
        self._line(f"{indent}{text}")
        self._place = place

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
            type_text = self._type(var) if self.document.config.show_all_types else ""
            text = f"R.match_cast({self._expr.leaf(binding.value)}, {self._expr.type(binding.ty)})"
        elif isinstance(binding, VarBinding):
            value = binding.value
            if isinstance(value, If):
                return self._if(var, value, indent)
            if isinstance(value, Function):
                return self._local_function(var, value, indent)
            text = self._expr.value(value)
            if var.ty == VOID:
                return self._line(f"{indent}{text}")
            if self._is_plain(value, var):
                return self._line(f"{indent}{self._names.define(var, var.name)} = {text}")
            type_text = self._type(var)
        else:
            raise fail(codes.UNPRINTABLE, f"a {type(binding).__name__} has no spelling in Relax text")
        self._names.define(var, var.name)
        return self._line(f"{indent}{self._variable(var)}{type_text} = {text}")

    def _assigned(self, var: Var) -> str:
        """The left-hand side: the variable with its type."""
        return f"{self._variable(var)}{self._type(var)}"

    def _type(self, var: Var) -> str:
        """The annotation of a variable; the text of a type without symbolic variables is kept."""
        type_ = var.ty
        if type_ is None:
            return ""
        known = self._types.get(id(type_))
        if known is not None:
            return known[1]
        self._touched = False
        text = f": {self._expr.type(type_)}"
        if not self._touched:
            self._types[id(type_)] = (type_, text)
        return text

    def _is_plain(self, value: Expr, var: Var) -> bool:
        """Whether the type is left out: TVM does so where the value states it, and where it is asked to."""
        if type(value) is Call:
            states = type(value.op) is Op and value.op.name in _STATES_ITS_TYPE
            return (states or not self.document.config.show_all_types) and self._follows(value, var)
        if isinstance(value, StringImm | DataTypeImm):
            # TVM prints a type for strings that it cannot read.
            return not self.document.config.exact
        return not self.document.config.show_all_types and self._follows(value, var)

    def _follows(self, value: Expr, var: Var) -> bool:
        """Whether a variable's type is the one that its value has by itself."""
        if isinstance(value, Call):
            return var.ty is None or stated_type(value) in (None, var.ty)
        return type_of(value) == var.ty

    def _if(self, var: Var, value: If, indent: str) -> None:
        if len(indent) > 4 * MAX_INDENT:
            raise fail(codes.UNPRINTABLE, "branches nest too deep for text", value.span, "split the function")
        self._names.define(var, var.name)
        self._branches(var, value, indent)

    def _branches(self, var: Var | None, value: If, indent: str) -> None:
        condition = self._expr.leaf(value.cond)
        for keyword, branch in ((f"if {condition}:", value.true_branch), ("else:", value.false_branch)):
            self._line(f"{indent}{keyword}")
            self._names.enter()
            self._body(branch, f"{indent}    ", var, returns=False)
            self._names.leave()


def type_of_result(function: Function) -> Type | None:
    """The declared result type, or else that of the body; None when neither is known."""
    if function.ret_ty is not None:
        return function.ret_ty
    body = function.body
    return type_of(body.body if isinstance(body, SeqExpr) else body)


def _scalars(function: Function, profile: Profile) -> frozenset[prim.Var]:
    """The parameters that are symbolic variables themselves, where the release has such."""
    if profile.wraps_scalars and not profile.portable:
        return frozenset()
    types = [param.ty for param in function.params if isinstance(param.ty, PrimType)]
    return frozenset(type_.value for type_ in types if isinstance(type_.value, prim.Var))


def _decorator(function: Function, private: bool) -> str:
    said = ([] if function.is_pure else ["pure=False"]) + (["private=True"] if private else [])
    return f"@R.function({', '.join(said)})" if said else "@R.function"
