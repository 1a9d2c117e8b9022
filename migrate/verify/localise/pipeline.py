"""The first pass of a pipeline that changes what a program computes, found by halving."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import relax_core.text.printer as relax_text
import relay_compat.text.printer as relay_text
from migrate.execution import Executor
from migrate.reading import is_relax
from migrate.verify.check import verify
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import keeps_meaning, to_relax
from migrate.verify.properties.property import Check
from migrate.verify.reduce.failure import examine
from migrate.verify.verdict import Outcome, Witness
from relax_core.text.config import ScriptConfig
from relay_compat.types.infer import infer_types
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.passes import PassContext, Sequential

Tick = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """A pass by the name it is shown under."""

    name: str
    apply: Callable[[IRModule], IRModule]


@dataclass(frozen=True, slots=True)
class Culprit:
    """The pass number ``number``, from 0: the property holds ``before`` it and not ``after``. ``after`` is None where
    the pass did not come to an end. ``wrong``: the first op of ``before`` that comes out wrong, where values tell.
    """

    number: int
    stage: Stage
    check: Check
    before: IRModule
    after: IRModule | None
    wrong: Witness | None = None

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "number": self.number,
            "pass": self.stage.name,
            "key": self.check.key,
            "reason": self.check.reason,
            "first_wrong_op": None if self.wrong is None else self.wrong.left,
            "diff": self.diff(),
        }

    def diff(self, context: int = 3) -> str:
        """The change that the pass made, as a unified diff of the modules' texts."""
        if self.after is None:
            return ""
        old, new = text_of(self.before).splitlines(), text_of(self.after).splitlines()
        name = self.stage.name
        return "\n".join(difflib.unified_diff(old, new, f"before {name}", f"after {name}", lineterm="", n=context))


def stages_of(passes: Iterable[Any]) -> list[Stage]:
    """The passes one by one: those of a ``Sequential`` in its place, without those that the context leaves out."""
    return list(_stages(list(passes)))


def _stages(passes: list[Any]) -> Iterator[Stage]:
    pending = list(reversed(passes))
    while pending:
        item = pending.pop()
        if isinstance(item, Stage):
            yield item
        elif isinstance(item, Sequential):
            allowed = (inner for inner in item.passes if PassContext.current().allows(inner.info))
            inner = [step for each in allowed for step in (*map(_required, each.info.required), each)]
            pending.extend(reversed(inner))
        else:
            info = getattr(item, "info", None)
            yield Stage(info.name if info is not None else getattr(item, "__name__", type(item).__name__), item)


def _required(name: str) -> Stage:
    return Stage(name, lambda module: module.named_pass(name)(module))


def first_wrong_pass(
    passes: Iterable[Any],
    program: Program,
    executors: tuple[Executor, ...] = ("interpreter",),
    tick: Tick | None = None,
) -> Culprit | None:
    """The pass after which a program does not compute what it did, and before which it does; None when the whole
    pipeline is right.

    ``passes``: what :func:`stages_of` takes; each takes and gives a module, one of them may be the conversion to Relax.
    Where what a pass breaks another one mends, and a third breaks something again, one of the two is found. A pass that
    raises is wrong. Runs of the program: of the order of the logarithm of the number of passes.
    """
    stages = stages_of(passes)
    modules, raised = _applied(stages, program, tick)
    known: dict[int, Check] = {}

    def failed(count: int) -> bool:
        """Whether the module after so many passes is wrong."""
        if count not in known:
            if tick is not None:
                tick("runs", len(known) + 1, 0)
            known[count] = _judged(program, modules[count], stages[count - 1].name, executors)
        return known[count].failed

    last = len(modules) - 1
    if last and failed(last):
        low, high = 0, last
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if failed(middle) else (middle, high)
        wrong = _first_op(modules[high - 1], modules[high], program)
        return Culprit(high - 1, stages[high - 1], known[high], modules[high - 1], modules[high], wrong)
    if raised is not None:
        return Culprit(last, stages[last], raised, modules[last], None)
    return None


def _applied(stages: list[Stage], program: Program, tick: Tick | None) -> tuple[list[IRModule], Check | None]:
    """The modules after none, one, two passes, up to one that raises, and what that raises."""
    modules = [program.module]
    for number, stage in enumerate(stages):
        if tick is not None:
            tick("passes", number + 1, len(stages))
        try:
            made = stage.apply(modules[-1])
            # Passes of Relay leave what they made untyped; inference is what comes next.
            modules.append(made if is_relax(made) else infer_types(made))
        except DiagnosticError as error:
            return modules, Check(
                Outcome.DIFFERENT, f"{stage.name}: {error}", f"{stage.name}: {error.diagnostics[0].code.id}"
            )
        except Exception as error:
            reason = f"{stage.name}: {type(error).__name__}: {error}"
            return modules, Check(Outcome.DIFFERENT, reason, f"{stage.name}: {type(error).__name__}")
    return modules, None


def _judged(program: Program, module: IRModule, name: str, executors: tuple[Executor, ...]) -> Check:
    return examine(keeps_meaning(name, lambda _: module, executors), program)


def _first_op(before: IRModule, after: IRModule, program: Program) -> Witness | None:
    """The first op of a Relay module that comes out wrong in what a pass made of it."""
    if is_relax(before):
        before = program.module
    try:
        return verify(before, after if is_relax(after) else to_relax(after), program.args).witness
    except DiagnosticError:
        return None


def text_of(module: IRModule) -> str:
    """The text that a person compares: without arrays."""
    if is_relax(module):
        return relax_text.print_module(module, config=ScriptConfig(exact=True))
    return relay_text.print_module(module, show_meta_data=False)
