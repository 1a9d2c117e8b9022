"""How expressions and calls are spelled, given names for variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import (
    Call,
    Constant,
    DataTypeImm,
    Expr,
    ExternFunc,
    GlobalVar,
    Op,
    PrimValue,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.ir.global_info import VDevice
from relax_core.ir.types import TupleType, Type
from relax_core.text.document import Document
from relax_core.text.info_text import device_text
from relax_core.text.literals import constant_text, exact_string_text, float_text, reads_back, string_text
from relax_core.text.scalars import MAX_DEPTH, scalar_text
from relax_core.text.spelled import for_release
from relax_core.text.type_text import DimText, TypeText, dtype_text
from relax_core.types.builtins import stated_type
from tensor_core import codes, prim
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.releases import older
from tensor_core.shapes import Dim
from tensor_core.tir.expr import IndexMap
from tensor_core.tir.text.printer import index_map_text

# Attributes that hold FloatImm nodes, not floats, in TVM's attribute structs.
_FLOAT_NODES = frozenset({"roi", "scale"})
_PLACED = frozenset({"relax.memory.alloc_tensor", "relax.vm.alloc_tensor"})
_FORMATTED = frozenset({"relax.assert_op", "relax.print"})
_RESULT_TYPED = frozenset(
    {
        "relax.call_dps_packed", "relax.call_py_func", "relax.call_tir", "relax.call_tir_inplace",
        "relax.call_tir_with_grad", "relax.dist.call_tir_local_view",
    }
)  # fmt: skip
_CLOSURES = frozenset({"relax.invoke_closure", "relax.invoke_pure_closure"})
_PACKED = frozenset({"relax.call_pure_packed", "relax.call_inplace_packed", "relax.call_builtin_with_ctx"})


class ExprText:
    """Spells expressions for one release. ``symbol`` names symbolic variables, ``function`` module functions."""

    def __init__(
        self,
        document: Document,
        name: Callable[[Var], str],
        symbol: Callable[[prim.Var], str],
        function: Callable[[GlobalVar], str],
    ) -> None:
        self.document = document
        self.profile = profile = document.profile
        self._name = name
        self._symbol = symbol
        self._function = function
        self._types = TypeText(document, self.leaf)
        self._flat: Mapping[type, Callable[[Any], str]] = {
            Constant: self._constant,
            ShapeExpr: lambda expr: f"R.shape([{', '.join(map(self.dim, expr.values))}])",
            PrimValue: self._prim_value,
            StringImm: lambda expr: f"R.str({self._string(expr.value)})",
            DataTypeImm: lambda expr: f"R.dtype({dtype_text(expr.value, profile)})",
            GlobalVar: function,
            ExternFunc: lambda expr: f"R.ExternFunc({string_text(expr.name)})",
        }

    # ---- leaves

    def leaf(self, expr: Expr, depth: int = 0) -> str:
        """An argument or a result."""
        if isinstance(expr, Var):
            return self._name(expr)
        spell = self._flat.get(type(expr))
        return spell(expr) if spell else self._nested(expr, depth)

    def value(self, expr: Expr) -> str:
        """The right-hand side of a binding: tuples stand without brackets."""
        if type(expr) is Call:
            return self.call(expr)
        if type(expr) is Tuple and len(expr.fields) > 1:
            return ", ".join([self.leaf(item, 1) for item in expr.fields])
        return self.leaf(expr)

    def _nested(self, expr: Expr, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise self._refused(expr, "nests too deep for text")
        match expr:
            case Tuple():
                items = [self.leaf(item, depth + 1) for item in expr.fields]
                if not items:
                    return "R.tuple()"
                return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
            case TupleGetItem():
                return f"{self.leaf(expr.tuple_value, depth + 1)}[{expr.index}]"
            case Call():
                return self.call(expr, depth + 1)
            case _:
                raise self._refused(expr, "cannot stand inside another expression")

    def _refused(self, expr: Expr, problem: str) -> DiagnosticError:
        span = getattr(expr, "span", None)
        return fail(codes.UNPRINTABLE, f"a {type(expr).__name__} {problem}", span, hint="normalise the module first")

    def _prim_value(self, expr: PrimValue) -> str:
        value = expr.value
        if isinstance(value, prim.IntImm) and value.dtype == "bool":
            # The old releases read a plain truth value as an int64.
            plain = not self.profile.wraps_scalars or self.document.config.exact
            text = str(bool(value.value)) if plain else f"T.bool({bool(value.value)})"
        else:
            text = scalar_text(value, self._symbol)
        return f"R.prim_value({text})" if self.profile.wraps_scalars else text

    def _string(self, value: str) -> str:
        """A string; TVM's own printer moves those of several lines into the metadata section."""
        if not self.document.config.exact:
            return string_text(value)
        if "\n" in value and self.profile.lines:
            return self.document.reference(self.profile.lines, value)
        return exact_string_text(value)

    def _constant(self, expr: Constant) -> str:
        if self.document.config.refers and expr.data.ndim:
            return self.document.reference(self.profile.constants, expr)
        return constant_text(expr.data, expr.span)

    def _array(self, array: np.ndarray[Any, Any]) -> str:
        """An array among attributes: that of a constant. R2R0406 for one that text does not say to the bit, R2R0407
        where releases differ.
        """
        if self.document.config.refers:
            return self.document.reference(self.profile.arrays, array)
        if self.profile.portable:
            problem = "an array among attributes is not spelled alike in all releases"
            raise fail(codes.UNPRINTABLE, problem, hint="print it for one release")
        if not reads_back(array):
            problem = f"an array of {array.size} elements among attributes is not said in text"
            raise fail(codes.TEXT_CONSTANT, problem, hint="print it with show_meta, or take the attribute away")
        return f"{constant_text(array)}.{self.profile.elements}"

    # ---- parts

    def dim(self, dim: Dim) -> str:
        """A dimension outside a signature."""
        return str(dim) if isinstance(dim, int) else scalar_text(dim, self._symbol)

    def type(self, type_: Type, dim: DimText | None = None) -> str:
        """A type outside a signature, or with its own spelling of dimensions."""
        return self._types.type(type_, dim or self.dim)

    def attribute(self, name: str, value: Any) -> str:
        """The value of an attribute of an operator or a function. R2R0407 for a type that text cannot say."""
        kind = cast("type[object]", type(value))
        if name.endswith("dtype") and (value is None or kind is str):
            return self.profile.unset_dtype if value in (None, "", "void") else dtype_text(value, self.profile)
        if kind is str:
            return self._string(value)
        if issubclass(kind, int) or value is None:
            return str(value)
        if kind is float:
            return f"T.float32({float_text(value)})" if name in _FLOAT_NODES else float_text(value)
        if kind is tuple or kind is list:
            return f"[{', '.join([self.attribute(name, item) for item in cast('Sequence[Any]', value)])}]"
        if isinstance(value, prim.IntImm):
            return str(bool(value.value) if value.dtype == "bool" else value.value)
        if isinstance(value, prim.PrimExpr):
            return scalar_text(value, self._symbol)
        if isinstance(value, IndexMap):
            return index_map_text(value, self.profile.release)
        if isinstance(value, Type):
            return self.type(value)
        if isinstance(value, VDevice):
            return device_text(value, self.document)
        if isinstance(value, Mapping):
            return self.dictionary(cast("Mapping[str, Any]", value))
        if isinstance(value, Expr):
            return self.leaf(value)
        if isinstance(value, np.ndarray):
            return self._array(cast("np.ndarray[Any, Any]", value))
        raise fail(
            codes.UNPRINTABLE, f"the attribute {name} has a value of type {kind.__name__}, which text cannot say"
        )

    def dictionary(self, items: Mapping[str, Any], boxed: bool = False) -> str:
        """Attributes by name, sorted as TVM sorts them; ``boxed``: truth values as ``T.bool(...)``."""
        inner: list[str] = []
        for key, value in sorted(items.items()):
            text = f"T.bool({value})" if boxed and isinstance(value, bool) else self.attribute("", value)
            inner.append(f"{string_text(key)}: {text}")
        return f"{{{', '.join(inner)}}}"

    # ---- calls

    def call(self, expr: Call, depth: int = 0) -> str:
        """A call of an operator, a function of the module, a closure or an external function."""
        callee = expr.op
        if type(callee) is Op:
            return self._op_call(callee, expr, depth)
        args = [self.leaf(arg, depth + 1) for arg in expr.args]
        if type(callee) is ExternFunc:
            inner = [string_text(callee.name), *args, *self._attributes(expr), *self._type_args(expr)]
            return f"R.call_packed({', '.join(inner)})"
        return f"{self.leaf(callee, depth + 1)}({', '.join(args)})"

    def _op_call(self, callee: Op, expr: Call, depth: int) -> str:
        name = callee.name
        if name in _PLACED:
            expr = self._placed(expr)
        if callee.card is not None:
            expr = for_release(expr, callee.card, self.profile.release, self.document.made_for)
        exact = self.document.config.exact
        path = name.removeprefix("relax.") if exact else self.profile.ops.get(name) or name.removeprefix("relax.")
        if name in _RESULT_TYPED:
            args = self._result_typed(expr, depth)
        elif name == "relax.hint_on_device":
            args = self._hint(expr, depth)
        elif name in _FORMATTED:
            args = self._formatted(expr, depth)
        else:
            args = [self.leaf(arg, depth + 1) for arg in expr.args]
            if name in _PACKED and expr.args and isinstance(expr.args[0], ExternFunc):
                args[0] = string_text(expr.args[0].name)
            if name in self.profile.keyword_operands and not exact:
                keywords = self.profile.keyword_operands[name]
                args = [f"{keywords[n]}={arg}" if n in keywords else arg for n, arg in enumerate(args)]
            if expr.attrs is not None:
                args += self._attributes(expr)
            if expr.ty_args:
                args += self._type_args(expr)
        if not name.startswith("relax."):
            prefix = "" if self.profile.wraps_scalars else "T."
            return f"{prefix}{name}({', '.join(args)})"
        return f"R.{path}({', '.join(args)})"

    def _placed(self, expr: Call) -> Call:
        """Allocations without the number of a device, which they have from 0.23 on, where the release has none."""
        old = self.profile.portable or older(self.profile.release, "0.23")
        if not old or len(expr.args) != 5:
            return expr
        device = expr.args[4]
        if not isinstance(device, PrimValue) or not isinstance(device.value, prim.IntImm) or device.value.value:
            problem = f"TVM {self.profile.release} cannot say on which device memory is taken"
            raise fail(codes.UNPRINTABLE, problem, expr.span, "allocate on the first device")
        return expr.replace(args=expr.args[:4])

    def _attributes(self, expr: Call) -> list[str]:
        if expr.attrs is None:
            return []
        attribute = self.attribute
        return [f"{key}={attribute(key, value)}" for key, value in expr.attrs.items()]

    def _type_args(self, expr: Call) -> list[str]:
        if not expr.ty_args:
            return []
        types = [self.type(item) for item in expr.ty_args]
        if isinstance(expr.op, Op) and expr.op.name in _CLOSURES and not self.document.config.exact:
            # Called, since these do not call it themselves as others do.
            types = [f"{text}()" if text == self.profile.object_type else text for text in types]
        inner = f"({types[0]},)" if len(types) == 1 else f"({', '.join(types)})"
        if self.profile.portable:
            return [self._portable_types(expr, types)]
        return [f"{self.profile.types_keyword}={inner}"]

    def _portable_types(self, expr: Call, types: list[str]) -> str:
        """Result types by place, where a function takes them so; their keyword has changed with TVM 0.26."""
        name = expr.op.name if isinstance(expr.op, Op) else "call_packed"
        if not name.startswith(("relax.invoke_closure", "relax.invoke_pure_closure")) or len(types) != 1:
            raise fail(
                codes.UNPRINTABLE,
                f"no text that all releases read states the result types of {name.removeprefix('relax.')}",
                expr.span,
                hint="leave the type out and match_cast the result",
            )
        return types[0]

    def _result_typed(self, expr: Call, depth: int) -> list[str]:
        """``call_tir(function, (arguments,), out_ty=type)`` and its kin."""
        first, *rest = expr.args
        name = first.name if isinstance(first, ExternFunc) else first.value if isinstance(first, StringImm) else None
        args = [self.leaf(first, depth + 1) if name is None else string_text(name)]
        args += [self.leaf(arg, depth + 1) for arg in rest[:1]]
        result = stated_type(expr)
        attributes = [item for item in self._attributes(expr) if item != "te_grad_kwargs=None"]
        if result is not None:
            many = isinstance(result, TupleType) and len(result.fields) > 0
            text = f"[{', '.join(map(self.type, result.fields))}]" if many else self.type(result)  # type: ignore[union-attr]
            if self.profile.portable:
                # By place, behind the places of results in arguments, which come first there.
                args += [item.partition("=")[2] for item in attributes if item.startswith("inplace_indices=")]
                attributes = [item for item in attributes if not item.startswith("inplace_indices=")]
                args.append(text)
            else:
                args.append(f"{self.profile.result_keyword}={text}")
        if len(rest) > 1:
            if not self.profile.kernel_scalars or self.profile.portable:
                raise fail(
                    codes.UNPRINTABLE,
                    f"TVM {self.profile.release} does not take symbolic dimensions beside a kernel's arguments",
                    expr.span,
                    hint="pass them as scalar arguments of the kernel",
                )
            places = [item for item in attributes if item.startswith("inplace_indices=")]
            attributes = [item for item in attributes if item not in places]
            args += [*places, f"tir_vars={self.leaf(rest[1], depth + 1)}"]
        return args + attributes

    def _hint(self, expr: Call, depth: int) -> list[str]:
        """``hint_on_device(value, R.device(...), scope)``; before 0.23 the scope could not be said."""
        attrs: Mapping[str, Any] = expr.attrs if expr.attrs is not None else {}
        kind, index = attrs.get("device_type", attrs.get("dev_type")), attrs.get("index", attrs.get("dev_id", 0))
        scope = attrs.get("memory_scope", "global")
        value = self.leaf(expr.args[0], depth + 1)
        if self.profile.device_scope:
            return [value, f"R.device(device_type={kind}, index={index})", string_text(scope)]
        if self.profile.portable and scope == "global":
            return [value, f"R.device({kind}, {index})"]
        if scope != "global":
            raise fail(codes.UNPRINTABLE, f"TVM {self.profile.release} cannot say the memory scope {scope}", expr.span)
        return [value, f"R.device(dev_type={kind}, dev_id={index})"]

    def _formatted(self, expr: Call, depth: int) -> list[str]:
        """``print`` and ``assert_op``, whose format string stands among the arguments."""
        args = [self.leaf(arg, depth + 1) for arg in expr.args]
        place = next((n for n, arg in enumerate(expr.args) if isinstance(arg, StringImm)), None)
        if place is not None:
            args.append(f"format={args.pop(place)}")
        return args
