"""Kinds of JSON nodes that release 0.7 renamed, and fields whose text became a node of its own then.

This is what TVM's own upgrade of JSON from 0.6 does, and UIntImm, which it leaves out.
"""

from __future__ import annotations

_TIR = (
    "StringImm Cast Add Sub Mul Div Mod FloorDiv FloorMod Min Max EQ NE LT LE GT GE And Or Not Select BufferLoad Ramp "
    "Broadcast Shuffle Call Let Any SizeVar"
)

RENAMED: dict[str, str] = {
    "relay.Op": "Op", "relay.TypeVar": "TypeVar", "relay.GlobalTypeVar": "GlobalTypeVar", "relay.Type": "Type",
    "relay.TupleType": "TupleType", "relay.TypeConstraint": "TypeConstraint", "relay.FuncType": "FuncType",
    "relay.IncompleteType": "IncompleteType", "relay.TypeRelation": "TypeRelation", "relay.TypeCall": "TypeCall",
    "relay.Module": "IRModule", "relay.SourceName": "SourceName", "relay.Span": "Span", "relay.GlobalVar": "GlobalVar",
    "StrMap": "Map", "Variable": "tir.Var", "UIntImm": "IntImm",
    **{name: f"tir.{name}" for name in _TIR.split()},
}  # fmt: skip
"""Kinds of 0.6 by name, with their names since."""

TEXT_FIELDS: dict[str, str] = {
    "relay.TypeVar": "name_hint", "TypeVar": "name_hint", "relay.Id": "name_hint", "relay.GlobalTypeVar": "name_hint",
    "GlobalTypeVar": "name_hint", "relay.Constructor": "name_hint", "relay.GlobalVar": "name_hint",
    "GlobalVar": "name_hint", "Variable": "name", "SizeVar": "name", "StringImm": "value",
}  # fmt: skip
"""Kinds of 0.6 with the field that held a text and holds a string node since."""

NAMED_BY_VARIABLE = frozenset(["relay.TypeVar", "relay.GlobalTypeVar"])
"""Kinds of 0.6 whose name stood in a variable that they referred to as ``var``."""
