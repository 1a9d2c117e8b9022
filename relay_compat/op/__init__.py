"""Operators from Python (tvm.relay.op in TVM 0.19)."""

from importlib import import_module
from typing import Any

from relay_compat.op.algorithm import *  # noqa: F403
from relay_compat.op.op import *  # noqa: F403
from relay_compat.op.reduce import *  # noqa: F403
from relay_compat.op.tensor import *  # noqa: F403
from relay_compat.op.transform import *  # noqa: F403
from relay_compat.op.wrappers import derived, names

_MODULES = ("_make", "annotation", "contrib", "dyn", "image", "memory", "nn", "op", "random", "vision", "vm")
_OF_OP = (
    "OpPattern",
    "get",
    "register_alter_op_layout",
    "register_external_compiler",
    "register_fake_quantization_to_integer",
    "register_gradient",
    "register_legalize",
    "register_mixed_precision_conversion",
    "register_optional_fake_quantization_to_integer",
    "register_pattern",
)
"""What relay_compat.op.op has that is found here, too."""
_of_card = derived("")


def __getattr__(name: str) -> Any:
    if name == "const":
        return import_module("relay_compat.ir.make").const
    if name in _OF_OP:
        return getattr(import_module("relay_compat.op.op"), name)
    return import_module(f"relay_compat.op.{name}") if name in _MODULES else _of_card(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *names("")})
