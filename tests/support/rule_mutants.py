"""Passes with one rule taken out, or made wrong: each must fail its proof.

Rules are found where they stand (rule_places.py says where): the entries of a table, what operators have registered
for a pass, and the functions that decide for it. So a new rule has its mutants without further ado. A mutant is in
force while its block lasts, for everybody who holds the table or the function; the pass is made anew within.
"""

from __future__ import annotations

import dis
import importlib
import inspect
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

from wrong_rules import Declined, declining, falsified, gives_expression, no_adjoints, wrong_adjoints_on_relax

from migrate.passes.ledger import Status, row
from migrate.passes.ports import pair, ports
from migrate.verify.generate.skeletons.table import Skeleton
from migrate.verify.proof import PortedPass
from relax_core.passes.op_gradients import REGISTERED
from relay_compat.op_attributes import TempOpAttr, get_op_attr
from tensor_core.ops.registry import registry

PRODUCT = ("relay_compat", "relax_core", "tensor_core", "migrate")
Change = Callable[[], Any]
"""Makes the context within which a rule is another."""


@dataclass(frozen=True)
class Mutant:
    """``kind``: what became of the rule. ``side``: "relay", "relax", or "both" where a pass runs through a bridge."""

    port: str
    side: str
    rule: str
    kind: str
    change: Change = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.port}, {self.side}: {self.rule} {self.kind}"

    @contextmanager
    def in_force(self) -> Generator[PortedPass]:
        """The pass, made while the rule is wrong."""
        with self.change():
            yield fresh(self.port)


@dataclass(frozen=True)
class Table:
    """The rules are the entries of a global: a mapping, a sequence (whose rules have these ``names``), or a set, of
    which an entry that is made wrong is in the set called ``other`` instead. ``but``: entries that are none.
    ``elsewhere``: the pass that takes the others of one table; its rules are the same objects.
    """

    side: str
    module: str
    name: str
    names: tuple[str, ...] = ()
    other: str = ""
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    elsewhere: str = ""

    def rules(self) -> Iterator[tuple[str, str, Change]]:
        """Each rule with the kinds of changes to it."""
        table = getattr(importlib.import_module(self.module), self.name)
        if isinstance(table, Mapping):
            keys = [key for key in table if (not self.only or key in self.only) and key not in self.but]
            for key in keys:
                yield key, "deleted", self._entry(table, key)
                wrong = falsified(table[key], [table[other] for other in keys])
                if wrong is not None:
                    yield key, "falsified", self._entry(table, key, wrong)
        elif isinstance(table, tuple):
            yield from self._of_sequence(table)
        else:
            yield from self._of_set(table)

    def left_out(self) -> int:
        """How many entries are not among those that are taken out and made wrong, here or elsewhere."""
        from rule_places import PLACES

        table = getattr(importlib.import_module(self.module), self.name)
        takes = [self, *(place for place in PLACES.get(self.elsewhere, ()) if self._is_of_one_table(place))]
        return sum(all(place.only and key not in place.only for place in takes) for key in table)

    def _is_of_one_table(self, place: Place) -> bool:
        return isinstance(place, Table) and (place.module, place.name) == (self.module, self.name)

    def _entry(self, table: Any, key: Any, *value: Any) -> Change:
        @contextmanager
        def change() -> Generator[None]:
            before = dict(table)
            table.pop(key)
            table.update({key: value[0]} if value else {})
            try:
                yield
            finally:
                table.clear()
                table.update(before)

        return change

    def _of_sequence(self, table: tuple[Any, ...]) -> Iterator[tuple[str, str, Change]]:
        names = self.names or tuple(rule.name for rule in table)
        assert len(names) == len(table)
        for place, name in enumerate(names):
            before, after = table[:place], table[place + 1 :]
            yield name, "deleted", lambda a=before, b=after: replaced(table, (*a, *b))
            wrong = falsified(table[place], ())
            yield name, "falsified", lambda a=before, w=wrong, b=after: replaced(table, (*a, w, *b))

    def _of_set(self, table: Any) -> Iterator[tuple[str, str, Change]]:
        other = getattr(importlib.import_module(self.module), self.other) if self.other else None
        for name in sorted(table):
            if (self.only and name not in self.only) or name in self.but:
                continue
            yield name, "deleted", lambda n=name: replaced(table, table - {n})
            if other is not None:
                yield (
                    name,
                    "falsified",
                    lambda n=name: _both(replaced(table, table - {n}), replaced(other, other | {n})),
                )


