"""tvm.ir.attrs."""

from __future__ import annotations

from typing import Any

from relay_compat.attr_structs import make_attrs, struct_named
from relay_compat.ir.values import DictAttrs, TypedFloat, TypedInt
from tensor_core import codes, prim
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail

__all__ = ["Attrs", "DictAttrs", "make_node"]


def make_node(type_key: str, **kwargs: Any) -> Any:
    """A new object of the kind with this type key: attribute structs of operators, DictAttrs, IntImm and FloatImm.

    R2R0105 for an attribute that the struct does not have or that is missing, R2R0304 for other kinds.
    """
    if struct_named(type_key) is not None:
        return make_attrs(type_key, kwargs)
    if type_key == "DictAttrs":
        return DictAttrs(kwargs)
    if type_key == "IntImm":
        value, dtype = int(kwargs["value"]), str(kwargs["dtype"])
        return prim.Imm(value) if dtype == "int32" else TypedInt(value, dtype)
    if type_key == "FloatImm":
        return TypedFloat(float(kwargs["value"]), str(kwargs["dtype"]))
    raise fail(codes.UNKNOWN_NODE, f"make_node does not know objects of kind {type_key}")
