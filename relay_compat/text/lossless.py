"""The lossless form of Relay's text: what the compatible form changes is written so that reading gives it back.

It is marked by ``#[lossless]`` behind the version and read by the same parser. Beyond the compatible form:

- names keep their spelling, in backquotes unless they are identifiers; equal ones of different variables are told apart
  by a number (``%x#1``), and one token means one variable throughout the text; ``%x#1~2`` is another object with the
  identity of ``%x#1``, as passes of TVM make them;
- numbers have all their digits; scalars that no literal can say go to the metadata section;
- ``f[int32](%x)`` states type arguments, ``attrs_type_key`` the attribute struct of an operator's call where it is not
  the operator's own (``None``: no attributes at all);
- ``constructor Nil`` is a constructor without fields that is not called, ``type List`` a data type not applied,
  ``[A=1]`` a type parameter of another kind, ``attributes {...}`` the attributes of the module, ``extern type`` an
  opaque data type; any variable can have a virtual device; spans state where they end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from relay_compat.attr_structs import struct_named, struct_of
from relay_compat.ir.adt import Constructor, Match, Pattern, PatternConstructor
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    Id,
    If,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    RelayExpr,
    Var,
)
from relay_compat.ir.types import FuncType, GlobalTypeVar, Type, TypeCall, TypeData, TypeKind, TypeVar
from relay_compat.ir.values import BOX, TypedFloat, TypedInt, integer_kind
from relay_compat.text.literals import SUFFIXES, name_text, string_text
from relay_compat.text.placing import PlacingPrinter
from relay_compat.text.print_exprs import ANNOTATED, count_uses, indented, operands
from relay_compat.text.tokens import KEYWORDS
from tensor_core import dtypes, prim
from tensor_core.attrs import Attrs
from tensor_core.module import IRModule
from tensor_core.ops.card import REQUIRED
from tensor_core.ops.registry import registry
from tensor_core.prim import Imm
from tensor_core.shapes import ANY, Dim
from tensor_core.spans import Span
from tensor_core.trampoline import Steps

_LARGEST = float(np.finfo("float32").max)
_BOXED = "relay.attrs.SplitAttrs"
_WITH_SPANS: tuple[type[RelayExpr], ...] = (*ANNOTATED, If, Match, RefCreate, RefRead, RefWrite)


class LosslessPrinter(PlacingPrinter):
    """Prints expressions, types and attributes in the lossless form."""

    def __init__(self, module: IRModule | None = None) -> None:
        super().__init__()
        self._tokens: dict[tuple[str, str], int] = {}
        self._identities: dict[Id, tuple[str, int]] = {}
        self._type_vars: dict[TypeVar, str] = {}
        self._headers: set[str] = set()
        self._constructors: set[str] = set()
        for data in module.type_definitions.values() if module is not None else ():
            self._headers.add(data.header.name)
            self._tokens["", data.header.name] = 1
            self._constructors |= {constructor.name for constructor in data.constructors}

        if module is not None:
            self._uses = count_uses(cast("list[Expr]", list(module.functions.values())))

    def begin(self, root: Expr) -> None:
        """Start on a function or expression; the functions of a module may share nodes."""
        if self._uses is None:
            super().begin(root)

    def definition_of(self, name: str, function: Function) -> Steps[str]:
        """The definition of a function of the module."""
        text = yield self.function(function, f"def @{name_text(name)}")
        return text + self._comment(function)

    # ------------------------------------------------------------ names

    def _fresh(self, sigil: str, name: str) -> str:
        """The token of a new variable: the first one of a name has no number."""
        number = self._tokens.get((sigil, name), 0)
        self._tokens[sigil, name] = number + 1
        text = f"{sigil}{name_text(name) if sigil else self._name(name)}"
        return f"{text}#{number}" if number else text

    def _token(self, var: Var) -> str:
        known = self._identities.get(var.identity) if var.identity is not None else None
        if known is None:
            token = self._fresh("%", var.name)
            if var.identity is not None:
                self._identities[var.identity] = (token, 0)
            return token
        token, number = known[0], known[1] + 1
        self._identities[cast(Id, var.identity)] = (token, number)
        return f"{token}{'' if '#' in token.rpartition('`')[2] else '#0'}~{number}"

    def _name(self, name: str) -> str:
        return f"`{string_text(name)[1:-1]}`" if name in KEYWORDS else name_text(name)

    def _declare(self, var: Var) -> str:
        text = self._texts.get(var)
        if text is None:
            text = self._texts[var] = self._token(var)
        if var.virtual_device is not None:
            text += f" {{virtual_device={self.value(var.virtual_device)}}}"
        if var.type_annotation is not None:
            text += f": {self.type(var.type_annotation)}"
        return text + self._comment(var)

    def _leaf(self, expr: Expr) -> None:
        if isinstance(expr, GlobalVar):
            self._texts[expr] = f"@{name_text(expr.name)}"
        elif isinstance(expr, Constant):
            text = _scalar(expr.data)
            self._texts[expr] = text or self.metadata.refer(expr, "relay.Constant")
        elif isinstance(expr, Op):
            plain = all(part in KEYWORDS or name_text(part) == part for part in expr.name.split("."))
            self._texts[expr] = expr.name if plain and expr.name not in KEYWORDS else self._name(expr.name)
        elif isinstance(expr, Constructor):
            self._texts[expr] = self._constructor(expr, bare=not expr.inputs)
        else:
            super()._leaf(expr)

    def _constructor(self, constructor: Constructor, bare: bool = False) -> str:
        if constructor.name not in self._constructors:
            return self.metadata.refer(constructor, "relay.Constructor")
        name = self._name(constructor.name)
        if name in registry().by_relay:
            name = f"`{name}`"
        return f"constructor {name}" if bare else name

    def _pattern(self, pattern: Pattern) -> str:
        if not isinstance(pattern, PatternConstructor):
            return super()._pattern(pattern)
        fields = f"({', '.join(map(self._pattern, pattern.patterns))})" if pattern.patterns else ""
        return self._constructor(pattern.constructor) + fields

    # ------------------------------------------------------------ expressions

    def _operands_of(self, expr: Expr) -> Iterator[Expr]:
        """Expressions in attributes are operands as well, so that their variables stay those of the program."""
        if isinstance(expr, Call) and expr.attrs is not None:
            yield from (
                value for value in expr.attrs.values() if isinstance(value, Expr) and not isinstance(value, Constant)
            )
        yield from operands(expr)

    def _project(self, text: str, index: int) -> str:
        return f"{text}.{index}" if text[1:].isdigit() and text[0] == "%" else f"({text}).{index}"

    def _call(self, call: Call) -> str:
        args = [self._operand(arg) for arg in call.args]
        args += self._attributes(call)
        callee = call.op
        types = ""
        if call.type_args and not isinstance(callee, Op):
            types = f"[{', '.join(map(self.type, call.type_args))}]"
        if isinstance(callee, Constructor):
            name = self._constructor(callee)
            return (
                name
                if not args and not types and not callee.inputs and name[0] != "m"
                else f"{name}{types}({', '.join(args)})"
            )
        text = self._operand(callee)
        return f"{text}{types}({', '.join(args)})"

    def _comment(self, expr: Expr) -> str:
        if not isinstance(expr, _WITH_SPANS):
            return ""
        type_ = f" ty={self.type(expr.checked)}" if expr.checked is not None and isinstance(expr, ANNOTATED) else ""
        declared = expr.span.declared if expr.span is not None else None
        place = f" span={_place(declared)}" if declared is not None and "*/" not in declared.source else ""
        return f" /*{type_}{place} */" if type_ or place else ""

    def function(self, function: Function, prefix: str) -> Steps[str]:
        """A function behind ``fn`` or ``def @name``."""
        generics = self._type_params(function.type_params)
        params = [self._declare(param) for param in function.params]
        params += [f"{self._key(name)}={self.value(value)}" for name, value in function.attrs.items()]
        if function.virtual_device is not None:
            params.append(f"virtual_device={self.value(function.virtual_device)}")
        result = f"-> {self.type(function.ret_type)} " if function.ret_type is not None else ""
        body = yield self._body(function.body)
        return f"{prefix}{generics}({', '.join(params)}) {result}{body}"

    # ------------------------------------------------------------ attributes

    def _key(self, name: str) -> str:
        parts = name.split(".")
        plain = all(name_text(part) == part for part in parts) and name not in KEYWORDS
        return name if plain else self._name(name)

    def _attributes(self, call: Call) -> list[str]:
        attrs = call.attrs
        own = _own_struct(call.op)
        if attrs is None:
            return ["attrs_type_key=None"] if own is not None else []
        if isinstance(attrs, dict):
            attrs = Attrs("DictAttrs", {"__dict__": Attrs("Map", attrs)})
        struct = struct_named(attrs.type_key)
        written: list[str] = []
        for name, value in attrs.items():
            default = struct.defaults.get(name, REQUIRED) if struct is not None else REQUIRED
            if not _exactly(value, default):
                written.append(f"{self._key(name)}={self._field(value, attrs.type_key == _BOXED)}")
        if attrs.type_key != own and not (isinstance(call.op, Op) and attrs.type_key == ""):
            written.append(f"attrs_type_key={string_text(attrs.type_key)}")
        return written

    def _field(self, value: Any, boxed: bool) -> str:
        if _is_operand(value):
            return self._operand(value)
        if boxed and isinstance(value, int):
            return str(int(value))
        if boxed and isinstance(value, tuple):
            return f"[{', '.join(str(int(item)) for item in cast('tuple[int, ...]', value))}]"
        return self.value(value)

    def value(self, value: Any) -> str:
        """One attribute value, exactly."""
        if isinstance(value, float):
            return self._float(value)
        if isinstance(value, int) and not isinstance(value, bool):
            kind = integer_kind(value)
            if kind in SUFFIXES:
                return f"{int(value)}{SUFFIXES[kind]}"
            return self.metadata.refer(value, "runtime.BoxInt" if kind == BOX else "IntImm")
        if isinstance(value, prim.PrimExpr) and not isinstance(value, prim.StringImm):
            from relay_compat.json.nodes import kind_of

            return self.metadata.refer(value, kind_of(value))
        return super().value(value)

    def _float(self, value: float) -> str:
        kind = value.kind if isinstance(value, TypedFloat) else "float32"
        if kind not in SUFFIXES:
            return self.metadata.refer(value, "runtime.BoxFloat" if kind == BOX else "FloatImm")
        if kind == "float32" and math.isfinite(value) and abs(value) > _LARGEST:
            kind = "float64"
        return f"{_digits(float(value))}{SUFFIXES[kind]}"

    # ------------------------------------------------------------ types

    def type(self, value: Type) -> str:
        """One type."""
        match value:
            case TypeVar():
                return self._type_vars.get(value) or self.metadata.refer(value, "TypeVar")
            case GlobalTypeVar():
                return f"type {self._name(value.name)}" if value.name in self._headers else self._undefined(value)
            case TypeCall():
                func = value.func
                named = isinstance(func, GlobalTypeVar) and func.name in self._headers
                head = self._name(func.name) if named and isinstance(func, GlobalTypeVar) else self.type(func)
                return f"{head}[{', '.join(map(self.type, value.args))}]"
            case FuncType() if value.type_constraints:
                return self.metadata.refer(value, "FuncType")
            case FuncType():
                params = self._type_params(value.type_params)
                return f"fn {params}({', '.join(map(self.type, value.arg_types))}) -> {self.type(value.ret_type)}"
            case _:
                return super().type(value)

    def _undefined(self, value: GlobalTypeVar) -> str:
        return self.metadata.refer(value, "GlobalTypeVar")

    def _type_params(self, params: tuple[TypeVar, ...]) -> str:
        """``[A, B]``, after which these variables have names; nothing when there are none."""
        texts: list[str] = []
        for var in params:
            token = self._type_vars.get(var)
            if token is None:
                token = self._type_vars[var] = self._fresh("", var.name)
            texts.append(token if var.kind == TypeKind.Type else f"{token}={int(var.kind)}")
        return f"[{', '.join(texts)}]" if texts else ""

    def _dim(self, value: Dim) -> str:
        if isinstance(value, Imm):
            kind = integer_kind(value)
            return (
                f"{int(value)}{SUFFIXES[kind]}"
                if kind in ("int32", "int64") and value >= 0
                else self.metadata.refer(value, "IntImm")
            )
        return "?" if value is ANY else self.value(value)

    # ------------------------------------------------------------ definitions

    def definition(self, data: TypeData) -> str:
        """The definition of a data type."""
        params = self._type_params(data.type_vars)
        lines = "\n".join(f"{self._alternative(constructor)}," for constructor in data.constructors)
        keyword = "extern type" if data.extern else "type"
        return f"{keyword} {self._name(data.header.name)}{params} {{{indented(lines)}\n}}\n"

    def _alternative(self, constructor: Constructor) -> str:
        inputs = f"({', '.join(map(self.type, constructor.inputs))})" if constructor.inputs else ""
        return self._constructor(constructor) + inputs

    def module_attributes(self, attrs: dict[str, Any]) -> str:
        """The attributes of the module."""
        return f"attributes {{{', '.join(f'{self._key(name)}={self.value(item)}' for name, item in attrs.items())}}}\n"


def _is_operand(value: Any) -> bool:
    return isinstance(value, Expr) and not isinstance(value, Constant)


def _own_struct(callee: Expr) -> str | None:
    """The struct that reading gives the attributes of a call of this operator."""
    if not isinstance(callee, Op):
        return None
    if callee.card is not None:
        assert callee.card.relay is not None
        return callee.card.relay.attrs_type
    struct = struct_of(callee.name)
    return None if struct is None else struct.type_key


def _exactly(value: Any, default: Any) -> bool:
    if isinstance(default, tuple):
        if not isinstance(value, tuple):
            return False
        ours, theirs = cast("tuple[Any, ...]", value), cast("tuple[Any, ...]", default)
        return len(ours) == len(theirs) and all(_exactly(*pair) for pair in zip(ours, theirs, strict=True))
    if isinstance(value, bool) or isinstance(default, bool):
        return value is default
    if isinstance(value, int) and isinstance(default, int):
        return value == default and not isinstance(value, TypedInt)
    if isinstance(value, float) and isinstance(default, float):
        return value == default and math.copysign(1, value) == math.copysign(1, default)
    return type(value) is type(default) and isinstance(value, (str, type(None))) and value == default


def _scalar(data: np.ndarray) -> str | None:
    """A rank-0 constant as a literal that says its bits; None for one that none says."""
    dtype = dtypes.from_numpy(data.dtype)
    if data.ndim or (dtype not in SUFFIXES and dtype != "bool"):
        return None
    if dtype == "bool":
        return str(bool(data))
    if dtype.startswith("int"):
        return f"{int(data)}{SUFFIXES[dtype]}"
    value: Any = data[()]
    return None if np.isnan(data) else _digits(value) + SUFFIXES[dtype]


def _digits(value: Any) -> str:
    """The shortest digits that mean this number among those of its width."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return str(value)


def _place(span: Span) -> str:
    end = f"-{span.end_line}:{span.end_column}" if span.end_line or span.end_column else ""
    return f"{span}{end}"
