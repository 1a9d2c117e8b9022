"""Calls with one rule broken: made from legal calls of every card, as either IR writes them.

A legal call is a recorded one (tests/corpus/ops) or one that its card draws. :func:`breaks` changes exactly one thing
of it. Whether the outcome is still a call is not said here: some changes are legal for some operators.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import recorded_ops
from drawn_calls import draw_one

from relax_core.op.creators import has_creator
from tensor_core import prim
from tensor_core.ops.card import Carrier, Field, Kind, OpCard, Reject, RelaxSpelling
from tensor_core.ops.draw import arguments
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relax_written, relay_attrs
from tensor_core.shapes import ANY
from tensor_core.types import TensorType, TupleType, Type, tensor_type_of


@dataclass(frozen=True)
class Odd(Type):
    """A type that no tensor operator takes: "function", "reference", "object", "shape" or "scalar"."""

    kind: str
    of: TensorType


@dataclass(frozen=True)
class Said:
    """An operand of Relax that says a parameter: a shape, a scalar (``dtype`` None: as Python has it), or several."""

    value: Any
    carrier: Carrier
    dtype: str | None = None


@dataclass(frozen=True)
class Written:
    """One call as an IR writes it: operands in its order, with values for those that are tensors, and attributes."""

    card: OpCard[Any]
    side: str
    release: str
    op: str
    operands: tuple[Type | Said, ...]
    attrs: Mapping[str, Any]
    values: tuple[Any, ...] = field(default=(), compare=False)
    kind: str = "legal"
    place: str = ""

    def __str__(self) -> str:
        operands = ", ".join(str(item.value) if isinstance(item, Said) else str(item) for item in self.operands)
        attrs = ", ".join(f"{name}={value!r}" for name, value in self.attrs.items())
        return f"{self.side} {self.release} {self.op}({operands}; {attrs}) [{self.kind} {self.place}]"

    @property
    def fields(self) -> tuple[Field, ...]:
        """The attributes that the operator has."""
        if self.side == "relay":
            assert self.card.relay is not None
            return self.card.relay.fields
        return self.spelling.fields

    @property
    def spelling(self) -> RelaxSpelling:
        """How Relax spells the operator in the call's release."""
        found = self.card.relax_for(self.release)
        assert found is not None
        return found

    @property
    def names(self) -> list[str]:
        """The operands' names."""
        if self.side == "relay":
            return [item.name for item in self.card.inputs]
        return [item.name for item in self.spelling.operands]


# ------------------------------------------------------------ legal calls


@functools.cache
def recorded_calls() -> dict[str, list[Written]]:
    """By card: the recorded calls that TVM types, but for those that are refused on purpose."""
    found: dict[str, list[Written]] = {}
    for side, release in recorded_ops.SOURCES:
        for family, table in recorded_ops.tables(side, release).items():
            for number, row in enumerate(table["rows"]):
                made = _recorded(side, release, family, number, row)
                if made is not None:
                    found.setdefault(made.card.name, []).append(made)
    return found


def _recorded(side: str, release: str, family: str, number: int, row: dict[str, Any]) -> Written | None:
    if row.get("failed") == "infer" or row.get("refused"):
        return None
    if side == "relay":
        card = registry().by_relay.get(row["op"])
    else:
        spelled = registry().relax_spelling(f"relax.{row['op']}", release)
        card = spelled[0] if spelled and has_creator(row["op"], release) else None
    if card is None:
        return None
    arrays = recorded_ops.arrays(family, side, release)[number][0]
    operands, values = [], []
    for item in row["operands"]:
        operands.append(_operand(item, arrays))
        values.append(_value(item, arrays))
    attrs = {name: _attribute(value) for name, value in row["attrs"].items()}
    return Written(card, side, release, row["op"], tuple(operands), attrs, tuple(values))


def _operand(item: dict[str, Any], arrays: list[np.ndarray]) -> Type | Said:
    if "tuple" in item and item["tuple"] and all("scalar" in part for part in item["tuple"]):
        return Said(tuple(part["scalar"] for part in item["tuple"]), Carrier.SCALARS)
    if "tuple" in item:
        parts = [_operand(part, arrays) for part in item["tuple"]]
        return TupleType(tuple(part for part in parts if isinstance(part, Type)))
    if "shape" in item:
        return Said(tuple(item["shape"]), Carrier.SHAPE)
    if "scalar" in item:
        return Said(item["scalar"], Carrier.SCALAR, item["dtype"])
    found = tensor_type_of(arrays[item["tensor"] if "tensor" in item else item["constant"]])
    dims = item.get("dims", found.shape)
    return TensorType(tuple(ANY if dim is None else dim for dim in dims), found.dtype)


