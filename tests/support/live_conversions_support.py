"""Recorded Relay modules converted, and what a real TVM makes of the script: read, built, run, right.

Right answers are the recorded ones; where Relay in TVM 0.19 gave none, or not the suite's, those of our interpreter of
Relay.
"""

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import models
import numpy as np
import recorded
import recorded_programs
from recorded_programs import Program, Verdict, judged

import migrate
from migrate.execution import bind_args, parameters
from migrate.forward.convert import ConversionResult
from migrate.values import leaves
from migrate.verify.agree import Judge
from migrate.verify.verdict import Outcome
from oracle import Oracle, OracleCrashed, OracleTimeout
from relay_compat.interpret import evaluate
from tensor_core.module import IRModule

COLLECTIONS = ("models", "onnx")
TARGETS = ("0.27", "0.19")
EXPANDED = ("nn.layer_norm",)
RIGHT = (Outcome.EXACT.value, Outcome.WITHIN_BOUND.value)
STAGES = {"parse": "not read", "build": "not built", "run": "not run"}


@dataclass(frozen=True, slots=True)
class Live:
    """How far one case came: refused (by us), not read, not built, not run, ended TVM, no answer, different,
    inconclusive, exact, within bound. ``built``: for which target, "llvm" or "c", and whether only with operators
    expanded.
    """

    case: str
    outcome: str
    message: str = ""
    built: str = ""

    @property
    def right(self) -> bool:
        """Whether TVM gives the right answer."""
        return self.outcome in RIGHT


def trial(tvm: Oracle, collection: str, corpus: recorded.Corpus, row: dict[str, Any]) -> Live:
    """One case converted for a TVM, and run by it."""
    if collection == "models":
        with tempfile.TemporaryDirectory() as folder:
            model = models.load(corpus, row["name"], Path(folder))
        # By position: a module may have several parameters of one name.
        args = [model.args[name] for name, _ in parameters(model.module) if name in model.args]
        found = _tried(tvm, row["name"], model.module, bind_args(model.module, args))
        return found if isinstance(found, Live) else _near(row["name"], found, model.answers)
    program = recorded_programs.COLLECTIONS[collection](corpus, row)
    found = _tried(tvm, row["name"], program.module, program.args)
    return found if isinstance(found, Live) else _judged(program, row, found)


@dataclass(frozen=True, slots=True)
class _Answer:
    outputs: list[Any]
    built: str


def _tried(tvm: Oracle, name: str, module: IRModule, args: list[Any]) -> Live | _Answer:
    found = _run(tvm, name, migrate.convert(module, target=tvm.release), args)
    if isinstance(found, Live) and found.outcome == "not built":
        # An option of the conversion is for builds of TVM that cannot compile an operator.
        again = _run(tvm, name, migrate.convert(module, target=tvm.release, expand=EXPANDED), args)
        if isinstance(again, _Answer):
            return _Answer(again.outputs, f"{again.built}, expanded")
    return found


def _run(tvm: Oracle, name: str, result: ConversionResult, args: list[Any]) -> Live | _Answer:
    if not result.report.complete:
        return Live(name, "refused", result.report.diagnostics[0].message)
    try:
        args = bind_args(result.module, args)
        found = tvm.relax_trial(result.script(), args, runtime=result.runtime_script())
    except OracleCrashed as error:
        return Live(name, "ended TVM", told(error.log) or f"signal {-error.returncode}")
    except OracleTimeout as error:
        return Live(name, "no answer", str(error))
    if found.failed:
        return Live(name, STAGES[found.failed], told(found.message), found.target)
    return _Answer(found.outputs, found.target)


def _near(name: str, found: _Answer, answers: list[Any]) -> Live:
    near = [np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(found.outputs, answers, strict=True)]
    return Live(name, (Outcome.WITHIN_BOUND if all(near) else Outcome.DIFFERENT).value, built=found.built)


def _judged(program: Program, row: dict[str, Any], found: _Answer) -> Live:
    made = verdict(program, row, found.outputs)
    return Live(program.name, made.outcome, told(made.reason), found.built)


def verdict(program: Program, row: dict[str, Any], outputs: list[Any]) -> Verdict:
    """What results of a recorded program are."""
    own = leaves(evaluate(program.module, program.args))
    if row.get("relay", "equal") != "equal":
        program = replace(program, answers=own, expected=[])
    return judged(program, "", outputs, Judge(program.module, program.args, own))


def told(message: str, width: int = 300) -> str:
    """The lines of a message that say most, in one line."""
    lines = [line.strip() for line in message.splitlines() if line.strip() and not line.lstrip().startswith("File ")]
    telling = [line for line in lines if re.search(r"[Ee]rror|[Ff]ail|[Ss]egfault|Check|not ", line)]
    text = " | ".join((telling or lines)[:3])
    text = re.sub(r"0x[0-9a-f]{6,}", "0x..", re.sub(r"\s+", " ", text))
    return text[:width]
