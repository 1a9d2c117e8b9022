"""Recorded programs (corpora evaluated and onnx): what interpreter and backend make of them beside real TVM 0.19.

An answer is right when it is TVM's to the bit, or where ops round within what the cards' error models admit
(:mod:`migrate.verify.agree`). What the cards call undefined is not compared.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import recorded

import migrate  # noqa: F401  chooses the compiler
from migrate.values import leaves
from migrate.verify.agree import Judge
from migrate.verify.verdict import Outcome
from relay_compat.backend.program import Prepared
from relay_compat.interpret import evaluate
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.json.reader import load_json
from relay_compat.types.infer import infer_types
from tensor_core import dtypes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.types import TensorType, Type

Array = np.ndarray[Any, Any]
Value = Any
SIDES = ("interpreter", "backend")
RIGHT = (Outcome.EXACT.value, Outcome.WITHIN_BOUND.value)
SUITE = {"rtol": 1e-3, "atol": 1e-5}
"""How well real Relay agreed with the ONNX suite's answers where the corpus calls the two equal."""


@dataclass(frozen=True, slots=True)
class Program:
    """A recorded case: typed module, arguments, TVM's answer, and what the ONNX suite expects if it is from there."""

    name: str
    module: IRModule
    args: list[Value]
    answers: list[Array]
    expected: list[Array]
    converted: bool
    """Whether an argument was recorded in another element type than its parameter has, which TVM may pass on."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one side makes of a case: an :class:`Outcome`'s value or "refused", and why if it is not right."""

    name: str
    side: str
    outcome: str
    reason: str = ""
    compiled: bool = False
    references: tuple[str, ...] = ()
    """The operators without machine code."""

    @property
    def right(self) -> bool:
        return self.outcome in RIGHT


def evaluated(corpus: recorded.Corpus, row: dict[str, Any]) -> Program:
    """A case of the corpus "evaluated"."""
    arrays = corpus.arrays(row["name"])
    given, answers = ([v for k, v in arrays.items() if k.startswith(prefix)] for prefix in ("arg_", "out_"))
    return _program(corpus, row, given, answers, [])


def onnx(corpus: recorded.Corpus, row: dict[str, Any]) -> Program:
    """A case of the corpus "onnx"."""
    arrays = corpus.arrays(row["name"])
    given = [arrays[f"in_{param}"] for param in row["params"]]
    answers, expected = ([v for k, v in arrays.items() if k.startswith(prefix)] for prefix in ("relay_", "out_"))
    return _program(corpus, row, given, answers, expected)


def _program(
    corpus: recorded.Corpus, row: dict[str, Any], given: Sequence[Array], answers: list[Array], expected: list[Array]
) -> Program:
    module = cast(IRModule, infer_types(load_json(corpus.text(row["name"], "module.json"))))
    main = module["main"]
    assert isinstance(main, Function)
    args = [_argument(value, param.checked) for value, param in zip(given, main.params, strict=True)]
    converted = any(a.dtype != b.dtype for a, b in zip(args, given, strict=True) if b.dtype != np.uint16)
    return Program(row["name"], module, args, answers, expected, converted)


def _argument(value: Array, type_: Type | None) -> Value:
    """An argument as its parameter has it: TVM's executors take Python numbers, recorded as numpy takes them, and the
    graph executor converts arrays.
    """
    return _as(value, dtypes.to_numpy(type_.dtype)) if isinstance(type_, TensorType) else value


def _as(value: Array, dtype: np.dtype[Any]) -> Array:
    """An array of another element type; bfloat16 is recorded as its bits, since npz does not hold it."""
    bits = dtypes.from_numpy(dtype) == "bfloat16" and value.dtype == np.uint16
    return value.view(dtype) if bits else value.astype(dtype, copy=False)


def verdicts(program: Program) -> Iterator[Verdict]:
    """What both sides make of a case."""
    try:
        own = leaves(evaluate(program.module, program.args))
    except DiagnosticError as error:
        yield from (Verdict(program.name, side, "refused", str(error)) for side in SIDES)
        return
    judge = Judge(program.module, program.args, own)
    yield judged(program, "interpreter", own, judge)
    prepared = Prepared(program.module, interprets=True)
    try:
        answer = leaves(prepared.run("main", program.args))
    except DiagnosticError as error:
        yield Verdict(program.name, "backend", "refused", str(error))
        return
    found = judged(program, "backend", answer, judge)
    yield replace(found, compiled=prepared.is_compiled("main"), references=prepared.references("main"))


def judged(program: Program, side: str, ours: list[Array], judge: Judge) -> Verdict:
    if len(ours) != len(program.answers):
        reason = f"{len(ours)} results for {len(program.answers)}"
        return Verdict(program.name, side, Outcome.DIFFERENT.value, reason)
    theirs = [_answer(program, answer, mine.dtype) for answer, mine in zip(program.answers, ours, strict=True)]
    outcome, reason = judge.of_two(ours, theirs)
    if outcome.value in RIGHT and not _suits(program, ours, judge):
        outcome, reason = Outcome.DIFFERENT, "not what the ONNX suite expects"
    return Verdict(program.name, side, outcome.value, reason)


def _answer(program: Program, answer: Array, dtype: np.dtype[Any]) -> Array:
    if dtypes.from_numpy(dtype) == "bfloat16" or (program.converted and np.array_equal(answer, answer.astype(dtype))):
        return _as(answer, dtype)
    return answer


def _suits(program: Program, ours: Sequence[Array], judge: Judge) -> bool:
    """Whether an answer is the ONNX suite's, as well as real Relay's was; elements that TVM leaves open apart."""
    for mine, want, open_ in zip(ours, program.expected, judge.open, strict=bool(program.expected)):
        numbers = mine.view(np.uint16) if dtypes.from_numpy(mine.dtype) == "bfloat16" else mine
        close = np.isclose(numbers.astype("float64"), want.astype("float64"), **SUITE, equal_nan=True)
        if mine.shape != want.shape or not np.all(close | open_):
            return False
    return True


def sliced(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """The part of a collection that the default tests run."""
    return rows[::5]


COLLECTIONS: dict[str, Callable[[recorded.Corpus, dict[str, Any]], Program]] = {"evaluated": evaluated, "onnx": onnx}


def rows(name: str, corpus: recorded.Corpus | None = None) -> list[dict[str, Any]]:
    """The cases of a collection in which TVM's answer is right, as far as the collection says."""
    found = recorded.rows(name) if corpus is None else corpus.rows
    return [row for row in found if name != "onnx" or row["relay"] == "equal"]