def _value(item: dict[str, Any], arrays: list[np.ndarray]) -> Any:
    if "tuple" in item:
        return tuple(_value(part, arrays) for part in item["tuple"])
    return (
        arrays[item["tensor"] if "tensor" in item else item["constant"]]
        if "tensor" in item or "constant" in item
        else None
    )


def _attribute(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"initial", "final"}:
        return recorded_ops.index_map(value["initial"], value["final"])
    if isinstance(value, dict) and set(value) == {"values", "dtype"}:
        return np.asarray(value["values"], value["dtype"])
    return tuple(map(_attribute, value)) if isinstance(value, list) else value


def is_written(card: OpCard[Any]) -> bool:
    """Whether there are calls of the card to be broken."""
    spelled = card.relay is not None or any(
        has_creator(spelling.name.removeprefix("relax."), release)
        for release in RELEASES
        if (spelling := card.relax_for(release)) is not None
    )
    return card.name in recorded_calls() or (card.draw is not None and spelled)


RELEASES = ("0.19", "0.27")


def drawn_call(card: OpCard[Any], source: random.Random) -> list[Written]:
    """What one drawn call is in Relay and in the Relax of two releases, where they can say it."""
    drawn = draw_one(card, source.randint)
    values = arguments(card, drawn, np.random.default_rng(source.randrange(2**31)))
    found: list[Written] = []
    if card.relay is not None:
        try:
            attrs = relay_attrs(card, drawn.params, drawn.types)
        except Reject:
            attrs = None
        if attrs is not None:
            found.append(Written(card, "relay", "0.19", card.relay.name, drawn.types, attrs, values))
    for release in RELEASES:
        spelling = card.relax_for(release)
        if spelling is not None and has_creator(spelling.name.removeprefix("relax."), release):
            made = _in_relax(card, spelling, release, drawn, values)
            found += [made] if made else []
    return found


def _in_relax(card: OpCard[Any], spelling: RelaxSpelling, release: str, drawn: Any, values: Any) -> Written | None:
    try:
        if spelling.fits and spelling.fits(drawn.params, drawn.types, release):
            return None
        written = relax_written(spelling, drawn.params, drawn.types)
    except Reject:
        return None
    places = {item.name: n for n, item in enumerate(card.inputs)}
    operands: list[Type | Said] = []
    arrays: list[Any] = []
    for item in spelling.operands:
        place = places.get(item.name)
        if item.carrier in (Carrier.TENSOR, Carrier.NUMBER):
            if place is None or place >= len(drawn.types):
                break
            number = item.carrier is Carrier.NUMBER
            operands.append(Said(values[place].item(), Carrier.SCALAR) if number else drawn.types[place])
            arrays.append(None if number else values[place])
        elif written.get(item.name) is None:
            break
        else:
            operands.append(Said(written[item.name], item.carrier))
            arrays.append(None)
    attrs = {item.name: written[item.name] for item in spelling.fields if item.name in written}
    return Written(card, "relax", release, spelling.name[6:], tuple(operands), attrs, tuple(arrays))


# ------------------------------------------------------------ breaking one thing

Change = tuple[str, str, Callable[[], Written]]
DTYPES = (
    "bool", "int8", "int32", "int64", "uint8", "uint64", "float16", "bfloat16", "float32", "float64", "handle",
    "float8_e4m3fn", "e5m2_float8", "float32x4", "int4", "custom[posit]16",
)  # fmt: skip
_NAMES = (
    "",
    "bogus",
    "float31",
    "handle",
    "int",
    "float32x4",
    "float8",
    "e4m3_float8",
    "bool",
    "void",
    "uint64",
    "bfloat16",
)
_WORDS = (
    "",
    "bogus",
    "NCHWW",
    "NCHW0c",
    "NCHW4c",
    "nchw",
    "N",
    "NC4n",
    "4c",
    "NHWC",
    "OIHW4o4i",
    "..",
    "a->b",
    "\u00e9",
)
_INTS = (0, -1, 1, 2, -2, 7, -8, 64, -65, 10**6, -(10**6), 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**64))
_FLOATS = (float("nan"), float("inf"), float("-inf"), 0.0, -1.0, 0.5, 1e30, 1e300, -1e300)
_WRONG = ("x", 1.5, None, True, (1,), ((1, 1),), (), (1.5,), ("x",), 3)


