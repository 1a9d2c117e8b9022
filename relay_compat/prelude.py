"""The standard definitions that programs with lists and tensor arrays need (tvm.relay.prelude in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relay_compat.analysis import free_vars
from relay_compat.ir.expr import Expr, Function, GlobalVar
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import Any as AnyDim
from relay_compat.ir.types import GlobalTypeVar, TypeCall
from relay_compat.tensor_arrays.dynamic import TensorArrayOps
from relay_compat.tensor_arrays.static import StaticTensorArrayOps, static_name
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import fail

__all__ = ["Prelude", "StaticTensorArrayOps", "TensorArrayOps", "get_tensor_array_shape"]

DTYPES = ("float32", "float16", "float64", "int32", "uint8", "int8", "int16", "uint16", "int64")
"""The element types that tensor arrays are defined for."""


class Prelude:
    """Adds lists, options, trees, tensor arrays and the functions on them to a module.

    ``mod`` is that module; the functions on lists and trees are attributes: ``prelude.map`` is ``@map``.
    """

    id: GlobalVar
    hd: GlobalVar
    tl: GlobalVar
    nth: GlobalVar
    update: GlobalVar
    map: GlobalVar
    foldl: GlobalVar

    def __init__(self, mod: IRModule | None = None) -> None:
        self.mod = IRModule() if mod is None else mod
        self.load_prelude()

    def load_prelude(self) -> None:
        """Add the definitions."""
        self.mod.import_from_std("prelude.rly")
        for dtype in DTYPES:
            TensorArrayOps(self, dtype).register()

    def __getattr__(self, name: str) -> GlobalVar:
        if name != "mod" and name in self.mod:
            return self.mod.get_global_var(name)
        raise AttributeError(f"the prelude defines no {name!r}")

    # ------------------------------------------------------------ tensors of unknown shape

    def get_name(self, canonical: str, dtype: str) -> str:
        """The name of a function, constructor or type ("tensor_t") for an element type."""
        return f"tensor_{dtype}_t" if canonical == "tensor_t" else f"{canonical}_{dtype}"

    def get_global_var(self, canonical: str, dtype: str) -> GlobalVar:
        """A function for an element type; R2R0603 when it is not defined."""
        return self.mod.get_global_var(self.get_name(canonical, dtype))

    def get_type(self, canonical: str, dtype: str) -> GlobalTypeVar:
        """A type for an element type; R2R0103 when it is not defined."""
        return self.mod.get_global_type_var(self.get_name(canonical, dtype))

    def get_ctor(self, ty_name: str, canonical: str, dtype: str) -> Any:
        """A constructor of the type ``ty_name``, or that type itself; R2R0103 when there is none."""
        return self._part(ty_name, self.get_name(canonical, dtype))

    def get_tensor_ctor(self, canonical: str, dtype: str) -> Any:
        """A constructor of tensors of an element type."""
        return self.get_ctor(self.get_name("tensor_t", dtype), canonical, dtype)

    # ------------------------------------------------------------ tensors of a known shape

    def get_name_static(self, canonical: str, dtype: str, shape: Sequence[Any], batch_dim: int | None = None) -> str:
        """The name of a function, constructor or type for a shape."""
        return static_name(canonical, dtype, shape, batch_dim)

    def get_global_var_static(
        self, canonical: str, dtype: str, shape: Sequence[Any], batch_dim: int | None = None
    ) -> GlobalVar:
        """A function for a shape; R2R0603 when it is not defined."""
        return self.mod.get_global_var(static_name(canonical, dtype, shape, batch_dim))

    def get_type_static(self, canonical: str, dtype: str, shape: Sequence[Any]) -> GlobalTypeVar:
        """A type for a shape; R2R0103 when it is not defined."""
        return self.mod.get_global_type_var(static_name(canonical, dtype, shape))

    def get_ctor_static(self, ty_name: str, name: str, dtype: str, shape: Sequence[Any]) -> Any:
        """A constructor of a type for a shape, or that type itself; R2R0103 when there is none."""
        return self._part(static_name(ty_name, dtype, shape), static_name(name, dtype, shape))

    def get_tensor_ctor_static(self, name: str, dtype: str, shape: Sequence[Any]) -> Any:
        """A constructor of tensors of a shape."""
        return self.get_ctor_static("tensor_t", name, dtype, shape)

    def _part(self, type_name: str, name: str) -> Any:
        for part in self.mod.get_type(type_name):
            if part.name == name:
                return part
        raise fail(codes.UNDEFINED_NAME, f"the type {type_name} has no constructor {name}")


def get_tensor_array_shape(expr: Expr, dtype: str, prelude: Prelude) -> tuple[Any, ...] | None:
    """The shape of the elements of a list of tensors, read off its type; None when it is not known.

    The expression becomes the function "main" of the prelude's module. R2R0202 for what is no such list.
    """
    module = prelude.mod
    module["main"] = Function(tuple(free_vars(expr)), expr)
    main = infer_types(module)["main"]
    found = main.body.checked_type
    inner = found.args[0] if isinstance(found, TypeCall) and found.args else None
    if not isinstance(inner, TypeCall) or not isinstance(inner.func, GlobalTypeVar):
        raise fail(codes.TYPE_MISMATCH, f"a list of tensors is expected, and this is a {found}")
    prefix = f"static_tensor_{dtype}_"
    name = inner.func.name
    if not name.startswith(prefix):
        return None
    dims = name.removeprefix(prefix).removesuffix("_t").split("_")
    return () if dims == ["scalar"] else tuple(AnyDim() if dim in ("?", "any") else int(dim) for dim in dims)
