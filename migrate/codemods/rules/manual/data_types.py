"""Data types with constructors, references, polymorphism."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.manual import ManualNames
from migrate.codemods.rule import Refused


class Names(ManualNames):
    """See the module text."""

    id: ClassVar[str] = "relay.manual.data_types"
    title: ClassVar[str] = "Data types with constructors, references, polymorphism"
    facts: ClassVar[str] = "names of TVM 0.19 that no later release has (migrate/codemods/api)"
    valid: ClassVar[tuple[str, ...]] = ("import mine.data_types\n\nx = mine.data_types.relay(1)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\nx = relay.Match(a, b)\n", "Relax has no data types with constructors, no refe"
        ),
    )
    prefixes: ClassVar[tuple[str, ...]] = (
        "tvm.relay.Match",
        "tvm.relay.Clause",
        "tvm.relay.PatternWildcard",
        "tvm.relay.PatternVar",
        "tvm.relay.PatternConstructor",
        "tvm.relay.PatternTuple",
        "tvm.relay.Pattern",
        "tvm.relay.Constructor",
        "tvm.relay.TypeData",
        "tvm.ir.Constructor",
        "tvm.ir.TypeData",
        "tvm.relay.Prelude",
        "tvm.relay.prelude.",
        "tvm.relay.RefCreate",
        "tvm.relay.RefRead",
        "tvm.relay.RefWrite",
        "tvm.relay.RefType",
        "tvm.relay.TypeVar",
        "tvm.relay.GlobalTypeVar",
        "tvm.relay.TypeCall",
        "tvm.relay.IncompleteType",
        "tvm.relay.TypeRelation",
        "tvm.relay.TypeConstraint",
        "tvm.ir.TypeVar",
        "tvm.ir.GlobalTypeVar",
        "tvm.ir.TypeCall",
        "tvm.ir.IncompleteType",
        "tvm.ir.TypeRelation",
        "tvm.ir.TypeConstraint",
        "tvm.relay.adt.",
        "tvm.relay.type_functor.",
        "tvm.relay.TypeFunctor",
        "tvm.relay.TypeVisitor",
        "tvm.relay.TypeMutator",
        "tvm.relay.ty.RefType",
        "tvm.ir.RelayRefType",
    )
    reason: ClassVar[str] = "Relax has no data types with constructors, no references and no polymorphic functions"
    advice: ClassVar[str] = "hold lists as tuples, pass state on as values, and specialise functions"


RULE = Names()
