"""Prints what the recorded rows leave untried: by spelling and attribute, the choices that no row of a release makes.

    PYTHONPATH=. python tests/corpus/report_evidence.py [OPERATOR ...]

Choices are both booleans, the strings and element types that rows of any source write, axes counted from the end, an
attribute away from its default, and optional operands given and left out.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import recorded_ops
import spelling_mutants
from recorded_ops import Call
from spelling_mutants import AXES, Subject

from tensor_core.ops.card import REQUIRED, Field, Kind, RelaxSpelling


def main() -> None:
    only = set(sys.argv[1:])
    taken: dict[tuple[str, str, str], list[Call]] = {}
    for call in recorded_ops.calls():
        if call.is_taken:
            taken.setdefault((call.side, call.release, call.op), []).append(call)
    tried = total = 0
    for subject in spelling_mutants.subjects():
        calls = taken.get((subject.side, subject.release, subject.op), [])
        wanted = list(choices(subject, calls))
        missing = [what for what, found in wanted if not found]
        total, tried = total + len(wanted), tried + len(wanted) - len(missing)
        computed = sum(call.failed is None for call in calls)
        if missing and (not only or subject.op in only):
            print(f"{subject.side} {subject.release} {subject.op} ({computed} of {len(calls)} rows computed)")
            print("    " + "; ".join(missing))
    print(f"{tried} of {total} choices are on record")


def choices(subject: Subject, calls: list[Call]) -> Iterator[tuple[str, bool]]:
    """Every choice of a spelling, and whether a row makes it."""
    yield "any row", bool(calls)
    for item in subject.spelling.fields:
        values = [value_of(call, item) for call in calls]
        for what, wanted in choices_of(subject, item):
            yield f"{item.name} {what}", any(map(wanted, values))
    if isinstance(subject.spelling, RelaxSpelling):
        for n, operand in enumerate(subject.spelling.operands):
            optional = operand.optional or any(i.name == operand.name and i.optional for i in subject.card.inputs)
            if optional:
                given = [len(call.args) + len(call.written) > n for call in calls]
                yield f"operand {operand.name} given", any(given)
                yield f"operand {operand.name} left out", not all(given)


def choices_of(subject: Subject, item: Field) -> Iterator[tuple[str, Any]]:
    """The choices of one attribute, each with what tells whether a value makes it."""
    default = None if item.default is REQUIRED else item.default
    if item.kind is Kind.BOOL:
        yield "False", lambda value: value is not None and not value
        yield "True", bool
    elif item.kind in (Kind.STR, Kind.DTYPE):
        known = {value for value in spelling_mutants.recorded_values(subject.card, item.name) if isinstance(value, str)}
        for choice in sorted(known):
            yield repr(choice), lambda value, choice=choice: value == choice
    else:
        yield f"other than {default!r}", lambda value: value is not None and value != default
    if item.name in AXES:
        yield "from the end", lambda value: any(isinstance(n, int) and n < 0 for n in listed(value))


def listed(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def value_of(call: Call, item: Field) -> Any:
    """What a row says of an attribute, or what it says by leaving it out."""
    default = item.default if call.side == "relay" or item.python is REQUIRED else item.python
    return call.attrs.get(item.name, None if default is REQUIRED else default)


if __name__ == "__main__":
    main()
