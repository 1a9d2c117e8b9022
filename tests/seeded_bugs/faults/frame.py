"""What a seeded bug is, how a fault is planted in the product, and how long it survives generated programs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from migrate.verify.generate import EVERYTHING, Features, Program, draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.skeletons import Skeleton
from migrate.verify.properties import Check, Property
from migrate.verify.properties.equivalence import Transform, forget, keeps_meaning, to_relax
from migrate.verify.properties.structure import keeps_types
from migrate.verify.reduce import Budget, Reduction, reduce
from migrate.verify.verdict import Outcome
from tensor_core.module import IRModule

Fault = tuple[Any, str, Any]
"""(module or class or object, attribute, what stands there instead)."""
Draw = Callable[[int], Program]
Skeletons = Sequence[Skeleton]


@dataclass(frozen=True)
class Bug:
    """``number``: of the catalogue, 1 to 48 and c1 to c16. ``thread``: where it was reported (apache/tvm).

    ``right`` and ``wrong`` are one property, of the product and of the product with the fault. ``needs``: what a
    program must hold to show it.
    """

    number: str
    thread: str
    fault: str
    needs: str
    right: Property
    wrong: Property
    draw: Draw | None = None


@dataclass(frozen=True)
class Hunt:
    """``programs`` until the fault was seen (None: never), as what, and on which seed; ``alarms``: programs on which
    the right version fails, too. ``undecided`` counts inconclusive checks of the right version.
    """

    programs: int | None
    key: str = ""
    seed: int = -1
    alarms: tuple[tuple[int, str], ...] = ()
    undecided: int = 0


def drawn(seed: int, features: Features = EVERYTHING) -> Program:
    """The program of a seed, made anew, so that no property sees what another one noted on its nodes."""
    return draw_program(of_seed(seed), features=features)


def hunt(bug: Bug, most: int = 1000, first: int = 0) -> Hunt:
    """Draw programs until the wrong version fails on one on which the right one holds."""
    draw = bug.draw or partial(drawn, features=bug.right.features)
    alarms: list[tuple[int, str]] = []
    undecided = 0
    for seed in range(first, first + most):
        right = checked(bug.right, draw(seed))
        undecided += right.outcome is Outcome.INCONCLUSIVE
        if right.failed:
            alarms.append((seed, f"{right.key}: {right.reason}"))
            continue
        wrong = checked(bug.wrong, draw(seed))
        if wrong.failed:
            return Hunt(seed - first + 1, wrong.key, seed, tuple(alarms), undecided)
    return Hunt(None, alarms=tuple(alarms), undecided=undecided)


def reduced(bug: Bug, found: Hunt, budget: Budget | None = None) -> Reduction:
    """The witness of what a hunt found: on it the wrong version still fails so, and the right one holds."""

    def check(program: Program) -> Check:
        wrong = checked(bug.wrong, program)
        return Check(Outcome.EXACT) if wrong.failed and checked(bug.right, program).failed else wrong

    draw = bug.draw or partial(drawn, features=bug.right.features)
    return reduce(draw(found.seed), Property(bug.wrong.name, check), budget)


def checked(given: Property, program: Program) -> Check:
    """The check; a planted fault may also break the product, which counts as seen."""
    try:
        return given.check(program)
    except Exception as error:
        return Check(Outcome.DIFFERENT, f"{type(error).__name__}: {error}", f"raises {type(error).__name__}")


# ---------------------------------------------------------------- planting


@contextmanager
def planting(*faults: Fault) -> Generator[None]:
    """Within the block the faults are in force; frozen objects are changed, too."""
    with ExitStack() as undo:
        forget()
        undo.callback(forget)
        for owner, name, value in faults:
            before = _now(owner, name)
            undo.callback(_put, owner, name, before)
            _put(owner, name, value)
        yield


def _now(owner: Any, name: str) -> Any:
    if isinstance(owner, dict):
        return owner[name]
    held = getattr(owner, "__dict__", {})
    return held[name] if name in held else getattr(owner, name)


def _put(owner: Any, name: str, value: Any) -> None:
    if isinstance(owner, type):
        type.__setattr__(owner, name, value)
    elif isinstance(owner, dict):
        owner[name] = value
    else:
        object.__setattr__(owner, name, value)


def planted(transform: Transform, *faults: Fault) -> Transform:
    """The transformation while faults are in force."""

    def wrong(module: IRModule) -> IRModule:
        with planting(*faults):
            return transform(module)

    return wrong


def wrong_property(given: Property, *faults: Fault) -> Property:
    """The property while faults are in force, for faults in what the property itself runs."""

    def check(program: Program) -> Check:
        with planting(*faults):
            return given.check(program)

    return Property(given.name, check)


def on_relax(transform: Transform) -> Transform:
    """The transformation of the converted program."""
    return lambda module: transform(to_relax(module))


def chained(*transforms: Transform) -> Transform:
    """One after the other."""

    def run(module: IRModule) -> IRModule:
        for transform in transforms:
            module = transform(module)
        return module

    return run


def bug(
    number: str,
    thread: str,
    fault: str,
    needs: str,
    make: Callable[[Transform], Property],
    right: Transform,
    wrong: Transform | Fault,
    *more: Fault,
    features: Features = EVERYTHING,
    around: Skeletons | None = None,
) -> Bug:
    """A bug of a transformation: ``make`` is the property that it breaks; faults are planted in the right one.

    ``around``: the skeletons of the programs that the transformation is tried on, by default all that there are.
    """
    if isinstance(wrong, tuple):
        wrong = planted(right, wrong, *more)
    good, bad = (replace(make(transform), features=features) for transform in (right, wrong))
    return Bug(number, thread, fault, needs, good, bad, draw_around(around, features))


def draw_around(around: Skeletons | None, features: Features = EVERYTHING) -> Draw | None:
    """How programs of these skeletons are drawn."""
    if around is None:
        return None
    return lambda seed: draw_program(of_seed(seed), features=features, skeletons=around)


def of_property(
    number: str, thread: str, fault: str, needs: str, right: Property, *faults: Fault, around: Skeletons | None = None
) -> Bug:
    """A bug of what the property itself runs."""
    wrong = wrong_property(right, *faults)
    return Bug(number, thread, fault, needs, right, wrong, draw_around(around, right.features))


def meaning(name: str, *, exact: bool = False) -> Callable[[Transform], Property]:
    """Makes the property that a transformation keeps what is computed: some that are right here move effects."""
    return lambda transform: keeps_meaning(name, transform, exact=exact, effects=False)


def types(name: str) -> Callable[[Transform], Property]:
    """Makes the property that a transformation gives a legal module of the same signature."""
    return lambda transform: keeps_types(name, transform)
