"""Property-based proof of a ported pass: on generated programs, both versions change nothing that is computed.

For a Relay program ``m`` with arguments: ``run(m)``, ``run(old(m))`` and ``run(new(convert(m)))`` agree, and both
results have the property that the pass promises (after FoldConstant: no call on constants alone).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from migrate.execution import bind_args, execute, interpret
from migrate.forward.convert import convert
from migrate.report.model import Outcome as Fate
from migrate.report.model import Report
from migrate.values import Array, leaves
from migrate.verify.agree import compare, same
from migrate.verify.generate import PLAIN, Features, Program, draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.shrink import smallest
from migrate.verify.generate.skeletons import SKELETONS, Skeleton
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import equal
from migrate.verify.reduce import reduce
from migrate.verify.verdict import Outcome
from relax_core.text.release import NEWEST
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.passes import Contract

Transform = Callable[[IRModule], IRModule]


def differs(before: IRModule, after: IRModule) -> bool:
    """Whether two modules of one IR are not structurally equal."""
    return before is not after and not equal(before, after)


def _as_it_is(module: IRModule) -> IRModule:
    return module


@dataclass(frozen=True, slots=True)
class PortedPass:
    """A pass on both sides. ``relay`` and ``relax`` take and give modules.

    ``promise(module)`` says what a module still holds that the pass should have dealt with; empty when nothing is left.
    ``changed(before, after)`` says whether a version did anything. ``contract``: what the Relay version may
    change about the numbers; with ``APPROXIMATE`` the Relax version is held to what the Relay version gives, or where
    there is ``near(expected, given)``, both to what that says about their results beside the program's.
    ``target``: the release that programs are converted for.
    ``prepare``: what is done to a converted program before the Relax version.
    ``agree(old, new)`` says how what the versions give differs beside what it computes; empty when it does not.
    ``by_conversion``: the promise holds of every converted program, so that the Relax version has nothing left to do.
    ``features`` and ``skeletons``: the programs that the pass is for (:func:`~migrate.verify.generate.draw_program`);
    ``takes(module)`` says of each whether it meets what else the pass presumes.
    """

    name: str
    relay: Transform
    relax: Transform
    promise: Callable[[IRModule], str]
    changed: Callable[[IRModule, IRModule], bool] = differs
    contract: Contract = Contract.EXACT
    by_conversion: bool = False
    features: Features = PLAIN
    skeletons: Sequence[Skeleton] = SKELETONS
    takes: Callable[[IRModule], bool] | None = None
    agree: Callable[[IRModule, IRModule], str] | None = None
    target: str = NEWEST
    near: Callable[[Sequence[Array], Sequence[Array]], str] | None = None
    prepare: Transform = _as_it_is


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest program found on which a pass is wrong, and what is wrong."""

    program: Program
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}\n{self.program!r}"


@dataclass(slots=True)
class Proof:
    """What a run of the property saw: programs up to the first failure, how many of them the Relay and the Relax
    version changed, the outcomes of the Relax side, and by skeleton how many programs were built on it and how many of
    those the Relay version changed. ``outside``: further programs that the pass does not take. ``missed``: programs
    that the Relay version changed and the Relax version did not; ``first_missed`` is one.
    """

    name: str
    by_conversion: bool = False
    programs: int = 0
    outside: int = 0
    changed: int = 0
    changed_on_relax: int = 0
    missed: int = 0
    first_missed: Program | None = None
    outcomes: dict[Outcome, int] = field(default_factory=dict[Outcome, int])
    around: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    counterexample: Counterexample | None = None

    def __bool__(self) -> bool:
        return self.counterexample is None

    @property
    def vacuous(self) -> bool:
        """Whether a version never had anything to do, so that nothing was shown of it."""
        return not (self.changed and (self.changed_on_relax or self.by_conversion))

    def count(self, program: Program, changed: bool) -> None:
        """One more program that the Relay version changed, or did not."""
        built, had = self.around.get(program.around, (0, 0))
        self.around[program.around] = built + 1, had + changed
        self.changed += changed

    def count_on_relax(self, program: Program, changed: bool, on_relay: bool) -> None:
        """Whether the Relax version changed the program as well."""
        self.changed_on_relax += changed
        if on_relay and not changed:
            self.missed += 1
            self.first_missed = self.first_missed or program

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "pass": self.name,
            "holds": bool(self),
            "vacuous": self.vacuous,
            "programs": self.programs,
            "outside": self.outside,
            "changed": self.changed,
            "changed_on_relax": self.changed_on_relax,
            "missed": self.missed,
            "outcomes": {outcome.value: count for outcome, count in self.outcomes.items()},
            "around": {name: {"programs": built, "changed": had} for name, (built, had) in self.around.items()},
            "counterexample": None
            if self.counterexample is None
            else {"reason": self.counterexample.reason, "program": repr(self.counterexample.program)},
        }


