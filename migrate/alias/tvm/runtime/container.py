"""tvm.runtime.container."""

from relay_compat.backend.container import ADT, tuple_object
from tensor_core.shape_tuple import ShapeTuple

String = str

__all__ = ["ADT", "ShapeTuple", "String", "tuple_object"]
