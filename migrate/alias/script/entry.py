"""tvm.script.parser.relax.entry."""

from migrate.alias.script.annotations import Callable, Object, Prim, Shape, StructInfoProxy, Tensor, Tuple

TypeProxy = StructInfoProxy

__all__ = ["Callable", "Object", "Prim", "Shape", "StructInfoProxy", "Tensor", "Tuple", "TypeProxy"]