def prove(
    port: PortedPass,
    count: int = 100,
    number: int = 0,
    *,
    backend: bool = False,
    reduced: bool = True,
    tick: Callable[[int], None] | None = None,
) -> Proof:
    """Try the property on ``count`` programs drawn from seed ``number``; the first failure ends it, and is reduced
    unless ``reduced`` is false. With ``backend`` the ported module runs compiled as well.
    """
    proof = Proof(port.name, port.by_conversion)
    for n in range(count):
        if tick is not None:
            tick(n + 1)
        program = draw_program(of_seed(f"{number}:{n}"), features=port.features, skeletons=port.skeletons)
        if port.takes is not None and not port.takes(program.module):
            proof.outside += 1
            continue
        proof.programs += 1
        outcome, reason = examine(port, program, backend=backend, proof=proof)
        if outcome is Outcome.DIFFERENT:
            found = Counterexample(program, reason)
            proof.counterexample = _reduced(port, f"{number}:{n}", backend) if reduced else found
            break
        proof.outcomes[outcome] = proof.outcomes.get(outcome, 0) + 1
    return proof


def _reduced(port: PortedPass, source: str, backend: bool) -> Counterexample:
    """The smallest failure found: hypothesis reduces the choices that led to it, then the program itself is."""

    def check(program: Program) -> Check:
        if port.takes is not None and not port.takes(program.module):
            return Check(Outcome.EXACT, changed=False)
        outcome, reason = examine(port, program, backend=backend)
        stage, _, what = reason.partition(": ")
        return Check(outcome, reason, f"{stage}: {what.partition('[')[0].partition(' ')[0]}")

    program = smallest(source, lambda program: check(program).failed, features=port.features, skeletons=port.skeletons)
    found = reduce(program, Property(port.name, check))
    return Counterexample(found.program, found.check.reason)


def examine(
    port: PortedPass, program: Program, *, backend: bool = False, proof: Proof | None = None
) -> tuple[Outcome, str]:
    """The property on one program: the outcome of the Relax side, or DIFFERENT with the first thing that is wrong."""
    module, args = program.module, program.args
    expected = leaves(interpret(module, args))
    stage = f"{port.name} on Relay"
    try:
        old = port.relay(module)
        on_relay = port.changed(module, old)
        if proof is not None:
            proof.count(program, on_relay)
        given = leaves(interpret(old, args))
        if wrong := port.promise(old) or _broken(port, program, expected, given):
            return Outcome.DIFFERENT, f"{stage}: {wrong}"
        if port.contract is Contract.APPROXIMATE and port.near is None:
            module, expected = old, given
        stage = "conversion"
        converted = convert(program.module, port.target)
        if not converted.report.complete:
            return Outcome.DIFFERENT, f"{stage}: something could not be converted: {_incomplete(converted.report)}"
        stage = f"{port.name} on Relax"
        before = port.prepare(converted.module)
        new = port.relax(before)
        if proof is not None:
            proof.count_on_relax(program, port.changed(before, new), on_relay)
        if wrong := port.promise(new) or (port.agree(old, new) if port.agree is not None else ""):
            return Outcome.DIFFERENT, f"{stage}: {wrong}"
        # The converter makes parameters of large constants; their values come with the module.
        values = bind_args(new, args)
        given = leaves(interpret(new, values))
        if port.near is not None:
            wrong = port.near(expected, given)
            return (Outcome.DIFFERENT, f"{stage}: {wrong}") if wrong else (Outcome.WITHIN_BOUND, "")
        outcome, reason = compare(module, args, expected, given)
        if backend and outcome is not Outcome.DIFFERENT:
            stage += ", compiled"
            outcome, reason = compare(module, args, expected, leaves(execute(new, values)))
    except DiagnosticError as error:
        return Outcome.DIFFERENT, f"{stage}: {error}"
    return outcome, f"{stage}: {reason}" if reason else ""


def _broken(port: PortedPass, program: Program, expected: Sequence[Array], given: Sequence[Array]) -> str:
    """How the Relay version breaks its contract; empty when it does not."""
    if port.contract is Contract.EXACT:
        # The same references run on the same values: not a bit may move.
        return same(expected, given)
    if port.contract is Contract.APPROXIMATE:
        return port.near(expected, given) if port.near else ""
    outcome, reason = compare(program.module, program.args, expected, given)
    return reason if outcome is Outcome.DIFFERENT else ""


def _incomplete(report: Report) -> str:
    lost = [f"{item.op} ({item.reason})" for item in report.conversions if item.outcome in (Fate.OPAQUE, Fate.REFUSED)]
    return ", ".join([*lost, *map(str, report.diagnostics)])