def breaks(call: Written, source: random.Random) -> Iterator[Written]:
    """Every change of one thing that is known for this call, those of values at a place of the source's choice."""
    yield from _operand_breaks(call, source)
    yield from _attribute_breaks(call, source)


def _operand_breaks(call: Written, source: random.Random) -> Iterator[Written]:
    scalar = TensorType((), "float32")
    extra = call.operands[0] if call.operands else scalar
    yield _with(call, (*call.operands, extra), "one argument too many", "")
    for place, operand in enumerate(call.operands):
        names = call.names
        name = names[min(place, len(names) - 1)] if names else ""
        rest = call.operands[:place] + call.operands[place + 1 :]
        yield _with(call, rest, "an argument missing", name, call.values[:place] + call.values[place + 1 :])
        for kind, changed in _changed(operand, source):
            operands = (*call.operands[:place], changed, *call.operands[place + 1 :])
            yield _with(call, operands, kind, name)
        value = call.values[place] if place < len(call.values) else None
        if isinstance(value, np.ndarray) and isinstance(operand, TensorType):
            for kind, array in _odd_values(value):
                values = (*call.values[:place], array, *call.values[place + 1 :])
                yield replace(call, values=values, kind=kind, place=name)


def _with(call: Written, operands: Sequence[Any], kind: str, place: str, values: Any = None) -> Written:
    return replace(
        call, operands=tuple(operands), values=call.values if values is None else values, kind=kind, place=place
    )


