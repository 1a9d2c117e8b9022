"""tvm.runtime.container."""

from relay_compat.backend.container import ADT, ShapeTuple, tuple_object

String = str

__all__ = ["ADT", "ShapeTuple", "String", "tuple_object"]
