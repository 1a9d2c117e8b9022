"""Functions by which the types of foreign functions say what a call gives (TVM's environment functions)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from relax_core.builtins.views import infer_view
from relax_core.ir.expr import Call
from relax_core.ir.types import FuncType, ObjectType, Type


@dataclass(frozen=True, slots=True)
class Derivation:
    """A function from a typed call to the type of its result, known by a name as scripts write it."""

    name: str
    function: Callable[[Call], Type]

    def __call__(self, call: Call, context: Any = None) -> Type:
        """The type of the result of a call."""
        del context
        return self.function(call)


_FUNCTIONS = (
    Derivation("tvm.relax.struct_info.infer_view_sinfo", lambda call: infer_view(call, "0.25")),
    Derivation("tvm.relax.type.infer_view_ty", lambda call: infer_view(call, "0.27")),
)
DERIVATIONS: Mapping[str, Derivation] = {item.name: item for item in _FUNCTIONS}
"""By name."""


def view_type(older: bool) -> FuncType:
    """The type of the runtime's function that makes views."""
    return FuncType(None, ObjectType(), True, _FUNCTIONS[0 if older else 1])
