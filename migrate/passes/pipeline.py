"""A pipeline of passes on its way from Relay to Relax, stage by stage, each stage checked.

The module is converted where a stage runs on the other side than the one before it. A stage that has no port yet can be
put on Relax nevertheless: its Relay pass runs through a bridge, and is named as bridged.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from migrate.execution import Args, bind_args, execute, known_args
from migrate.passes.bridges import Transform, on_relax, ready, to_relax, to_relay
from migrate.reading import is_relax
from migrate.ticker import Ticker, silent
from migrate.values import Value, leaves
from migrate.verify.agree import Judge
from migrate.verify.inputs import complete_inputs
from migrate.verify.verdict import Outcome
from relax_core.text.release import NEWEST
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, did_you_mean, fail
from tensor_core.module import IRModule


class Side(enum.Enum):
    """The IR that a stage runs on."""

    RELAY = "relay"
    RELAX = "relax"


@dataclass(frozen=True, slots=True)
class Stage:
    """One pass: its Relay form, its port where there is one, and where it runs."""

    name: str
    relay: Transform
    relax: Transform | None = None
    side: Side = Side.RELAY

    @property
    def bridged(self) -> bool:
        """Whether it runs on Relax without a port."""
        return self.side is Side.RELAX and self.relax is None

    def transform(self) -> Transform:
        """What the stage does, for a module of its side; what a pass requires runs before it."""
        if self.side is Side.RELAY:
            return ready(self.relay)
        return self.relax or on_relax(self.relay, self.name)


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a stage. ``outcome``: the verdict on the module after it against the module at the start; None when
    it was not checked, or when the stage did not run: see ``diagnostics``.
    """

    name: str
    side: Side
    bridged: bool
    outcome: Outcome | None = None
    reason: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "name": self.name,
            "side": self.side.value,
            "bridged": self.bridged,
            "outcome": None if self.outcome is None else self.outcome.value,
            "reason": self.reason,
            "diagnostics": [item.to_json() for item in self.diagnostics],
        }


@dataclass(frozen=True, slots=True)
class Run:
    """A pipeline's result: the module after the last stage that ran, and one step for each stage that was begun.

    ``bool`` is True when all stages ran and none was found wrong. ``seed``: of the arguments that were drawn, if any.
    """

    module: IRModule
    steps: tuple[Step, ...]
    seed: int | None = None

    def __bool__(self) -> bool:
        return not any(step.diagnostics or step.outcome is Outcome.DIFFERENT for step in self.steps)

    @property
    def first_wrong(self) -> Step | None:
        """The first stage that failed or changed what is computed."""
        return next((step for step in self.steps if step.diagnostics or step.outcome is Outcome.DIFFERENT), None)

    def to_json(self) -> dict[str, Any]:
        """The machine form; the module is left out."""
        return {"good": bool(self), "seed": self.seed, "steps": [step.to_json() for step in self.steps]}


@dataclass(frozen=True, slots=True)
class MigrationPipeline:
    """Stages in order. ``target``: the TVM release that Relax is spelled for."""

    stages: tuple[Stage, ...]
    target: str = NEWEST

    def __init__(self, stages: Sequence[Stage], target: str = NEWEST) -> None:
        names = [stage.name for stage in stages]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise fail(codes.BAD_OPTION, f"two stages are called {twice!r}", hint="give every stage its own name")
        object.__setattr__(self, "stages", tuple(stages))
        object.__setattr__(self, "target", target)

    def moved(self, *names: str) -> MigrationPipeline:
        """The pipeline with these stages on Relax. R2R0703 for a name that it does not have."""
        known = [stage.name for stage in self.stages]
        for name in names:
            if name not in known:
                hint = did_you_mean(name, known) or f"its stages: {', '.join(known)}"
                raise fail(codes.BAD_OPTION, f"the pipeline has no stage {name!r}", hint=hint)
        stages = [replace(stage, side=Side.RELAX) if stage.name in names else stage for stage in self.stages]
        return MigrationPipeline(stages, self.target)

    def states(self) -> Iterator[MigrationPipeline]:
        """The way over, one stage at a time from the last to the first, so that a module crosses once: as it is, with
        the last stage on Relax, with the last two, and so on.
        """
        names = [stage.name for stage in self.stages]
        for count in range(len(names) + 1):
            yield self.moved(*names[len(names) - count :])

    def run(
        self,
        module: IRModule,
        inputs: Args | None = None,
        seed: int = 0,
        entry: str = "main",
        *,
        verify: bool = True,
        progress: Ticker | None = None,
    ) -> Run:
        """Take a Relay module through all stages. With ``verify`` the module after each stage is run on ``inputs``
        (missing ones are drawn from ``seed``) and judged against the module at the start.

        A stage that fails, or that changes what is computed, is the last. Raises DiagnosticError when the start cannot
        run: R2R0405 for a module of Relax, R2R0503 for arguments that do not fit, R2R06xx.
        """
        if is_relax(module):
            raise fail(codes.BAD_TARGET, "a migration starts with a Relay module", hint="revert the module first")
        tick = progress or silent
        check = _Check(module, inputs, seed, entry) if verify else None
        steps: list[Step] = []
        for number, stage in enumerate(self.stages):
            tick(stage.name, number, len(self.stages))
            step = Step(stage.name, stage.side, stage.bridged)
            try:
                module = stage.transform()(self._on(stage.side, module))
                outcome, reason = check.judge(module) if check else (None, "")
                step = replace(step, outcome=outcome, reason=reason)
            except DiagnosticError as error:
                step = replace(step, diagnostics=error.diagnostics)
            steps.append(step)
            if step.diagnostics or step.outcome is Outcome.DIFFERENT:
                break
        tick("stages", len(self.stages), len(self.stages))
        return Run(module, tuple(steps), seed if check and check.drawn else None)

    def _on(self, side: Side, module: IRModule) -> IRModule:
        if is_relax(module) == (side is Side.RELAX):
            return module
        return to_relax(module, self.target) if side is Side.RELAX else to_relay(module)


class _Check:
    """The start's results, which the module after every stage has to give as well."""

    def __init__(self, start: IRModule, inputs: Args | None, seed: int, entry: str) -> None:
        known = known_args(start, {} if inputs is None else inputs, entry)
        self.drawn = any(value is None for value in known)
        self._args: list[Value] = bind_args(start, complete_inputs(start, known, entry, seed), entry)
        self._entry = entry
        expected = leaves(execute(start, self._args, entry, "interpreter"))
        self._judge = Judge(start, self._args, expected, entry)

    def judge(self, module: IRModule) -> tuple[Outcome, str]:
        args = bind_args(module, self._args, self._entry)
        return self._judge.judge(leaves(execute(module, args, self._entry)))
