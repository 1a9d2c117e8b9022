"""Wrong spellings made from the right ones: of every card, as Relay 0.19, Relax 0.19 and Relax 0.27 spell it.

A mutant is one small fault: two attributes or operands taken for each other, another default, an opposite sense, an
attribute that is read or written as if it were always the same, a release that comes too early. Where a fault is of
the kind that cancels out on the way there and back, reading and writing have it both.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import recorded_ops

from tensor_core.ops.card import (
    REQUIRED,
    Carrier,
    Field,
    Kind,
    OpCard,
    RelaxSpelling,
    RelaySpelling,
    Value,
)
from tensor_core.ops.registry import registry
from tensor_core.types import TupleType, Type

Spelling = RelaySpelling | RelaxSpelling
AXES = frozenset({"axis", "axes", "dim"})
Change = Callable[[Value], Value]


@dataclass(frozen=True)
class Mutant:
    """A card with one fault in its spelling as a source sees it. ``op`` is the operator whose rows judge it.

    ``order``: in which order it takes the arguments of a Relay call. ``touched``: what the fault is about, for the
    rules that tell which mutants mean the same.
    """

    kind: str
    side: str
    release: str
    op: str
    what: str
    card: OpCard[Any]
    spelling: RelaxSpelling | None
    order: tuple[int, ...] | None = None
    touched: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.side} {self.release} {self.op}: {self.kind}: {self.what}"


@dataclass(frozen=True)
class Subject:
    """One spelling as one source sees it."""

    side: str
    release: str
    card: OpCard[Any]
    spelling: Spelling

    @property
    def op(self) -> str:
        return self.spelling.name.removeprefix("relax.") if self.side == "relax" else self.spelling.name

    def mutant(self, kind: str, what: str, spelling: Spelling | None = None, **more: Any) -> Mutant:
        """The mutant with a changed spelling (None: the same one)."""
        spelling = spelling or self.spelling
        card = with_spelling(more.pop("card", self.card), self.spelling, spelling)
        seen = spelling if isinstance(spelling, RelaxSpelling) else None
        return Mutant(kind, self.side, self.release, more.pop("op", self.op), what, card, seen, **more)


def with_spelling(card: OpCard[Any], old: Spelling, new: Spelling) -> OpCard[Any]:
    """A card in which one spelling takes the place of another."""
    if isinstance(new, RelaySpelling):
        return replace(card, relay=new)
    return replace(card, relax=tuple(new if item is old else item for item in card.relax))


def subjects() -> Iterator[Subject]:
    """Every spelling that is in force in a recorded source."""
    for card in sorted(registry(), key=lambda card: card.name):
        if card.relay:
            yield Subject("relay", "0.19", card, card.relay)
        for side, release in recorded_ops.SOURCES:
            spelling = card.relax_for(release)
            if side == "relax" and spelling:
                yield Subject(side, release, card, spelling)


def mutants() -> Iterator[Mutant]:
    """All of them, in an order that does not change."""
    everyone = list(subjects())
    for subject in everyone:
        for maker in MAKERS:
            yield from maker(subject)
    yield from _taken_names(everyone)


# ---------------------------------------------------------------- faults of declared fields


def _defaults(subject: Subject) -> Iterator[Mutant]:
    for n, item in enumerate(subject.spelling.fields):
        for name in ("default", "python"):
            value = getattr(item, name)
            if value is not REQUIRED:
                other = _other_default(item, value)
                changed = replace(item, **{name: other})
                what = f"{item.name}={other!r} instead of {value!r}"
                kind = "C++ default" if name == "default" else "Python default"
                yield subject.mutant(kind, what, _with_field(subject.spelling, n, changed))


def _other_default(item: Field, value: Value) -> Value:
    """Another default of the same kind, one that is close at hand."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value * 2 or 0.5
    if isinstance(value, tuple) and value:
        return tuple(_other_default(item, part) for part in value)
    by_kind = {
        Kind.BOOL: True, Kind.INT: 1, Kind.INTS: (1,), Kind.DTYPE: "float64", Kind.FLOAT: 0.5, Kind.FLOATS: (0.5,),
        Kind.NESTED_INTS: ((1,),), Kind.INT_OR_INTS: 1,
    }  # fmt: skip
    if value in (None, "", ()) and item.kind in by_kind:
        return by_kind[item.kind]
    others: dict[Any, str] = {
        "NCHW": "NHWC",
        "NCW": "NWC",
        "NCDHW": "NDHWC",
        "int32": "int64",
        "float32": "float64",
        "": "NCHW",
    }
    return others.get(value, "other")


