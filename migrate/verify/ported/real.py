"""The same property in real TVMs: the original in one with Relay, the port in one of the target release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrate.execution import bind_args, interpret
from migrate.values import leaves
from migrate.verify.agree import compare
from migrate.verify.generate.program import Program
from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleTimeout
from migrate.verify.oracles.live_tvm import Tvm
from migrate.verify.oracles.process import Interpreter
from migrate.verify.oracles.relay_oracle import engines_of
from migrate.verify.ported.checked import Checks
from migrate.verify.ported.composites import same_composites
from migrate.verify.ported.constants import converted
from migrate.verify.ported.twins import stranger
from migrate.verify.ported.user_file import UserFile
from migrate.verify.proof import differs
from migrate.verify.verdict import Outcome
from relax_core.text.printer import print_module
from relay_compat.json.writer import save_json
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule

_IDENTITY = "lambda mod: mod"
"""What shows how TVM prints a module that nothing changed."""
_RAISED = (OracleError, OracleCrashed, OracleTimeout)


@dataclass(slots=True)
class RealProof:
    """What real TVMs gave. ``unasked``: by reason, programs that one of them does not take, changed or not;
    ``unbuilt``: those that it builds as they are and not after the pass. ``not_run``: those that one of them does not
    build or computes otherwise before any pass, so that our interpreter runs what its pass gave. ``checks``: by version
    and row of a pattern table, how often its check refused a match and took one.
    """

    programs: int = 0
    changed: int = 0
    changed_on_relax: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter[Outcome])
    unasked: Counter[str] = field(default_factory=Counter[str])
    unbuilt: Counter[str] = field(default_factory=Counter[str])
    not_run: Counter[str] = field(default_factory=Counter[str])
    checks: Checks = field(default_factory=Checks)
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
            "not_run": dict(self.not_run),
            "checks": self.checks.to_json(),
            "reason": self.reason,
            "program": None if self.program is None else repr(self.program),
        }


@dataclass(frozen=True, slots=True)
class _Side:
    """One IR: how a module runs in its TVM, and the program before its pass and after."""

    name: str
    run: Callable[[IRModule, Program], list[Any] | str]
    before: IRModule
    after: IRModule


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
        named: frozenset[str] = frozenset(),
    ) -> None:
        """``names`` and ``pythons``: of the original and of the port; ``named``: what the original's patterns name."""
        here, there = (Interpreter(python) for python in pythons)
        self._names, self._target, self._named = names, target, named
        self._old, self._new = UserFile(here, original, "0.19", timeout), UserFile(there, ported, target, timeout)
        self._relay, self._relax = Tvm(here, "TVM 0.19", timeout), Tvm(there, f"TVM {target}", timeout)

    def load(self) -> None:
        """Load both files. DiagnosticError R2R0511 when one does not."""
        self._old.names()
        self._new.names()

    def checks(self) -> Checks:
        """What the checks of both pattern tables answered so far."""
        return Checks.of(self._old, self._new)

    def close(self) -> None:
        """End all processes."""
        for item in (self._old, self._new, self._relay, self._relax):
            item.close()

    def check(self, program: Program, proof: RealProof) -> bool:
        """Try one program; False when it shows that the port is wrong, which ``proof`` then says."""
        if reason := stranger(program.module, self._named, self._target):
            proof.unasked[reason] += 1
            return True
        try:
            old = self._old.relay(self._names[0], program.module)
            before = converted(program.module, self._target)
        except DiagnosticError as error:
            proof.unasked[_line(error)] += 1
            return True
        try:
            untouched = self._new.relax(_IDENTITY, before)
            new = self._new.relax(self._names[1], before)
        except DiagnosticError as error:
            if error.diagnostics[0].code is codes.NO_ANSWER:
                return self._wrong(program, proof, str(error))
            # What TVM printed is not read here: that says nothing of the port.
            proof.unasked[_line(error)] += 1
            return True
        if wrong := same_composites(old, new):
            return self._wrong(program, proof, wrong)
        proof.programs += 1
        proof.changed += differs(program.module, old)
        proof.changed_on_relax += differs(untouched, new)
        sides = (_Side("Relay", self._run_relay, program.module, old), _Side("Relax", self._run_relax, before, new))
        expected, outcome = leaves(interpret(old, program.args)), Outcome.EXACT
        for side in sides:
            outputs = self._outputs(side, program, proof)
            if outputs is None:
                return True
            outcome, reason = compare(old, program.args, expected, outputs)
            if outcome is Outcome.DIFFERENT and self._computes_otherwise(side, program):
                proof.not_run[f"{side.name} computes the program otherwise, changed or not"] += 1
                outcome, reason = compare(old, program.args, expected, _interpreted(side.after, program))
            if outcome is Outcome.DIFFERENT:
                return self._wrong(program, proof, f"{side.name}: {reason}")
        proof.outcomes[outcome] += 1
        return True

    def _outputs(self, side: _Side, program: Program, proof: RealProof) -> list[Any] | None:
        """What a side gives after the pass; None where the pass made it something that TVM does not build."""
        outputs = side.run(side.after, program)
        if not isinstance(outputs, str):
            return outputs
        if not isinstance(side.run(side.before, program), str):
            proof.unbuilt[f"{side.name}: {outputs}"] += 1
            return None
        proof.not_run[f"{side.name}: {outputs}"] += 1
        return _interpreted(side.after, program)

    def _computes_otherwise(self, side: _Side, program: Program) -> bool:
        """Whether TVM already gives other results for the program that no pass has touched."""
        outputs = side.run(side.before, program)
        if isinstance(outputs, str):
            return False
        expected = leaves(interpret(program.module, program.args))
        return compare(program.module, program.args, expected, outputs)[0] is Outcome.DIFFERENT

    def _run_relay(self, module: IRModule, program: Program) -> list[Any] | str:
        """What a Relay module gives, or why nothing."""
        try:
            return self._relay.relay_run(save_json(module), list(program.args), executor=engines_of(module)[0])
        except _RAISED as error:
            return _line(error)

    def _run_relax(self, module: IRModule, program: Program) -> list[Any] | str:
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


def _interpreted(module: IRModule, program: Program) -> list[Any]:
    return leaves(interpret(module, bind_args(module, program.args)))


def _line(error: Exception) -> str:
    return _first(str(error)) or type(error).__name__


def _first(text: str) -> str:
    return next(iter(text.strip().splitlines()), "")[:200]