@dataclass(frozen=True)
class Registered:
    """The rules are what ``operators`` have under a key, or all but some. ``missing``: the value that takes the place
    of a deleted one; ``others``: those that take the place of one that is made wrong, the first that is another;
    ``wrong(rule, others)``: what does where there are none.
    """

    side: str
    key: str
    operators: tuple[str, ...] = ()
    missing: Any = None
    but: tuple[str, ...] = ()
    others: tuple[Any, ...] = ()
    wrong: Callable[[Any, list[Any]], Any] = falsified

    def left_out(self) -> int:
        """How many operators have something under the key and are not among these."""
        return sum(name not in self.operators and name not in self.but for name in self._all()) if self.operators else 0

    def _all(self) -> Iterator[str]:
        return (name for name in registry().by_relay if get_op_attr(name, self.key) is not None)

    def rules(self) -> Iterator[tuple[str, str, Change]]:
        """Each rule with the kinds of changes to it."""
        names = self.operators or [name for name in self._all() if name not in self.but]
        values = {name: get_op_attr(name, self.key) for name in names}
        for name, value in values.items():
            if value != self.missing:
                yield name, "deleted", lambda n=name: TempOpAttr(n, self.key, self.missing)
            others = [other for other in self.others if other != value]
            wrong = others[0] if others else self.wrong(value, list(values.values()))
            if wrong is not None:
                yield name, "falsified", lambda n=name, w=wrong: TempOpAttr(n, self.key, w)


@dataclass(frozen=True)
class Decisions:
    """The rules are functions of a module: those that say yes or no do so always, those that give a replacement give
    none, or a wrong one. ``but``: functions that are none.
    """

    side: str
    module: str
    but: tuple[str, ...] = ()

    def rules(self) -> Iterator[tuple[str, str, Change]]:
        """Each rule with the kinds of changes to it."""
        module = importlib.import_module(self.module)
        for name, function in _functions(module):
            if name in self.but or function.__code__.co_freevars or hasattr(function, "__isabstractmethod__"):
                continue
            returned = str(function.__annotations__.get("return", ""))
            if returned in ("bool", "Steps[bool]") or returned.startswith("TypeGuard"):
                for kind, answer in (("always", True), ("never", False)):
                    if _only_answer(function) is not answer:
                        yield name, kind, lambda f=function, a=answer: _other_code(f, lambda *_, **__: a)
                continue
            if (decline := declining(function)) is not Declined:
                yield name, "deleted", lambda f=function, d=decline: _other_code(f, d)
            if gives_expression(function):
                wrong = falsified(_copy(function), ())
                yield name, "falsified", lambda f=function, w=wrong: _other_code(f, w)


@dataclass(frozen=True)
class RelaxGradients:
    """The rules are the gradients of Relax's operators, by name. Deleted ones give no adjoint."""

    side: str
    operators: tuple[str, ...]

    def left_out(self) -> int:
        """How many operators have a gradient on both sides and are not among these."""
        return len(set(gradients_on_both()) - set(self.operators))

    def rules(self) -> Iterator[tuple[str, str, Change]]:
        """Each rule with the kinds of changes to it."""
        for name in self.operators:
            for kind, wrong in (("deleted", no_adjoints), ("falsified", wrong_adjoints_on_relax)):
                yield name, kind, lambda n=f"relax.{name}", w=wrong: _registered(n, w)


def gradients_on_both() -> list[str]:
    """Operators of Relax that have a gradient, as what Relay has for them."""
    cards = sorted(registry().by_relax.items())
    return [name.removeprefix("relax.") for name, card in cards if card.relay and card.gradient]