def _field_order(subject: Subject) -> Iterator[Mutant]:
    fields = subject.spelling.fields
    for n, (a, b) in enumerate(itertools.pairwise(fields)):
        turned = (*fields[:n], b, a, *fields[n + 2 :])
        yield subject.mutant("field order", f"{b.name} before {a.name}", replace(subject.spelling, fields=turned))


def _field_names(subject: Subject) -> Iterator[Mutant]:
    for n, item in enumerate(subject.spelling.fields):
        renamed = replace(item, name=f"{item.name}_", param=item.carries)
        spelled = _with_field(subject.spelling, n, renamed)
        yield subject.mutant("field name", renamed.name, _renamed(spelled, {renamed.name: item.name}))
        yield subject.mutant("field missing", item.name, _without_field(subject.spelling, n))


def _field_kinds(subject: Subject) -> Iterator[Mutant]:
    near = {
        Kind.INT: Kind.FLOAT, Kind.FLOAT: Kind.INT, Kind.STR: Kind.DTYPE, Kind.DTYPE: Kind.STR, Kind.BOOL: Kind.INT,
        Kind.INTS: Kind.FLOATS, Kind.FLOATS: Kind.INTS, Kind.NESTED_INTS: Kind.INTS, Kind.INT_OR_INTS: Kind.INTS,
    }  # fmt: skip
    for n, item in enumerate(subject.spelling.fields):
        if item.kind in near:
            changed = replace(item, kind=near[item.kind])
            what = f"{item.name}: {near[item.kind].value} instead of {item.kind.value}"
            yield subject.mutant("field kind", what, _with_field(subject.spelling, n, changed))


def _with_field(spelling: Spelling, n: int, item: Field) -> Spelling:
    return replace(spelling, fields=(*spelling.fields[:n], item, *spelling.fields[n + 1 :]))


def _without_field(spelling: Spelling, n: int) -> Spelling:
    gone = spelling.fields[n]
    kept = replace(spelling, fields=(*spelling.fields[:n], *spelling.fields[n + 1 :]))
    if gone.default is REQUIRED:
        return kept
    read, write = hooks(spelling)
    return replace(
        kept,
        read=lambda attrs, types: read({**attrs, gone.name: gone.default}, types),
        write=lambda params, types: {k: v for k, v in write(params, types).items() if k != gone.name},
    )


# ---------------------------------------------------------------- faults of reading and writing


def hooks(spelling: Spelling) -> tuple[Any, Any]:
    """The functions that read and write, made from the fields where the spelling states none."""
    carried = [(item.name, item.carries) for item in spelling.fields if item.carries]
    if isinstance(spelling, RelaxSpelling):
        tensors = (Carrier.TENSOR, Carrier.NUMBER)
        carried += [(item.name, item.name) for item in spelling.operands if item.carrier not in tensors]

    def read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        return {param: attrs[name] for name, param in carried}

    def write(params: Any, types: Sequence[Type]) -> Mapping[str, Value]:
        del types
        known = {item.name for item in dataclasses.fields(params)}
        return {name: getattr(params, param) for name, param in carried if param in known}

    return spelling.read or read, spelling.write or write


def _renamed(spelling: Spelling, names: Mapping[str, str]) -> Spelling:
    """A spelling that takes attributes of one name for those of another; both ways."""
    read, write = hooks(spelling)
    back = {new: old for old, new in names.items()}
    return replace(
        spelling,
        read=lambda attrs, types: read({names.get(k, k): v for k, v in attrs.items()}, types),
        write=lambda params, types: {back.get(k, k): v for k, v in write(params, types).items()},
    )


