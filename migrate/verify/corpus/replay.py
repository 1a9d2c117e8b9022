"""A corpus replayed: whether each module is read, printed, typed, evaluated, transformed and converted as recorded."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import relay_compat.ir.expr as relay
from migrate.execution import execute
from migrate.forward.convert import convert
from migrate.ticker import Ticker, silent
from migrate.values import Array, Value, leaves
from migrate.verify.agree import Judge
from migrate.verify.corpus.archive import COLLECTIONS, Corpus
from migrate.verify.corpus.passes import equal, names, replayable
from migrate.verify.corpus.recorded_types import recorded_types
from migrate.verify.verdict import Outcome
from relay_compat.json.reader import load_json
from relay_compat.text.printer import print_module
from relay_compat.transform.registry import find
from relay_compat.types.infer import infer_types
from tensor_core import codes, dtypes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule
from tensor_core.types import TensorType


class Step(enum.Enum):
    """What a module is tried with, in this order."""

    READ = "read"
    TYPES = "types equal"
    PRINTED = "printed byte for byte"
    INTERPRETED = "interpreted as recorded"
    COMPILED = "compiled as recorded"
    CONVERTED = "converted"
    PASSES = "passes as recorded"


class Result(enum.Enum):
    """What came of a step."""

    GOOD = "good"
    DIFFERENT = "different"
    REFUSED = "refused"
    UNDECIDED = "undecided"
    """Rounding hides it, or what was recorded cannot be replayed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One step of one case. ``origin``: the test or script that it was recorded from."""

    collection: str
    case: str
    origin: str
    step: Step
    result: Result
    reason: str = ""

    def to_json(self) -> dict[str, str]:
        """The machine form."""
        where = {"collection": self.collection, "case": self.case, "origin": self.origin}
        return {**where, "step": self.step.value, "result": self.result.value, "reason": self.reason}


def replay(folder: Path, progress: Ticker | None = None) -> Iterator[Finding]:
    """Every step of every case of the collections in a folder. R2R0512 where there is none, or a damaged one."""
    tick = progress or silent
    files = {name: folder / f"{name}.zip" for name in COLLECTIONS}
    if not any(file.exists() for file in files.values()):
        wanted = ", ".join(f"{name}.zip" for name in COLLECTIONS)
        raise fail(codes.BAD_CORPUS, f"{folder} holds none of {wanted}", hint="give the --out of relay2relax record")
    for collection, file in files.items():
        if not file.exists():
            continue
        with Corpus(file) as corpus:
            for number, row in enumerate(corpus.rows):
                tick(collection, number, len(corpus.rows))
                case, origin = row["name"], str(row.get("origin", ""))
                found = _passes(corpus, row) if collection == "passes" else _module(corpus, row)
                for step, result, reason in found:
                    yield Finding(collection, case, origin, step, result, reason)


Found = Iterator[tuple[Step, Result, str]]


def _module(corpus: Corpus, row: Mapping[str, Any]) -> Found:
    text = corpus.text(row["name"], "module.json")
    try:
        module = load_json(text, infer=False)
        yield Step.READ, Result.GOOD, ""
    except DiagnosticError as error:
        yield Step.READ, Result.REFUSED, _said(error)
        return
    try:
        module = infer_types(module)
    except DiagnosticError as error:
        yield Step.TYPES, Result.REFUSED, _said(error)
        return
    wrong = [
        f"{type(node).__name__} is {node.checked}, recorded {kind}"
        for node, kind in recorded_types(text, module)
        if str(node.checked) != kind
    ]
    yield Step.TYPES, Result.DIFFERENT if wrong else Result.GOOD, "; ".join(wrong[:3])
    if corpus.has(row["name"], "module.relay"):
        reason = _first_line(corpus.text(row["name"], "module.relay"), print_module(module))
        yield Step.PRINTED, Result.DIFFERENT if reason else Result.GOOD, reason
    if corpus.has(row["name"], "data.npz") and "outputs" in row:
        yield from _evaluated(module, corpus.arrays(row["name"]))
    yield _conversion(module)


def _first_line(theirs: str, ours: str) -> str:
    """The first line that differs; empty if none does."""
    if theirs == ours:
        return ""
    a, b = theirs.splitlines(), ours.splitlines()
    place = next((n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b)))
    shown = (" ".join(lines[place : place + 1]).strip()[:200] for lines in (a, b))
    return "line {}: {!r} recorded, {!r} here".format(place + 1, *shown)


def _evaluated(module: IRModule, arrays: Mapping[str, Array]) -> Found:
    given, answer = ([v for k, v in arrays.items() if k.startswith(prefix)] for prefix in ("arg_", "out_"))
    main = module["main"]
    assert isinstance(main, relay.Function)
    args = [as_declared(value, param.checked) for value, param in zip(given, main.params, strict=True)]
    try:
        expected = leaves(execute(module, args, executor="interpreter"))
    except DiagnosticError as error:
        yield Step.INTERPRETED, Result.REFUSED, _said(error)
        return
    judge = Judge(module, args, expected)
    yield Step.INTERPRETED, *_judged(judge, expected, answer)
    try:
        yield Step.COMPILED, *_judged(judge, leaves(execute(module, args)), answer)
    except DiagnosticError as error:
        yield Step.COMPILED, Result.REFUSED, _said(error)


def _judged(judge: Judge, ours: Sequence[Array], answer: Sequence[Array]) -> tuple[Result, str]:
    if len(ours) != len(answer):
        return Result.DIFFERENT, f"{len(ours)} results, recorded {len(answer)}"
    theirs = [_cast(value, mine.dtype) for value, mine in zip(answer, ours, strict=True)]
    outcome, reason = judge.of_two(ours, theirs)
    if outcome is Outcome.INCONCLUSIVE:
        return Result.UNDECIDED, reason
    return (Result.DIFFERENT if outcome is Outcome.DIFFERENT else Result.GOOD), reason[:500]


def as_declared(value: Array, type_: Any) -> Value:
    """An argument as its parameter has it: TVM's executors take Python numbers and convert arrays."""
    return _cast(value, dtypes.to_numpy(type_.dtype)) if isinstance(type_, TensorType) else value


