"""The same property in real TVMs: the original in one with Relay, the port in one of the target release."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrate.execution import bind_args, interpret
from migrate.forward.convert import convert
from migrate.values import leaves
from migrate.verify.agree import compare
from migrate.verify.generate.program import Program
from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleTimeout
from migrate.verify.oracles.live_tvm import Tvm
from migrate.verify.oracles.process import Interpreter
from migrate.verify.oracles.relay_oracle import engines_of
from migrate.verify.ported.user_file import UserFile
from migrate.verify.proof import differs
from migrate.verify.verdict import Outcome
from relax_core.text.printer import print_module
from relay_compat.json.writer import save_json
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

_RAISED = (OracleError, OracleCrashed, OracleTimeout)


@dataclass(slots=True)
class RealProof:
    """What real TVMs gave. ``unasked``: by reason, programs that one of them does not take, changed or not;
    ``unbuilt``: those that Relax takes as they are and does not build, or run, after the port.
    """

    programs: int = 0
    changed: int = 0
    changed_on_relax: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter[Outcome])
    unasked: Counter[str] = field(default_factory=Counter[str])
    unbuilt: Counter[str] = field(default_factory=Counter[str])
    reason: str = ""
    program: Program | None = None

    def __bool__(self) -> bool:
        return self.program is None and bool(self.changed and self.changed_on_relax)

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "holds": bool(self),
            "programs": self.programs,
            "changed": self.changed,
            "changed_on_relax": self.changed_on_relax,
            "outcomes": {outcome.value: count for outcome, count in self.outcomes.items()},
            "unasked": dict(self.unasked),
            "unbuilt": dict(self.unbuilt),
            "reason": self.reason,
            "program": None if self.program is None else repr(self.program),
        }


class RealPair:
    """Both files in real TVMs, and what runs the results there. Close it."""

    def __init__(
        self,
        original: Path,
        ported: Path,
        names: tuple[str, str],
        pythons: tuple[Path, Path],
        target: str,
        timeout: float,
    ) -> None:
        """``names`` and ``pythons``: of the original and of the port."""
        here, there = (Interpreter(python) for python in pythons)
        self._names, self._target = names, target
        self._old, self._new = UserFile(here, original, "0.19", timeout), UserFile(there, ported, target, timeout)
        self._relay, self._relax = Tvm(here, "TVM 0.19", timeout), Tvm(there, f"TVM {target}", timeout)

    def load(self) -> None:
        """Load both files. DiagnosticError R2R0511 when one does not."""
        self._old.names()
        self._new.names()

    def close(self) -> None:
        """End all processes."""
        for item in (self._old, self._new, self._relay, self._relax):
            item.close()

    def check(self, program: Program, proof: RealProof) -> bool:
        """Try one program; False when it shows that the port is wrong, which ``proof`` then says."""
        try:
            old = self._old.relay(self._names[0], program.module)
            converted = convert(program.module, self._target).module
        except DiagnosticError as error:
            proof.unasked[_line(error)] += 1
            return True
        try:
            new = self._new.relax(self._names[1], converted)
        except DiagnosticError as error:
            if error.diagnostics[0].code is codes.NO_ANSWER:
                return self._wrong(program, proof, str(error))
            # What TVM printed is not read here: that says nothing of the port.
            proof.unasked[_line(error)] += 1
            return True
        try:
            given = self._relay.relay_run(save_json(old), list(program.args), executor=engines_of(old)[0])
        except _RAISED as error:
            proof.unasked[f"Relay: {_line(error)}"] += 1
            return True
        got = self._ran(new, program)
        if isinstance(got, str):
            before = self._ran(converted, program)
            (proof.unasked if isinstance(before, str) else proof.unbuilt)[f"Relax: {got}"] += 1
            return True
        proof.programs += 1
        proof.changed += differs(program.module, old)
        proof.changed_on_relax += differs(converted, new)
        expected = leaves(interpret(old, program.args))
        for side, outputs in (("Relay", given), ("Relax", got)):
            outcome, reason = compare(old, program.args, expected, outputs)
            if outcome is Outcome.DIFFERENT:
                return self._wrong(program, proof, f"{side}: {reason}")
        proof.outcomes[outcome] += 1
        return True

    def _ran(self, module: IRModule, program: Program) -> list[Any] | str:
        """What a Relax module gives, or why nothing."""
        text = print_module(module, self._target, module.release)
        try:
            trial = self._relax.relax_trial(text, bind_args(module, program.args))
        except (OracleCrashed, OracleTimeout) as error:
            return _line(error)
        return f"{trial.failed}: {_first(trial.message)}" if trial.failed else trial.outputs

    def _wrong(self, program: Program, proof: RealProof, reason: str) -> bool:
        proof.program, proof.reason = program, reason
        return False


def _line(error: Exception) -> str:
    return _first(str(error)) or type(error).__name__


def _first(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")[:200]