@contextmanager
def _registered(name: str, gradient: Any) -> Generator[None]:
    REGISTERED[name] = gradient
    try:
        yield
    finally:
        del REGISTERED[name]


Place = Table | Registered | RelaxGradients | Decisions


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """The functions and methods that a module defines."""
    for name, item in vars(module).items():
        if getattr(item, "__module__", "") != module.__name__:
            continue
        if isinstance(item, FunctionType):
            yield name, item
        elif inspect.isclass(item):
            for part, method in vars(item).items():
                plain = method.fget if isinstance(method, property) else method
                if isinstance(plain, FunctionType) and plain.__module__ == module.__name__ and part[:2] != "__":
                    yield f"{name}.{part}", plain


_OF_CONSTANTS = frozenset({"RESUME", "DELETE_FAST", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"})
"""What the code of a function does that only returns a constant."""


def _only_answer(function: FunctionType) -> object:
    """What a function of no decision says, whose body is to return a constant; None of any other."""
    steps = list(dis.get_instructions(function))
    plain = all(
        step.opname in ("RESUME", "DELETE_FAST", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST") for step in steps
    )
    return next((step.argval for step in reversed(steps) if step.opname.endswith("_CONST")), None) if plain else None


def _copy(function: FunctionType) -> FunctionType:
    made = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__annotations__ = function.__annotations__
    return made


_CODE: CodeType = (lambda *args, **kwargs: __rule__(*args, **kwargs)).__code__  # type: ignore[name-defined]  # noqa: F821


@contextmanager
def _other_code(function: FunctionType, instead: Any) -> Generator[None]:
    """Whoever holds a function calls another one."""
    code, around = function.__code__, function.__globals__
    own = f"__rule_{function.__qualname__}__"
    around[own] = instead
    names = tuple(own if name == "__rule__" else name for name in _CODE.co_names)
    function.__code__ = _CODE.replace(co_names=names)
    try:
        yield
    finally:
        function.__code__ = code
        del around[own]


@contextmanager
def replaced(old: Any, new: Any) -> Generator[None]:
    """In every module of the product that has a global of this value, it is another one."""
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] in PRODUCT]
    places = [(module, name) for module in modules for name, value in vars(module).items() if value is old]
    for module, name in places:
        setattr(module, name, new)
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, old)


@contextmanager
def _both(*changes: Any) -> Generator[None]:
    with ExitStack() as stack:
        for change in changes:
            stack.enter_context(change)
        yield


def mutants(port: str | None = None) -> Iterator[Mutant]:
    """All of them, or those of one pass, but for those that are no faults."""
    from rule_places import NO_FAULTS, PLACES

    for name, places in PLACES.items():
        if port in (None, name):
            for place in places:
                for rule, kind, change in place.rules():
                    mutant = Mutant(name, place.side, rule, kind, change)
                    if str(mutant) not in NO_FAULTS:
                        yield mutant


def fresh(name: str) -> PortedPass:
    """A pass made anew."""
    found = pair(name) if row(name).status is Status.BRIDGED else ports.__wrapped__()[name]
    assert found is not None
    return found


ALIASES = {
    "astype": "cast", "concat": "concatenate", "flip": "reverse", "gather_elements": "gather",
    "layout_transform": "meta_schedule_layout_transform", "matmul": "nn.dense", "nn.leakyrelu": "nn.leaky_relu",
    "permute_dims": "transpose",
}  # fmt: skip
"""Rules of Relax whose operators Relay calls otherwise."""


def own_skeletons(rule: str, port: PortedPass) -> tuple[Skeleton, ...]:
    """Those of a pass's skeletons that are for the rule, whose name begins as theirs; all where there is none."""
    rule = rule if any(item.name == rule for item in port.skeletons) else ALIASES.get(rule, rule)
    longest = max((len(item.name) for item in port.skeletons if rule.startswith(item.name)), default=0)
    return tuple(item for item in port.skeletons if item.name == rule[:longest]) or tuple(port.skeletons)