def _cast(value: Array, dtype: np.dtype[Any]) -> Array:
    """An array of another element type; what numpy does not know was recorded as its bits."""
    is_bits = dtype.isbuiltin != 1 and value.dtype.kind == "u" and value.dtype.itemsize == dtype.itemsize
    return value.view(dtype) if is_bits else value.astype(dtype, copy=False)


def _conversion(module: IRModule) -> tuple[Step, Result, str]:
    try:
        report = convert(module).report
    except DiagnosticError as error:
        return Step.CONVERTED, Result.REFUSED, _said(error)
    if report.complete:
        return Step.CONVERTED, Result.GOOD, ""
    return Step.CONVERTED, Result.REFUSED, report.diagnostics[0].message if report.diagnostics else "incomplete"


def _passes(corpus: Corpus, row: Mapping[str, Any]) -> Found:
    case = corpus.json(row["name"], "case.json")
    for side in ("before", "after"):
        try:
            module = case[side]
            load_json(module if isinstance(module, str) else json.dumps(module), infer=False)
        except DiagnosticError as error:
            yield Step.READ, Result.REFUSED, _said(error)
            return
    yield Step.READ, Result.GOOD, ""
    makers: dict[str, Callable[..., Any]] = {}
    for name in names(case):
        found = find(name)
        if found is None:
            yield Step.PASSES, Result.REFUSED, f"{name} is no pass that is here"
            return
        makers[name] = found
    if not replayable(row, case):
        yield Step.PASSES, Result.UNDECIDED, "what the passes were given is not all data"
        return
    # Of a pass that ran inside of something, the options are not known.
    by_name = bool(row.get("by_name"))
    try:
        same = equal(case, {**makers, **_required()})
        other = Result.UNDECIDED if by_name else Result.DIFFERENT
        yield Step.PASSES, Result.GOOD if same else other, "" if same else ", ".join(names(case))
    except DiagnosticError as error:
        yield Step.PASSES, Result.UNDECIDED if by_name else Result.REFUSED, _said(error)
    except TypeError as error:
        yield Step.PASSES, Result.UNDECIDED, str(error)


def _required() -> dict[str, Callable[..., Any]]:
    infer = find("InferType")
    assert infer is not None
    return {"InferType": infer}


def _said(error: DiagnosticError) -> str:
    first = error.diagnostics[0]
    return f"{first.code.id} {first.message}"
