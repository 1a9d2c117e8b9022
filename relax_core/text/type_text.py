"""How types are spelled in annotations. Signatures and bodies differ where symbolic dimensions are strings."""

from __future__ import annotations

from collections.abc import Callable

from relax_core.builtins.derivations import Derivation
from relax_core.ir.distributed import DTensorType
from relax_core.ir.expr import Expr
from relax_core.ir.types import (
    FuncType,
    ObjectType,
    PrimType,
    ShapeType,
    TensorType,
    TupleType,
    Type,
)
from relax_core.text.document import Document
from relax_core.text.info_text import device_text, mesh_text
from relax_core.text.literals import string_text
from relax_core.text.profiles import Profile
from relax_core.text.scalars import MAX_DEPTH
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.shapes import Dim

_RENAMED = frozenset({"e4m3_float8", "e5m2_float8"})
DimText = Callable[[Dim], str]


def dtype_text(dtype: str, profile: Profile) -> str:
    """An element type in quotes, under its name in the release. R2R0407 in portable text where releases differ in that
    name.
    """
    if profile.portable and dtype in _RENAMED:
        raise fail(codes.UNPRINTABLE, f"the element type {dtype} has another name in TVM 0.19 than later")
    return f'"{profile.dtypes.get(dtype, dtype)}"'


def shape_text(dims: list[str]) -> str:
    """Dimensions as a Python tuple."""
    return f"({dims[0]},)" if len(dims) == 1 else f"({', '.join(dims)})"


class TypeText:
    """Spells types, e.g. ``R.Tensor((n, 4), dtype="float32")``. ``leaf`` spells a shape that is a variable."""

    def __init__(self, document: Document, leaf: Callable[[Expr], str]) -> None:
        self._document = document
        self._profile = document.profile
        self._leaf = leaf

    def type(self, type_: Type, dim: DimText, depth: int = 0) -> str:
        """The annotation of a type. R2R0407 for what the release cannot say."""
        if type(type_) is TensorType:
            return self._tensor(type_, dim)
        if depth > MAX_DEPTH:
            raise fail(codes.UNPRINTABLE, "a type nests too deep for text")
        match type_:
            case TupleType():
                inner = [self.type(item, dim, depth + 1) for item in type_.fields]
                return f"R.Tuple({', '.join(inner)})" if inner else "R.Tuple"
            case ShapeType():
                if type_.values is None:
                    return f"R.Shape(ndim={type_.ndim})"
                return f"R.Shape([{', '.join(map(dim, type_.values))}])" if type_.values else "R.Shape([])"
            case PrimType():
                return self._prim(type_, dim, depth)
            case ObjectType():
                return self._profile.object_type
            case FuncType():
                return self._function(type_, dim, depth)
            case DTensorType():
                return self._spread(type_, dim)
            case _:
                raise fail(codes.UNPRINTABLE, f"the type {type_} has no spelling in Relax text")

    def _shape(self, type_: TensorType, dim: DimText) -> str:
        if type_.dims is not None:
            return shape_text([str(item) if isinstance(item, int) else dim(item) for item in type_.dims])
        return self._leaf(type_.shape) if type_.shape is not None else ""

    def _tensor(self, type_: TensorType, dim: DimText) -> str:
        shape = self._shape(type_, dim)
        said = [shape] if shape else []
        if type_.dtype:
            said.append(f"dtype={dtype_text(type_.dtype, self._profile)}")
        if not shape and type_.ndim >= 0:
            said.append(f"ndim={type_.ndim}")
        if type_.vdevice is not None:
            said.append(f"vdevice={device_text(type_.vdevice, self._document)}")
        return f"R.Tensor({', '.join(said)})" if said else "R.Tensor"

    def _spread(self, type_: DTensorType, dim: DimText) -> str:
        """R.DTensor: arguments stand by place up to the first one that is left out."""
        tensor = type_.tensor_ty
        shape = self._shape(tensor, dim)
        said = {
            "shape": shape,
            "dtype": dtype_text(tensor.dtype, self._profile) if tensor.dtype else "",
            "device_mesh": mesh_text(type_.device_mesh, self._document),
            "placement": string_text(str(type_.placement)),
        }
        args: list[str] = []
        by_place = True
        for key, text in said.items():
            by_place = by_place and bool(text)
            if text:
                args.append(text if by_place else f"{key}={text}")
        if not shape and tensor.ndim >= 0:
            args.append(f"ndim={tensor.ndim}")
        return f"R.DTensor({', '.join(args)})"

    def _prim(self, type_: PrimType, dim: DimText, depth: int) -> str:
        if self._profile.wraps_scalars:
            if not self._profile.portable and type_.value is not None and type_.dtype == "int64":
                return f"R.Prim(value={dim(type_.value)})"
            return f'R.Prim("{type_.dtype}")'
        # From 0.26 on TVM prints T.int64 inside other types, too, but cannot read it there.
        return f'R.Prim("{type_.dtype}")' if depth and not self._document.config.exact else f"T.{type_.dtype}"

    def _function(self, type_: FuncType, dim: DimText, depth: int) -> str:
        if type_.params is None:
            said = [] if isinstance(type_.ret, ObjectType) else [f"ret={self.type(type_.ret, dim, depth + 1)}"]
            if self._document.config.exact and isinstance(type_.derive, Derivation):
                said.append(f'derive_func="{type_.derive.name}"')
            said += ["purity=True"] if type_.pure else []
            return f"R.Callable({', '.join(said)})" if said else "R.Callable"
        params = [self.type(item, dim, depth + 1) for item in type_.params]
        inner = f"({params[0]},)" if len(params) == 1 else f"({', '.join(params)})"
        return f"R.Callable({inner}, {self.type(type_.ret, dim, depth + 1)}, {type_.pure})"