def _changed(spelling: Spelling, name: str, there: Change, back: Change | None = None) -> Spelling:
    """A spelling that reads an attribute as another value, and writes it so (``back``: None for unchanged)."""
    read, write = hooks(spelling)

    def misread(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
        return read({**attrs, name: there(attrs[name])} if name in attrs else attrs, types)

    def miswrite(params: Any, types: Sequence[Type]) -> Mapping[str, Value]:
        written = write(params, types)
        return {**written, name: back(written[name])} if back and name in written else written

    return replace(spelling, read=misread, write=miswrite)


def _attributes(spelling: Spelling) -> list[tuple[str, Kind, Value]]:
    """Names, kinds and defaults of all attributes and of the parameters that travel as operands."""
    found = [(item.name, item.kind, item.default) for item in spelling.fields]
    if isinstance(spelling, RelaxSpelling):
        kinds = {Carrier.SHAPE: Kind.INTS, Carrier.SCALARS: Kind.INTS, Carrier.SCALAR: Kind.FLOAT}
        found += [(o.name, kinds[o.carrier], REQUIRED) for o in spelling.operands if o.carrier in kinds]
    return found


def _swapped_attributes(subject: Subject) -> Iterator[Mutant]:
    for (a, kind, _), (b, other, _) in itertools.combinations(_attributes(subject.spelling), 2):
        if kind is other:
            yield subject.mutant(
                "attributes swapped", f"{a}, {b}", _renamed(subject.spelling, {a: b, b: a}), touched=(a, b)
            )


def _senses(subject: Subject) -> Iterator[Mutant]:
    for name, kind, _ in _attributes(subject.spelling):
        for label, there, back in _misreadings(name, kind):
            spelling = _changed(subject.spelling, name, there, back)
            yield subject.mutant(label, name, spelling, touched=(name,))


def _misreadings(name: str, kind: Kind) -> Iterator[tuple[str, Change, Change]]:
    axis = name in AXES
    if kind is Kind.BOOL:
        yield "sense", _opposite, _opposite
    elif axis:
        yield "axis off by one", _add(1), _add(-1)
        yield "axis from the other end", _mirror, _mirror
    elif kind is Kind.INT:
        yield "off by one", _add(1), _add(-1)
    elif kind is Kind.FLOAT:
        yield "twice the number", _times(2), _times(0.5)
    if kind in (Kind.INTS, Kind.FLOATS, Kind.NESTED_INTS):
        yield "list reversed", _reverse, _reverse
        if not axis:
            yield "first entry off by one", _first(1), _first(-1)


def _opposite(value: Value) -> Value:
    return value if value is None else type(value)(not value)


def _add(number: int) -> Change:
    def add(value: Value) -> Value:
        if isinstance(value, tuple):
            return tuple(map(add, value))
        return value + number if isinstance(value, int) else value

    return add


def _times(number: float) -> Change:
    return lambda value: type(value)(value * number) if isinstance(value, (int, float)) else value


def _mirror(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(map(_mirror, value))
    return -1 - value if isinstance(value, int) else value


def _reverse(value: Value) -> Value:
    return tuple(reversed(value)) if isinstance(value, tuple) else value


def _first(number: float) -> Change:
    def change(value: Value) -> Value:
        if not isinstance(value, tuple) or not value:
            return value + number if isinstance(value, (int, float)) else value
        return (change(value[0]), *value[1:])

    return change


def _choices(subject: Subject) -> Iterator[Mutant]:
    for name, kind, default in _attributes(subject.spelling):
        if kind not in (Kind.STR, Kind.DTYPE):
            continue
        seen = {default} if isinstance(default, str) else set()
        seen |= {value for value in recorded_values(subject.card, name) if isinstance(value, str)}
        for a, b in itertools.combinations(sorted(seen - {"void"}), 2):
            exchange = {a: b, b: a}

            def change(value: Value, exchange: dict[str, str] = exchange) -> Value:
                return exchange.get(value, value) if isinstance(value, str) else value

            spelling = _changed(subject.spelling, name, change, change)
            yield subject.mutant("choices swapped", f"{name}: {a!r}, {b!r}", spelling, touched=(name,))


def recorded_values(card: OpCard[Any], name: str) -> list[Value]:
    """The values of an attribute in the rows of a card, of whatever source."""
    found = [call.attrs[name] for call in recorded_calls().get(card.name, ()) if name in call.attrs]
    return list(dict.fromkeys(value for value in found if isinstance(value, (str, bool, int, float, tuple))))


def recorded_calls() -> dict[str, list[recorded_ops.Call]]:
    """The recorded calls by card."""
    if not _CALLS:
        for call in recorded_ops.calls():
            _CALLS.setdefault(call.card.name, []).append(call)
    return _CALLS


_CALLS: dict[str, list[recorded_ops.Call]] = {}


def _frozen(subject: Subject) -> Iterator[Mutant]:
    for name, _, default in _attributes(subject.spelling):
        # What has no default is always read as one of the values that it takes in the rows.
        known = [default] if default is not REQUIRED else recorded_values(subject.card, name)[:1]
        for value in known:

            def freeze(written: Value, value: Value = value) -> Value:
                del written
                return value

            what = f"{name} is always {value!r}"
            read = _changed(subject.spelling, name, freeze)
            yield subject.mutant("attribute not read", what, read, touched=(name,))
            write = _changed(subject.spelling, name, lambda written: written, freeze)
            yield subject.mutant("attribute not written", what, write, touched=(name,))


# ---------------------------------------------------------------- faults of operands, results, names and releases


def _operands(subject: Subject) -> Iterator[Mutant]:
    if isinstance(subject.spelling, RelaySpelling):
        for a, b in itertools.combinations(range(len(subject.card.inputs)), 2):
            names = (subject.card.inputs[a].name, subject.card.inputs[b].name)
            order = [*range(len(subject.card.inputs))]
            order[a], order[b] = b, a
            yield subject.mutant("operands swapped", ", ".join(names), order=tuple(order), touched=names)
        return
    operands = subject.spelling.operands
    for a, b in itertools.combinations(range(len(operands)), 2):
        turned = [*operands]
        turned[a], turned[b] = operands[b], operands[a]
        names = (operands[a].name, operands[b].name)
        spelling = replace(subject.spelling, operands=tuple(turned))
        yield subject.mutant("operands swapped", ", ".join(names), spelling, touched=names)
    for n, item in enumerate(operands):
        if item.optional:
            changed = (*operands[:n], replace(item, optional=False), *operands[n + 1 :])
            yield subject.mutant("operand required", item.name, replace(subject.spelling, operands=changed))


def _results(subject: Subject) -> Iterator[Mutant]:
    calls = recorded_calls().get(subject.card.name, ())
    if not any(isinstance(call.type, TupleType) and len(call.type.fields) > 1 for call in calls):
        return
    card = subject.card
    functions = {name: getattr(card, name) for name in ("infer", "reference", "expand") if getattr(card, name)}
    turned = {name: _turned(function) for name, function in functions.items()}
    yield subject.mutant("results swapped", "first and second", card=replace(card, **turned))


def _turned(function: Callable[..., Any]) -> Callable[..., Any]:
    def turned(*args: Any) -> Any:
        result = function(*args)
        if isinstance(result, TupleType):
            return TupleType((*reversed(result.fields[:2]), *result.fields[2:]))
        return (*reversed(result[:2]), *result[2:]) if isinstance(result, tuple) else result

    return turned


def _structs(subject: Subject) -> Iterator[Mutant]:
    spelling = subject.spelling
    if spelling.attrs_type:
        yield subject.mutant(
            "attrs type", f"{spelling.attrs_type}_", replace(spelling, attrs_type=spelling.attrs_type + "_")
        )
    if isinstance(spelling, RelaySpelling):
        yield subject.mutant("declared", str(not spelling.declared), replace(spelling, declared=not spelling.declared))


def _taken_names(everyone: Sequence[Subject]) -> Iterator[Mutant]:
    """Two operators of one shape have each other's names; each card is judged by the rows of the other."""
    alike: dict[Any, list[Subject]] = {}
    for subject in everyone:
        fields = tuple((item.name, item.kind) for item in subject.spelling.fields)
        alike.setdefault((subject.side, subject.release, len(subject.card.inputs), fields), []).append(subject)
    for group in alike.values():
        for a, b in zip(group, [*group[1:], *group[:1]], strict=True):
            if a is not b:
                yield a.mutant("name of another", b.op, replace(a.spelling, name=b.spelling.name), op=b.op)


def _releases(subject: Subject) -> Iterator[Mutant]:
    """A spelling ends or begins so that a recorded release is on the other side."""
    spelling = subject.spelling
    if not isinstance(spelling, RelaxSpelling):
        return
    for a, b in itertools.pairwise(subject.card.relax):
        other = b if spelling is a else a if spelling is b else None
        if other is not None and other.name == spelling.name:
            yield subject.mutant("release", f"as from {other.since} until {other.until or 'now'}", other)


MAKERS = (
    _defaults, _field_order, _field_names, _field_kinds, _swapped_attributes, _senses, _choices, _frozen, _operands,
    _results, _structs, _releases,
)  # fmt: skip
