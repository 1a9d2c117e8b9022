"""The classes of a file that walk or rewrite Relay expressions, and how they are spelled in Relax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import libcst as cst

from migrate.codemods.names import SourceFile, dotted
from migrate.codemods.target import Target

MUTATOR, VISITOR, FUNCTOR = "mutator", "visitor", "functor"
OLD_BASES = {
    "tvm.relay.ExprMutator": MUTATOR,
    "tvm.relay.ExprVisitor": VISITOR,
    "tvm.relay.ExprFunctor": FUNCTOR,
}
NEW_BASES = {
    "tvm.relay.ExprMutator": "tvm.relax.PyExprMutator",
    "tvm.relay.ExprVisitor": "tvm.relax.PyExprVisitor",
    "tvm.relay.ExprFunctor": "tvm.relax.ExprFunctor",
}
_PORTED = {
    "tvm.relax.PyExprMutator": MUTATOR,
    "tvm.relax.PyExprVisitor": VISITOR,
    "tvm.relax.ExprFunctor": FUNCTOR,
}
_UNDERSCORED = ("call", "function", "var", "tuple", "tuple_getitem", "if", "global_var", "op")
WITHOUT = {
    "visit_let": "bindings of Relax are no expressions: visit_var_binding_ sees each variable with its value",
    "visit_match": "Relax has no data types with constructors",
    "visit_constructor": "Relax has no data types with constructors",
    "visit_ref_create": "Relax has no references: the state is passed on as a value",
    "visit_ref_read": "Relax has no references: the state is passed on as a value",
    "visit_ref_write": "Relax has no references: the state is passed on as a value",
}
"""Methods of Relay's functors that nothing calls in Relax, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Functor:
    """A class and what it is: MUTATOR, VISITOR or FUNCTOR. ``direct``: its base is TVM's; ``base`` is that node."""

    node: cst.ClassDef
    kind: str
    base: cst.BaseExpression
    direct: bool


def methods(target: Target) -> Mapping[str, str]:
    """How the target calls the methods of Relay's functors."""
    names = {f"visit_{name}": f"visit_{name}_" for name in _UNDERSCORED}
    return {**names, "visit_constant": target.word("visit_constant"), "visit": "visit_expr"}


@lru_cache(maxsize=2)
def functors_of(file: SourceFile) -> Mapping[str, Functor]:
    """The functor classes of a file by name, through its own classes too."""
    found: dict[str, Functor] = {}
    again = True
    while again:
        again = False
        for node in file.classes:
            if node.name.value in found:
                continue
            for arg in node.bases:
                name = file.name_of(arg.value)
                kind = OLD_BASES.get(name) or _PORTED.get(name)
                own = found.get(dotted(arg.value).removesuffix("._cls"))
                if kind is not None or own is not None:
                    found[node.name.value] = Functor(
                        node, kind or (own.kind if own else ""), arg.value, kind is not None
                    )
                    again = True
                    break
    return found
