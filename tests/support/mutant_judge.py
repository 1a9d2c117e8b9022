"""Whether the recorded evidence notices a wrong spelling, and which wrong spellings are none."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import op_checks
import recorded_ops
from recorded_ops import Call, Record
from spelling_mutants import AXES, Mutant, recorded_calls, recorded_values

from tensor_core.ops.card import Field, Kind, Law
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relax_params, relax_written, relay_attrs, relay_params


@functools.cache
def _rows() -> dict[tuple[str, str, str], list[Record]]:
    found: dict[tuple[str, str, str], list[Record]] = {}
    for record in recorded_ops.records():
        found.setdefault((record.side, record.release, record.row["op"]), []).append(record)
    return found


def rows(mutant: Mutant) -> list[Record]:
    """The recorded rows that judge a mutant."""
    return _rows().get((mutant.side, mutant.release, mutant.op), [])


def killed(mutant: Mutant) -> str | None:
    """The check that fails with a mutant and on which row; None when all pass."""
    try:
        _signature(mutant)
    # Whatever a wrong spelling makes of the evidence: it was noticed.
    except Exception as error:
        return f"signature: {error!r:.80}"
    for record in rows(mutant):
        try:
            call = _told(mutant, record)
            op_checks.operands(call, len(record.row["operands"]))
            op_checks.type_(call)
            if call.is_taken:
                _deep(record, call)
        except Exception as error:
            return f"{record.family} {record.number}: {error!r:.80}"
    return None


def _signature(mutant: Mutant) -> None:
    stated = recorded_ops.signatures(mutant.side, mutant.release).get(mutant.op)
    if stated is None:
        return
    if mutant.spelling is None:
        op_checks.relay_signature(mutant.card, stated)
    else:
        most = recorded_ops.most_operands("relax", mutant.release, mutant.op)
        op_checks.relax_signature(mutant.spelling, stated, most)


def _told(mutant: Mutant, record: Record) -> Call:
    call = record.tell(mutant.card, mutant.spelling)
    if mutant.order is None:
        return call
    taken = [n for n in mutant.order if n < len(call.args)]
    return replace(call, args=tuple(call.args[n] for n in taken), stated=tuple(call.stated[n] for n in taken))


def _deep(record: Record, call: Call) -> None:
    """Values and the way through the parameters, where they can differ from those of the right card."""
    if call.failed == "values":
        op_checks.wrong_values(call)
    if call.failed is None and not _alike(_right(record), call):
        op_checks.values(call)
    op_checks.round_trip(call)


@functools.cache
def _right_calls() -> dict[tuple[str, str, str, int], Call]:
    return {(call.family, call.side, call.release, call.number): call for call in recorded_ops.calls()}


def _right(record: Record) -> Call:
    return _right_calls()[record.family, record.side, record.release, record.number]


def _alike(right: Call, call: Call) -> bool:
    """Whether the right card makes the same of a row, so that what it computes need not be looked at again."""
    if right.card.name != call.card.name or right.card.reference is not call.card.reference:
        return False
    return _same_arguments(right.args, call.args) and _equal(right.params(), call.params())


def _same_arguments(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    left, right = op_checks.flat(a), op_checks.flat(b)
    return len(left) == len(right) and all(map(np.shares_memory, left, right))


def _equal(a: Any, b: Any) -> bool:
    """Equality of parameters, which may hold arrays."""
    try:
        return bool(a == b)
    except ValueError:
        return False


# ---------------------------------------------------------------- mutants that mean the same

CHOICES: dict[Kind, tuple[Any, ...]] = {
    Kind.BOOL: (False, True),
    Kind.INT: (-2, -1, 0, 1, 2, 3),
    Kind.FLOAT: (-1.5, 0.0, 0.5, 2.0),
    Kind.DTYPE: ("", "float16", "float32", "float64", "int8", "int32", "int64"),
    Kind.STR: ("", "NCHW", "NHWC", "OIHW", "HWIO", "NCW", "NWC", "NCDHW", "NDHWC"),
    Kind.INTS: ((), (0,), (1,), (2, 1), (0, 1), (1, 2, 3), (1, 2, 3, 4)),
}
"""Values that an attribute may have beside those in the rows."""


def equivalent(mutant: Mutant) -> str | None:
    """Why a mutant is no fault at all; None when it is one."""
    if mutant.kind == "operands swapped":
        return "the operator is commutative" if Law.COMMUTATIVE in mutant.card.laws else None
    if mutant.kind == "results swapped":
        return None
    if mutant.kind == "list reversed" and _order_is_meaningless(mutant):
        return "the order of the axes makes no difference"
    if all(a == b for a, b in _readings(mutant)):
        return "reads all calls alike, and what it writes is read alike"
    return None


def _readings(mutant: Mutant) -> Iterator[tuple[Any, Any]]:
    """What the right spelling and the mutant make of the recorded calls, with each choice of the attributes in them."""
    tried = False
    for record in rows(mutant):
        ours = _right(record)
        for changes in _changes(mutant):
            right = replace(ours, attrs={**ours.attrs, **changes})
            a, b = _read(right), _read(replace(right, card=mutant.card, spelling=mutant.spelling))
            yield _Same(a), _Same(b)
            if a is not None and b is not None:
                tried = True
                yield _Same(a), _Same(_read_back(right, mutant, a))
    yield tried, True


class _Same:
    """Parameters, which may hold arrays, by equality."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and _equal(self.value, other.value)

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def _read(call: Call) -> Any:
    """The parameters that a call is read as; None where it is refused."""
    try:
        params = call.params()
        call.card.infer(params, *call.types)
    # Choices are tried blindly; an illegal one may not even be refused properly, which is for other tests to see.
    except Exception:
        return None
    return params


