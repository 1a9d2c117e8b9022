"""The property of a port: on generated programs the original on Relay and the port on Relax give the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.draw import draw_program
from migrate.verify.generate.features import PLAIN, Feature, Features
from migrate.verify.generate.skeletons.table import SKELETONS, Skeleton
from migrate.verify.ported.checked import Checks
from migrate.verify.ported.composites import same_composites
from migrate.verify.ported.constants import converted, with_constants
from migrate.verify.ported.real import RealPair, RealProof
from migrate.verify.ported.recipes import around_operators, around_patterns
from migrate.verify.ported.twins import stranger
from migrate.verify.ported.user_file import MEMORY, UserFile, under_alias
from migrate.verify.proof import PortedPass, Proof, prove
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.passes import Contract

STRAIGHT: Features = PLAIN - {Feature.LET, Feature.IF}
"""What models of vendors are: calls, tuples, shared values."""
_WEIGHT = 4
"""How many programs are built around each thing looked for, to one around nothing."""


@dataclass(slots=True)
class FileProof:
    """What a proof of a port saw. ``left_out``: patterns for which no program was found; ``refused``: by reason, how
    many programs the original did not take, or the target cannot say. ``checks``: what the checks of a pattern table
    answered.
    """

    proof: Proof
    left_out: list[str] = field(default_factory=list[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    checks: Checks = field(default_factory=Checks)

    def __bool__(self) -> bool:
        return bool(self.proof) and not self.proof.vacuous and not self.proof.missed

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            **self.proof.to_json(),
            "left_out": self.left_out,
            "refused": dict(self.refused),
            "checks": self.checks.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried, and how.

    ``name`` and ``ported_name`` (by default the same) are expressions in the names of the files: a DFPatternCallback, a
    mutator, a pass, a function of modules or functions, a table of patterns. Programs are drawn around the original's
    patterns and ``examples``, or around the operators that its source names; ``branches`` puts lets and choices into
    them. With ``contract`` APPROXIMATE the port is held to what the original gives, else both to what the program
    computes. ``timeout`` in seconds for one answer, ``memory`` in MB of each process.
    """

    original: Path
    ported: Path
    name: str
    ported_name: str = ""
    target: str = "0.27"
    programs: int = 100
    seed: int = 0
    examples: Sequence[Skeleton] = ()
    branches: bool = False
    contract: Contract = Contract.APPROXIMATE
    timeout: float = 60.0
    memory: int = MEMORY

    @property
    def names(self) -> tuple[str, str]:
        """Of the original and of the port."""
        return self.name, self.ported_name or self.name

    @property
    def features(self) -> Features:
        """What programs may hold."""
        return PLAIN if self.branches else STRAIGHT


def prove_files(
    original: Path | str, ported: Path | str, name: str, *, tick: Callable[[int], None] | None = None, **options: Any
) -> FileProof:
    """Try a port on generated programs; ``options`` are the other fields of :class:`Trial`.

    Where one version groups calls into composite functions, the other must make as many of each name. The proof fails,
    too, when a version never had anything to do, or the port left programs alone that the original changed.
    DiagnosticError R2R0511 when a file does not load, R2R0405 for a target without an alias.
    """
    return prove_trial(Trial(Path(original), Path(ported), name, **options), tick)


def prove_trial(trial: Trial, tick: Callable[[int], None] | None = None) -> FileProof:
    """As :func:`prove_files`."""
    with (
        UserFile(under_alias("0.19", memory=trial.memory), trial.original, "0.19", trial.timeout) as old,
        UserFile(under_alias(trial.target, memory=trial.memory), trial.ported, trial.target, trial.timeout) as new,
    ):
        new.names()
        found = around(trial, old)
        both = Both(old, new, trial, found.named)
        port = PortedPass(
            trial.name, both.relay, both.relax, _nothing, contract=trial.contract, skeletons=found.skeletons,
            features=trial.features, takes=both.takes, agree=same_composites, target=trial.target,
            prepare=with_constants,
        )  # fmt: skip
        proof = prove(port, trial.programs, trial.seed, tick=tick)
        return FileProof(proof, found.left_out, both.refused, Checks.of(old, new))


def prove_in_tvm(
    trial: Trial, relay_python: Path, relax_python: Path, tick: Callable[[int], None] | None = None
) -> RealProof:
    """The same with both files, and all programs, in real TVMs: one with Relay, and one of the target release.

    DiagnosticError R2R0511 when a file does not load there.
    """
    with UserFile(under_alias("0.19", memory=trial.memory), trial.original, "0.19", trial.timeout) as old:
        found = around(trial, old)
    pair = RealPair(
        trial.original, trial.ported, trial.names, (relay_python, relax_python), trial.target, trial.timeout,
        found.named,
    )  # fmt: skip
    proof = RealProof()
    try:
        pair.load()
        for n in range(trial.programs):
            if tick is not None:
                tick(n + 1)
            source = of_seed(f"{trial.seed}:{n}")
            if not pair.check(draw_program(source, features=trial.features, skeletons=found.skeletons), proof):
                break
        proof.checks = pair.checks()
    finally:
        pair.close()
    return proof


class Both:
    """Both versions. A program that the original raises an error for, or that the target cannot say, is no fault of the
    port's: ``takes`` tells.
    """

    def __init__(self, old: UserFile, new: UserFile, trial: Trial, named: frozenset[str]) -> None:
        """``named``: the operators of the original's patterns."""
        self._old, self._new, self._target, self._named = old, new, trial.target, named
        self._name, self._ported_name = trial.names
        self._last: tuple[IRModule, IRModule] | None = None
        self.refused: Counter[str] = Counter()

    def takes(self, module: IRModule) -> bool:
        """Whether the target can say a module, and the original takes it."""
        if reason := stranger(module, self._named, self._target):
            self.refused[reason] += 1
            return False
        try:
            read(print_module(converted(module, self._target), self._target), "the program", self._target)
            self._last = module, self._old.relay(self._name, module)
        except DiagnosticError as error:
            self.refused[_shortly(error)] += 1
            return False
        return True

    def relay(self, module: IRModule) -> IRModule:
        """The module after the original."""
        if self._last is not None and self._last[0] is module:
            return self._last[1]
        return self._old.relay(self._name, module)

    def relax(self, module: IRModule) -> IRModule:
        """The module after the port."""
        return self._new.relax(self._ported_name, module)


@dataclass(frozen=True, slots=True)
class Around:
    """What programs are built around; the original's own patterns for which no program was found, and the operators
    that it looks for.
    """

    skeletons: Sequence[Skeleton]
    left_out: list[str]
    named: frozenset[str]


def around(trial: Trial, old: UserFile) -> Around:
    """What programs are built around to try an original."""
    kind, told = old.patterns(trial.name)
    skeletons, left_out = around_patterns(told, closed=kind != "rewrite")
    if not kind:
        source = old.file.read_text("utf-8", errors="replace")
        skeletons += around_operators(source, trial.name.partition("(")[0])
    chosen = [replace(item, weight=_WEIGHT) for item in (*trial.examples, *skeletons)]
    named = frozenset(str(node.get("op")) for _, nodes in told for node in nodes if node["kind"] == "ExprPattern")
    return Around([*chosen, replace(SKELETONS[0], weight=1)], left_out if kind else [], named if kind else frozenset())


def _nothing(module: IRModule) -> str:
    del module
    return ""


def _shortly(error: DiagnosticError) -> str:
    return error.diagnostics[0].message.splitlines()[0][:200]