def _odd_values(value: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    if value.dtype.kind in "iu" and value.size:
        info = np.iinfo(value.dtype)
        for odd in {-1, 0, int(info.max), int(info.min)}:
            if info.min <= odd <= info.max:
                changed = value.copy()
                changed.flat[0] = odd
                yield f"a value of {'-1' if odd == -1 else '0' if odd == 0 else 'an end of the type'}", changed
    elif value.dtype.kind == "f" and value.size:
        yield "values of NaN", np.full_like(value, np.nan)
        yield "values of infinity", np.full_like(value, np.inf)


def _changed(operand: Type | Said, source: random.Random) -> Iterator[tuple[str, Type | Said]]:
    if isinstance(operand, Said):
        yield from _said(operand, source)
    elif isinstance(operand, TupleType):
        yield from _of_tuple(operand, source)
    elif isinstance(operand, TensorType):
        yield from _of_tensor(operand, source)


def _said(operand: Said, source: random.Random) -> Iterator[tuple[str, Type | Said]]:
    yield "a tensor for a value", TensorType((2, 2), "float32")
    yield "a tuple for a value", TupleType((TensorType((2,), "int64"),))
    for kind in ("function", "object", "shape", "scalar"):
        yield f"a {kind} for a value", Odd(kind, TensorType((2,), "int64"))
    items = operand.value if isinstance(operand.value, tuple) else None
    values = _lists(items, source) if items is not None else [(f"value {v}", v) for v in (*_INTS, *_FLOATS, "x")]
    for kind, value in values:
        yield kind, replace(operand, value=value, dtype=None)


def _of_tuple(operand: TupleType, source: random.Random) -> Iterator[tuple[str, Type]]:
    fields = operand.fields
    first = next((item for item in fields if isinstance(item, TensorType)), TensorType((2,), "float32"))
    yield "a tensor for a tuple", first
    yield "an empty tuple", TupleType(())
    yield "a nested tuple", TupleType((operand, *fields[1:]))
    yield "one field more", TupleType((*fields, first))
    if fields:
        yield "one field less", TupleType(fields[:-1])
        place = source.randrange(len(fields))
        item = fields[place]
        if isinstance(item, TensorType):
            for kind, changed in _of_tensor(item, source):
                yield f"field: {kind}", TupleType((*fields[:place], changed, *fields[place + 1 :]))
    for kind in ("function", "reference", "object"):
        yield f"a {kind} for a tuple", Odd(kind, first)


def _of_tensor(operand: TensorType, source: random.Random) -> Iterator[tuple[str, Type]]:
    shape, dtype = operand.shape, operand.dtype
    yield "a tuple for a tensor", TupleType((operand, operand))
    yield "an empty tuple for a tensor", TupleType(())
    for kind in ("function", "reference", "object", "shape", "scalar"):
        yield f"a {kind} for a tensor", Odd(kind, operand)
    shapes: list[tuple[str, tuple[Any, ...]]] = [
        ("rank + 1", (1, *shape)), ("rank + 1", (*shape, 2)), ("rank - 1", shape[1:]), ("rank - 1", shape[:-1]),
        ("rank 0", ()), ("rank 1", (3,)), ("rank 6", (2,) * 6), ("all dimensions open", (ANY,) * len(shape)),
        ("all dimensions symbolic", tuple(prim.Var(f"n{k}") for k in range(len(shape)))),
    ]  # fmt: skip
    if shape:
        place = source.randrange(len(shape))
        old = shape[place]
        known = old if isinstance(old, int) else 3
        for kind, dim in (
            ("a dimension + 1", known + 1), ("a dimension - 1", known - 1), ("a dimension of 1", 1),
            ("a dimension of 0", 0), ("a dimension doubled", 2 * known), ("a huge dimension", 2**31),
            ("a huge dimension", 2**62), ("a negative dimension", -2), ("an open dimension", ANY),
            ("a symbolic dimension", prim.Var("n")),
        ):  # fmt: skip
            shapes.append((kind, (*shape[:place], dim, *shape[place + 1 :])))
    for kind, changed in shapes:
        if changed != shape:
            yield kind, TensorType(changed, dtype)
    for other in DTYPES:
        if other != dtype:
            yield f"element type {other}", TensorType(shape, other)


def _attribute_breaks(call: Written, source: random.Random) -> Iterator[Written]:
    yield replace(call, attrs={**call.attrs, "bogus": 1}, kind="an unknown attribute", place="bogus")
    for item in call.fields:
        if item.name in call.attrs:
            rest = {name: value for name, value in call.attrs.items() if name != item.name}
            yield replace(call, attrs=rest, kind="an attribute missing", place=item.name)
        current = call.attrs.get(item.name, item.default)
        for kind, value in _odd(item.kind, current, source):
            yield replace(call, attrs={**call.attrs, item.name: value}, kind=kind, place=item.name)


def _odd(kind: Kind, current: Any, source: random.Random) -> Iterator[tuple[str, Any]]:
    for value in _WRONG:
        yield f"{kind.value}: {value!r} as value", value
    if kind in (Kind.INT, Kind.BOOL, Kind.INT_OR_INTS):
        yield from ((f"{kind.value}: {value}", value) for value in _INTS)
    if kind is Kind.FLOAT:
        yield from ((f"float: {value}", value) for value in _FLOATS)
    if kind is Kind.STR:
        yield from ((f"str: {value!r}", value) for value in _WORDS)
    if kind is Kind.DTYPE:
        yield from ((f"dtype: {value!r}", value) for value in _NAMES)
    if kind in (Kind.INTS, Kind.INT_OR_INTS):
        items = current if isinstance(current, tuple) else (1, 1)
        yield from _lists(items, source)
    if kind is Kind.FLOATS:
        yield from (
            (f"floats: {value}", value) for value in ((), (float("nan"),), (1.0, 2.0, 3.0), (float("inf"),) * 2)
        )
    if kind is Kind.NESTED_INTS:
        nested = (((-1, -1),) * 4, ((0, 2**63),), ((1,), (1, 2)), ((), ()), ((1, 1, 1),) * 4)
        yield from ((f"nested: {value}", value) for value in nested)


def _lists(items: tuple[Any, ...], source: random.Random) -> Iterator[tuple[str, Any]]:
    yield "list: one more", (*items, 1)
    yield "list: one less", items[:-1]
    yield "list: empty", ()
    yield "list: long", (1,) * 65
    yield "list: twice the same", (items[0] if items else 0,) * max(2, len(items))
    place = source.randrange(len(items)) if items else 0
    for value in (*_INTS, "x", 1.5):
        yield f"list: an element {value!r}", (*items[:place], value, *items[place + 1 :])


def kinds_of(call: Written) -> str:
    """The kind of a break without what it was broken with."""
    return call.kind.split(":")[0]
