"""The legacy IR, frozen: Relay as TVM 0.19 reads, types, prints and runs it, with the names of tvm.relay.

Names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "relay_compat.build_module": "bind_params_by_name build build_config create_executor",
    "relay_compat.ir.adt": (
        "Clause Constructor Match Pattern PatternConstructor PatternTuple PatternVar PatternWildcard"
    ),
    "relay_compat.ir.expr": (
        "Call Constant Expr Function GlobalVar If Let RefCreate RefRead RefWrite Tuple TupleGetItem Var"
    ),
    "relay_compat.expr_functor": "ExprFunctor ExprMutator ExprVisitor",
    "relay_compat.type_functor": "TypeFunctor TypeMutator TypeVisitor",
    "relay_compat.ir.make": "bind const var",
    "relay_compat.ir.module": "IRModule",
    "relay_compat.ir.tuple_wrapper": "TupleWrapper",
    "relay_compat.ir.types": (
        "FuncType GlobalTypeVar IncompleteType RefType ShapeVar TensorType TupleType Type TypeCall TypeConstraint"
        " TypeData TypeKind TypeRelation TypeVar scalar_type"
    ),
    "relay_compat.prelude": "Prelude",
    "relay_compat.passes.span_check": "SpanCheck",
    "relay_compat.scope_builder": "ScopeBuilder",
    "relay_compat.text.parser": "fromtext parse parse_expr",
    "relay_compat.text.printer": "astext pretty_print",
}
_HOME_OF = {name: home for home, listed in _HOMES.items() for name in listed.split()}
_SUBMODULES = ("nn", "image", "vision", "random", "dyn", "memory", "annotation")
_PACKAGES = ("analysis", "backend", "build_module", "loops", "op", "prelude", "qnn", "quantize", "testing", "transform")

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is not None:
        return getattr(import_module(home), name)
    if name in _SUBMODULES:
        return import_module(f"relay_compat.op.{name}")
    if name == "vm":
        return import_module("relay_compat.backend.vm")
    if name in _PACKAGES:
        return import_module(f"relay_compat.{name}")
    if not name.startswith("_"):
        return getattr(import_module("relay_compat.op"), name)
    raise AttributeError(f"module 'relay_compat' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF, *_PACKAGES, *_SUBMODULES})
