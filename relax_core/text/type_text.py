"""How types are spelled in annotations. Signatures and bodies differ where symbolic dimensions are strings."""

from __future__ import annotations

from collections.abc import Callable

from relax_core.ir.types import (
    FuncType,
    ObjectType,
    PrimType,
    ShapeType,
    TensorType,
    TupleType,
    Type,
)
from relax_core.text.profiles import Profile
from relax_core.text.scalars import MAX_DEPTH
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.shapes import Dim

DimText = Callable[[Dim], str]


def type_text(type_: Type, profile: Profile, dim: DimText, depth: int = 0) -> str:
    """The annotation of a type in one release, e.g. ``R.Tensor((n, 4), dtype="float32")``."""
    if type(type_) is TensorType:
        return _tensor(type_, profile, dim)
    if depth > MAX_DEPTH:
        raise fail(codes.UNPRINTABLE, "a type nests too deep for text")
    match type_:
        case TupleType():
            inner = [type_text(item, profile, dim, depth + 1) for item in type_.fields]
            return f"R.Tuple({', '.join(inner)})" if inner else "R.Tuple"
        case ShapeType():
            if type_.values is None:
                return f"R.Shape(ndim={type_.ndim})"
            return f"R.Shape([{', '.join(map(dim, type_.values))}])" if type_.values else "R.Shape([])"
        case PrimType():
            return _prim(type_, profile, dim, depth)
        case ObjectType():
            return profile.object_type
        case FuncType():
            return _function(type_, profile, dim, depth)
        case _:
            raise fail(codes.UNPRINTABLE, f"the type {type_} has no spelling in Relax text")


def dtype_text(dtype: str, profile: Profile) -> str:
    """An element type in quotes, under its name in the release."""
    return f'"{profile.dtypes.get(dtype, dtype)}"'


def shape_text(dims: list[str]) -> str:
    """Dimensions as a Python tuple."""
    return f"({dims[0]},)" if len(dims) == 1 else f"({', '.join(dims)})"


def _tensor(type_: TensorType, profile: Profile, dim: DimText) -> str:
    if type_.dims is None:
        return _unknown_shape(type_, profile)
    shape = shape_text([str(item) if isinstance(item, int) else dim(item) for item in type_.dims])
    if not type_.dtype:
        return f"R.Tensor({shape})"
    return f"R.Tensor({shape}, dtype={dtype_text(type_.dtype, profile)})"


def _unknown_shape(type_: TensorType, profile: Profile) -> str:
    said: list[str] = []
    if type_.dtype:
        said.append(f"dtype={dtype_text(type_.dtype, profile)}")
    if type_.ndim >= 0:
        said.append(f"ndim={type_.ndim}")
    return f"R.Tensor({', '.join(said)})" if said else "R.Tensor"


def _prim(type_: PrimType, profile: Profile, dim: DimText, depth: int) -> str:
    if profile.wraps_scalars:
        if type_.value is not None and type_.dtype == "int64":
            return f"R.Prim(value={dim(type_.value)})"
        return f'R.Prim("{type_.dtype}")'
    # 0.27 prints T.int64 inside other types, too, but cannot read it there.
    return f'R.Prim("{type_.dtype}")' if depth else f"T.{type_.dtype}"


def _function(type_: FuncType, profile: Profile, dim: DimText, depth: int) -> str:
    if type_.params is None:
        return "R.Callable"
    params = [type_text(item, profile, dim, depth + 1) for item in type_.params]
    inner = f"({params[0]},)" if len(params) == 1 else f"({', '.join(params)})"
    return f"R.Callable({inner}, {type_text(type_.ret, profile, dim, depth + 1)}, {type_.pure})"