def _read_back(right: Call, mutant: Mutant, params: Any) -> Any:
    """How the right spelling reads what the mutant writes of parameters; the parameters where nothing is written."""
    if right.spelling and right.spelling.fits and right.spelling.fits(params, right.types, right.release):
        return params
    try:
        if mutant.spelling is None:
            return relay_params(right.card, relay_attrs(mutant.card, params, right.types), right.types)
        assert right.spelling is not None
        written = relax_written(mutant.spelling, params, right.types)
        return relax_params(right.card, right.spelling, written, right.types)
    # Choices are tried blindly; an illegal one may not even be refused properly, which is for other tests to see.
    except Exception:
        return None


def _changes(mutant: Mutant) -> Iterator[dict[str, Any]]:
    yield {}
    for item in _fields(mutant):
        if item.name in mutant.touched:
            for value in {*CHOICES.get(item.kind, ()), *recorded_values(mutant.card, item.name)}:
                yield {item.name: value}


def _order_is_meaningless(mutant: Mutant) -> bool:
    """Whether axes in any order mean the same, which calls with several axes must show."""
    (name,) = mutant.touched
    if name not in AXES:
        return False
    several = [
        call for call in recorded_calls()[mutant.card.name] if _count(call.attrs.get(name)) > 1 and call.is_taken
    ]
    turned = [replace(call, attrs={**call.attrs, name: call.attrs[name][::-1]}) for call in several]
    pairs = zip(several, turned, strict=True)
    return bool(several) and all(op_checks.same_meaning(a, a.params(), b.params()) for a, b in pairs)


def _count(value: Any) -> int:
    return len(value) if isinstance(value, tuple) else 0


# ---------------------------------------------------------------- verdicts


@dataclass
class Verdicts:
    """What became of some mutants: how many of each kind were killed, who survived, how many were none."""

    killed: Counter[str] = field(default_factory=Counter)
    survivors: list[Mutant] = field(default_factory=list)
    equivalents: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """How many mutants are faults."""
        return self.killed.total() + len(self.survivors)

    @property
    def rate(self) -> float:
        """The part of them that was killed."""
        return self.killed.total() / max(1, self.total)


def judge(mutants: Iterable[Mutant]) -> Verdicts:
    """Try every mutant on the recorded evidence."""
    result = Verdicts()
    for mutant in mutants:
        if killed(mutant):
            result.killed[mutant.kind] += 1
        elif equivalent(mutant):
            result.equivalents[mutant.kind] += 1
        else:
            result.survivors.append(mutant)
    return result


def reason(mutant: Mutant) -> str:
    """Why nothing on record speaks against a mutant."""
    found = [_right(record) for record in rows(mutant)]
    taken = [call for call in found if call.is_taken]
    if not taken:
        return "no row of this release"
    for name in mutant.touched:
        if name in {item.name for item in _fields(mutant)} and len({repr(call.attrs.get(name)) for call in taken}) < 2:
            return f"{name} has one value in all rows"
    if all(call.failed for call in taken):
        return "the release computes none of the rows"
    return "no row tells the two apart"


def _fields(mutant: Mutant) -> tuple[Field, ...]:
    card = registry().by_name[mutant.card.name]
    spelling = card.relax_for(mutant.release) if mutant.side == "relax" else card.relay
    assert spelling is not None
    return spelling.fields
