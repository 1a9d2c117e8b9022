"""Draws one well-typed Relay program with inputs: the state of the drawing, and what expression comes next.

The type comes first: an expression is drawn for a wanted type from what can give it, operators by the inverse of their
shape rule (:mod:`~migrate.verify.generate.operators`), the language by its constructs
(:mod:`~migrate.verify.generate.constructs`). So nothing is ever rejected. The plainest choice comes first everywhere,
which is where shrinking ends.

``fuel`` is how many calls of operators an expression is to hold. What one operand leaves goes to the next.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from migrate.values import Value
from migrate.verify.generate.build import Build
from migrate.verify.generate.choices import Choices
from migrate.verify.generate.constructs import Construct, enabled, plain_of
from migrate.verify.generate.element_types import NUMBERS
from migrate.verify.generate.features import Feature, Features
from migrate.verify.generate.literals import array_of
from migrate.verify.generate.productions import Production
from migrate.verify.generate.scope import Scope
from relay_compat.ir.expr import Expr, Function, GlobalVar, Var
from relay_compat.ir.types import GlobalTypeVar, TypeData
from tensor_core.ops.card import Domain
from tensor_core.types import TensorType, Type

SHAPES = (
    (2,), (), (2, 3), (3,), (1,), (2, 2), (3, 1), (1, 2, 3), (2, 1, 2), (1, 2, 3, 2), (2, 2, 1, 1), (1, 2, 3, 3)
)  # fmt: skip
EMPTY = ((0,), (2, 0), (0, 1, 3))


@dataclass
class Frame:
    """The global function under construction. ``args``: the arguments of ``main``; None for any other. Where it is not
    ``open`` it gets no parameters beside those it has.
    """

    args: list[Value] | None
    open: bool = True
    params: list[Var] = field(default_factory=list[Var])


class Maker:
    """What the parts of the generator share while they make one program.

    ``size``: how many calls of operators it is to hold; ``spent``: how many it holds. ``functions`` and ``types`` are
    what the module defines beside ``main``, ``callable`` those of the functions that end whatever they are given,
    ``polymorphic`` those with type parameters.
    """

    def __init__(self, choices: Choices, size: int, table: Sequence[Production], features: Features) -> None:
        self.choices = choices
        self.choose = choices.choose
        self.size = size
        self.spent = 0
        self.table = table
        self.features = features
        self.build = Build()
        self.scope = Scope()
        self.frame = Frame([])
        self.functions: dict[GlobalVar, Function] = {}
        self.callable: list[GlobalVar] = []
        self.polymorphic: list[GlobalVar] = []
        self.types: dict[GlobalTypeVar, TypeData] = {}
        self._names: dict[str, int] = {}
        self._kinds: dict[type, tuple[Construct, ...]] = {}
        self._dtype = ""

    # ------------------------------------------------------------ choices

    def has(self, feature: Feature) -> bool:
        """Whether the program may hold it."""
        return feature in self.features

    @property
    def left(self) -> int:
        """How many calls of operators are still to be made."""
        return max(0, self.size - self.spent)

    def share(self, fuel: int) -> int:
        """A part of the fuel, for the first of two."""
        return self.choices.integer(0, fuel) if fuel > 0 else 0

    def dtype(self, *among: str) -> str:
        """An element type among these; the same throughout a program that does not mix them."""
        if self.has(Feature.DTYPES):
            return self.choose(among)
        self._dtype = self._dtype or self.choose(NUMBERS)
        return self._dtype if self._dtype in among else among[0]

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes that values may be wanted of."""
        return SHAPES + EMPTY if self.has(Feature.EMPTY) else SHAPES

    def tensor_type(self) -> TensorType:
        """A type of numbers: up to three dimensions of one to three elements."""
        return TensorType(self.choose(self.shapes), self.dtype(*NUMBERS))

    def near(self, type_: Type) -> TensorType:
        """A type of numbers, one that fits into operations with this one for preference."""
        if isinstance(type_, TensorType) and type_.dtype != "bool" and not self.choices.flag():
            return type_
        return self.tensor_type()

    # ------------------------------------------------------------ expressions

    def expr(self, type_: Type, fuel: int, *, constant: bool = False) -> Expr:
        """An expression of a type; made of constants alone if ``constant``."""
        if fuel <= 0:
            return self.leaf(type_, constant=constant)
        if not self.choices.integer(0, 2 * fuel + 4):
            return self.leaf(type_, constant=constant)
        kinds = self._kinds.get(type(type_))
        if kinds is None:
            kinds = self._kinds[type(type_)] = enabled(type_, self.features)
        kind: Construct = self.choose(kinds)
        made = None if constant and not kind.constant else kind.make(self, type_, fuel - kind.cost, constant)
        return self.plain(type_, fuel, constant) if made is None else made

    def plain(self, type_: Type, fuel: int, constant: bool) -> Expr:
        """What makes a value of the type by itself: a call of an operator, a tuple of fields, a function literal."""
        made = plain_of(type_).make(self, type_, fuel, constant)
        assert made is not None
        return made

    def leaf(self, type_: Type, *, constant: bool = False, domain: Domain | None = None) -> Expr:
        """Something of the type there already, or what makes one without operators: a parameter, a constant."""
        known = () if domain else self.scope.known(type_, constant=constant)
        if known and self.choices.flag():
            return self.choose(known)
        if not isinstance(type_, TensorType):
            return self.plain(type_, 0, constant)
        if constant or self.choose((False, False, True)) or not self._can_ask(domain):
            return self.constant(type_, domain)
        return self.parameter(type_, domain)

    def constant(self, type_: TensorType, domain: Domain | None = None) -> Expr:
        """A new constant."""
        made: Expr = self.build.constant(array_of(type_, self.choices, domain), type_.dtype)
        self.scope.add(made, type_, constant=True)
        return made

    def parameter(self, type_: TensorType, domain: Domain | None) -> Expr:
        """A new parameter of the function under construction; where that is ``main``, with its argument."""
        made = self.var("p", type_)
        self.frame.params.append(made)
        if self.frame.args is not None:
            self.frame.args.append(array_of(type_, self.choices, domain))
        if domain is None:
            self.scope.add(made, type_)
        return made

    def some(self, types: Sequence[Type], fuel: int) -> list[Expr]:
        """An expression for each type, the fuel shared among them."""
        made: list[Expr] = []
        for n, type_ in enumerate(types):
            before = self.spent
            made.append(self.expr(type_, fuel if n == len(types) - 1 else self.share(fuel)))
            fuel -= self.spent - before
        return made

    def over(self, type_: TensorType, *operands: Expr) -> Expr:
        """An operator on two expressions, one whose order of operands matters for preference."""
        self.spent += 1
        names = ("logical_xor", "logical_and") if type_.dtype == "bool" else ("subtract", "add", "multiply", "subtract")
        return self.build.call(self.choose(names), *operands)

    # ------------------------------------------------------------ names and functions

    def var(self, name: str, type_: Type) -> Var:
        """A new variable."""
        return self.build.var(self.name(name), type_)

    def name(self, name: str) -> str:
        """A name that nothing has yet."""
        number = self._names[name] = self._names.get(name, -1) + 1
        return f"{name}{number}"

    def bound(self, name: str, type_: Type) -> Var:
        """A new variable, visible from here on."""
        made = self.var(name, type_)
        self.scope.add(made, type_)
        return made

    @contextmanager
    def global_function(self) -> Generator[Frame]:
        """Within the block a global function is made: nothing of what is around it can be seen."""
        outside = self.scope, self.frame
        self.scope, self.frame = Scope(), Frame(None)
        try:
            yield self.frame
        finally:
            self.scope, self.frame = outside

    @contextmanager
    def restricted(self, table: Sequence[Production], features: Features) -> Generator[None]:
        """Within the block no other operators and features are chosen."""
        outside = self.table, self.features, self._kinds
        self.table, self.features, self._kinds = table, features, {}
        try:
            yield
        finally:
            self.table, self.features, self._kinds = outside

    def _can_ask(self, domain: Domain | None) -> bool:
        """Whether there may be one more parameter. What is passed to a function other than ``main`` may be anything."""
        return self.frame.open and (domain is None or self.frame.args is not None)
