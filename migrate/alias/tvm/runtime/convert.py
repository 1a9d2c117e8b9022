"""tvm.runtime.convert: plain Python as TVM's runtime holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tensor_core.prim import Imm


def convert(value: Any) -> Any:
    """Lists become arrays (tuples), ints IntImm; what is an object of the IR stays."""
    if isinstance(value, (list, tuple)):
        return tuple(map(convert, cast("list[Any]", value)))
    if isinstance(value, Mapping):
        return {key: convert(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    return Imm(value) if type(value) is int else value
