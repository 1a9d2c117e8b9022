"""Attribute values and types as Relay's text writes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from relay_compat.attr_structs import Struct, struct_named, struct_of
from relay_compat.ir.expr import Op
from relay_compat.ir.types import FuncType, GlobalTypeVar, RefType, TypeCall, TypeVar
from relay_compat.ir.values import BOX, TypedFloat, TypedInt
from relay_compat.json.nodes import kind_of
from relay_compat.text.literals import float_text, scalar_text, string_text
from relay_compat.text.metadata import Metadata
from tensor_core import prim
from tensor_core.attrs import Attrs
from tensor_core.ops.card import REQUIRED, Kind, RelaySpelling
from tensor_core.prim import Imm
from tensor_core.shapes import ANY, Dim
from tensor_core.types import TensorType, TupleType, Type

_DOUBLE_TOLERANCE = 1e-9


class ValuePrinter:
    """Prints attribute values and types; ``show_meta`` is False for the form for reading, which cannot be parsed."""

    def __init__(self, show_meta: bool = True) -> None:
        self.metadata = Metadata()
        self.show_meta = show_meta

    # ------------------------------------------------------------ attributes

    def value(self, value: Any) -> str:
        """One attribute value."""
        if value is None:
            return "None"
        if isinstance(value, str):
            return string_text(value)
        if isinstance(value, bool):
            return "True" if value else "False"
        if isinstance(value, (int, float)):
            return self._number(value)
        if isinstance(value, tuple):
            return f"[{', '.join(map(self.value, cast('tuple[Any, ...]', value)))}]"
        if isinstance(value, Attrs):
            return self._attrs_value(value)
        if isinstance(value, prim.PrimExpr):
            return self._prim(value)
        return self.metadata.refer(value, kind_of(value))

    def _number(self, value: int | float) -> str:
        if isinstance(value, (TypedInt, TypedFloat)):
            if value.kind == BOX:
                return self.metadata.refer(value, "runtime.BoxInt" if isinstance(value, int) else "runtime.BoxFloat")
            return scalar_text(value, value.kind) or (str(int(value)) if isinstance(value, int) else f"{value:f}")
        return str(value) if isinstance(value, int) else float_text(value) + "f"

    def _attrs_value(self, value: Attrs) -> str:
        if self.show_meta:
            return self.metadata.refer(value, value.type_key)
        if value.type_key == "Map":
            return "{" + ", ".join(f"{string_text(key)}={self.value(item)}" for key, item in value.items()) + "}"
        return "{" + ", ".join(f"{key}={self.value(item)}" for key, item in value.items()) + "}"

    def _prim(self, value: prim.PrimExpr) -> str:
        match value:
            case prim.AnyDim():
                return "?"
            case prim.IntImm():
                return scalar_text(value.value, value.dtype) or str(value.value)
            case prim.FloatImm():
                return scalar_text(value.value, value.dtype) or f"{value.value:f}"
            case prim.StringImm():
                return string_text(value.value)
            case _:
                return self.metadata.refer(value, kind_of(value))

    def pairs(self, attrs: Iterable[tuple[str, Any]]) -> list[str]:
        """``name=value`` of the attributes of a function."""
        return [f"{name}={self.value(value)}" for name, value in attrs]

    def call_attrs(self, attrs: Attrs, callee: Any) -> list[str]:
        """The attributes of a call: those that differ from the op's defaults, or a reference to all of them."""
        if isinstance(callee, Op) and callee.card is not None:
            spelling = callee.card.relay
            assert spelling is not None
            if self.show_meta and not (spelling.declared and spelling.attrs_type == attrs.type_key):
                return [self.metadata.refer(attrs, attrs.type_key)]
            return self._changed(attrs, spelling)
        if isinstance(callee, Op):
            return self._uncarded(attrs, struct_of(callee.name))
        struct = struct_named(attrs.type_key)
        written = self.pairs(attrs.items()) if struct is None else self._changed_in(attrs, struct)
        return [*written, f"attrs_type_key={string_text(attrs.type_key)}"]

    def _changed(self, attrs: Attrs, spelling: RelaySpelling) -> list[str]:
        result: list[str] = []
        for field in spelling.fields:
            value = attrs[field.name]
            default = field.default
            if default is REQUIRED or not _is_default(value, default):
                if field.kind is Kind.INT_OR_INTS:
                    result.append(f"{field.name}={self._boxed(value, attrs, field.name)}")
                else:
                    result.append(f"{field.name}={self.value(value)}")
        return result

    def _uncarded(self, attrs: Attrs, struct: Struct | None) -> list[str]:
        """The attributes of an operator that no card knows."""
        if attrs.type_key == "":
            return self.pairs(attrs.items())
        if struct is None or struct.type_key != attrs.type_key or (self.show_meta and not struct.declared):
            return [self.metadata.refer(attrs, attrs.type_key)]
        return self._changed_in(attrs, struct)

    def _changed_in(self, attrs: Attrs, struct: Struct) -> list[str]:
        return [
            f"{name}={self.value(attrs[name])}"
            for name, _ in struct.fields
            if name not in struct.defaults or not _is_default(attrs[name], struct.defaults[name])
        ]

    def _boxed(self, value: Any, attrs: Attrs, name: str) -> str:
        """Integers that the attribute struct holds as boxes, each an object that belongs to this struct."""
        if isinstance(value, tuple):
            items = cast("tuple[Any, ...]", value)
            return f"[{', '.join(self._box(item, attrs, (name, n)) for n, item in enumerate(items))}]"
        return self._box(value, attrs, (name, -1))

    def _box(self, value: Any, attrs: Attrs, place: tuple[str, int]) -> str:
        if not isinstance(value, int):
            return self.value(value)
        return self.metadata.refer(TypedInt(value, BOX), "runtime.BoxInt", (id(attrs), *place), attrs)

    # ------------------------------------------------------------ types

    def type(self, value: Type) -> str:
        """One type."""
        match value:
            case TensorType():
                if not value.shape:
                    return value.dtype
                return f"Tensor[({', '.join(map(self._dim, value.shape))}), {value.dtype}]"
            case TupleType():
                inner = ", ".join(map(self.type, value.fields))
                return f"({inner},)" if len(value.fields) == 1 else f"({inner})"
            case FuncType():
                params = f"[{', '.join(map(self.type, value.type_params))}]" if value.type_params else ""
                return f"fn {params}({', '.join(map(self.type, value.arg_types))}) -> {self.type(value.ret_type)}"
            case TypeCall():
                return f"{self.type(value.func)}[{', '.join(map(self.type, value.args))}]"
            case RefType():
                return f"ref({self.type(value.value)})"
            case TypeVar() | GlobalTypeVar():
                return value.name
            case _:
                return self.metadata.refer(value, "IncompleteType")

    def _dim(self, value: Dim) -> str:
        if type(value) is Imm:
            return str(value)
        return "?" if value is ANY else self.value(value)


def _is_default(value: Any, default: Any) -> bool:
    """Whether TVM takes a value for the default: doubles within 1e-9 (its structural equality)."""
    if value is default or value == default:
        return True
    return isinstance(value, float) and isinstance(default, float) and abs(value - default) < _DOUBLE_TOLERANCE
