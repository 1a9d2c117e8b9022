"""What an op card is.

A card states everything that both IRs share about one operator: its parameters, its type rule, its numpy reference,
its tensor-level lowering, how well floats must agree, and how each IR spells it. Registries, printers, readers, type
inference, executors, generators, documentation and the conversion between the IRs are derived from the cards.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from tensor_core.types import Type

if TYPE_CHECKING:
    from tensor_core.ops.draw import Draw, Drawn

Value = Any
"""The value of an attribute: int, float, bool, str, None, a constant expression, or a (nested) tuple of these."""


class _Missing(enum.Enum):
    REQUIRED = "required"


REQUIRED: Final = _Missing.REQUIRED
"""The default of an attribute that has none."""


class Kind(enum.Enum):
    """What values an attribute of a spelling takes."""

    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"
    DTYPE = "dtype"
    INTS = "ints"
    FLOATS = "floats"
    NESTED_INTS = "nested ints"
    INT_OR_INTS = "int or ints"
    EXPR = "expression"
    OBJECT = "object"


class Pattern(enum.Enum):
    """How an op relates output to input elements (TOpPattern), which is what fusion asks."""

    ELEMENTWISE = 0
    BROADCAST = 1
    INJECTIVE = 2
    REDUCE = 3
    OUT_FUSABLE = 4
    TUPLE = 7
    OPAQUE = 8


class Law(enum.Enum):
    """Algebraic laws that hold to the bit, but for the sign of a zero, for every call of a card: for property tests and
    rewriting.

    * ``COMMUTATIVE``: f(a, b) = f(b, a). ``ASSOCIATIVE``: f(f(a, b), c) = f(a, f(b, c)).
    * ``IDEMPOTENT``: f(f(x)) = f(x). ``INVOLUTION``: f(f(x)) = x. ``MONOTONE``: x <= y gives f(x) <= f(y).
    * ``ODD``: f(-x) = -f(x) for floats; ``SIGNED``: the sign of a zero included, which a sum or a filled place has of
      its own. ``EVEN``: f(-x) = f(x).
    * ``MOVES``: every element of every result is an element of the first argument, whatever the values:
      f(g(x)) = g(f(x)) for every g of one element.
    * ``SCALES``: f(2 x) = 2 f(x) for floats, x the first argument.

    The last five are about the first argument, which may be a tuple of tensors; the others stay as they are.
    """

    COMMUTATIVE = "commutative"
    ASSOCIATIVE = "associative"
    IDEMPOTENT = "idempotent"
    INVOLUTION = "involution"
    MONOTONE = "monotone"
    ODD = "odd"
    SIGNED = "signed"
    EVEN = "even"
    MOVES = "moves"
    SCALES = "scales"


class Effect(enum.Enum):
    """What else a call does beside computing its result."""

    STATE = "state"
    RANDOM = "random"
    OUTPUT = "output"


class Reject(Exception):
    """Raised by a type rule: which rule is broken, and by which argument (None: by the parameters).

    ``code`` is the catalogue code's name: ``TYPE_MISMATCH`` unless the parameters alone are illegal.
    """

    def __init__(self, message: str, argument: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


@dataclass(frozen=True, slots=True)
class Domain:
    """Where an argument's values may lie: a closed interval."""

    low: float = -10.0
    high: float = 10.0


@dataclass(frozen=True, slots=True)
class Input:
    """One tensor argument. ``variadic``: a tuple of any number of tensors takes this place. ``optional``: may be
    left out.
    """

    name: str
    domain: Domain = Domain()
    variadic: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Exact:
    """Every correct implementation gives the same bits (data movement, integers, comparisons)."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """A float result may differ from the exact value by ``ulps + factor(params, *types)`` roundoffs of a magnitude;
    by ``coarser(params, *types)`` times as many where the op computes in a narrower type than its result has.

    The magnitude of an output element is the exact result computed on absolute values by ``magnitude(params, *arrays)``
    (for sums of products: the sum of absolute products), or the absolute exact result when there is none.
    ``factor`` counts roundings, e.g. the length of an accumulation.
    """

    ulps: float = 1.0
    factor: Callable[..., float] | None = None
    magnitude: Callable[..., Any] | None = None
    coarser: Callable[..., float] | None = None


ErrorModel = Exact | Rounding


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute as one IR spells it.

    ``default`` is what a text that leaves the attribute out means (the C++ default); ``python`` is the default of the
    Python wrapper where it differs. ``param`` names the card's parameter that carries the value: by default the same
    name; ``None`` marks an attribute that only repeats what the argument types say (conv2d's ``channels``).
    """

    name: str
    kind: Kind
    default: Value = REQUIRED
    optional: bool = False
    python: Value = REQUIRED
    param: str | None = ""

    @property
    def carries(self) -> str | None:
        """The card parameter behind this attribute."""
        return self.name if self.param == "" else self.param


Read = Callable[[Mapping[str, Value], Sequence[Type]], Mapping[str, Value]]
"""Spelled attributes and argument types to the card's parameters."""
Write = Callable[[Any, Sequence[Type]], Mapping[str, Value]]
"""The card's parameters and argument types to spelled attributes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelaySpelling:
    """How Relay (TVM 0.19) spells the op: its attributes in the order of the C++ struct, which is printing order.

    ``attrs_type`` is the struct's type key; ``declared`` is False for the ops that do not declare it, whose attributes
    print as ``meta[...]``. ``read`` and ``write`` are given when fields and parameters do not correspond one to one.
    ``python`` is the dotted name of the wrapper when it is not the op's own name.
    """

    name: str
    fields: tuple[Field, ...] = ()
    attrs_type: str | None = None
    declared: bool = True
    read: Read | None = None
    write: Write | None = None
    python: str = ""


class Carrier(enum.Enum):
    """As what kind of Relax argument a parameter travels when it is not an attribute.

    ``NUMBER`` is a scalar that stands for a tensor input of rank 0.
    """

    TENSOR = "tensor"
    NUMBER = "number"
    SHAPE = "shape"
    SCALAR = "scalar"
    SCALARS = "tuple of scalars"


@dataclass(frozen=True, slots=True)
class Operand:
    """One positional argument of a Relax call: a tensor input of the card, or a parameter carried as an argument.

    ``constant``: TVM reads the tensor's value when it builds, so that it must be a constant.

    ``dtype_of`` names the tensor input whose element type a scalar operand takes; None leaves int64 / float64. A
    trailing parameter that is ``optional`` may be left out; its value is None then.
    """

    name: str
    carrier: Carrier = Carrier.TENSOR
    dtype_of: str | None = None
    optional: bool = False
    constant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelaxSpelling:
    """How Relax spells the op in the releases from ``since`` up to but excluding ``until``.

    ``operands`` and ``fields`` follow the registered argument and attribute order, which is printing order.
    ``fits`` answers for given parameters, argument types and release: None when this one call says exactly what the
    card means, else the reason why not (the op is then expanded for that release). ``gradient`` is the card's as
    Relax writes it, where TVM's two IRs write it differently.
    """

    name: str
    operands: tuple[Operand, ...]
    fields: tuple[Field, ...] = ()
    attrs_type: str | None = None
    since: str = "0.19"
    until: str | None = None
    read: Read | None = None
    write: Write | None = None
    fits: Callable[[Any, Sequence[Type], str], str | None] | None = None
    gradient: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """A function of the runtime that computes the op: it takes the tensors, then the parameters of these names, then
    the results to write to (destination passing). Where nobody registered it, the card's own meaning stands for it.
    """

    function: str
    params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoParams:
    """The parameters of an op that has none."""


P = TypeVar("P")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OpCard(Generic[P]):
    """One operator. See the module text; every callable takes the parameters first.

    * ``infer(params, *types) -> Type``: the result type for argument types (a variadic argument is a TupleType).
      Raises :class:`Reject`; never another exception.
    * ``assign(params, *types) -> types``: for un-annotated arguments given as None, the types the op forces on them.
    * ``reference(params, *arrays)``: numpy semantics in the arrays' own dtype; a variadic argument is a tuple of
    arrays;
      several results are a tuple. Must also be right when float parameters and arrays are widened to float64.
    * ``lower(params, builder, *tensors)``: the tensor-level program; several results are a tuple of tensors.
    * ``expand(params, fragment, *values)``: the op as calls of other cards, written once for both IRs.
    * ``lower`` and ``expand`` raise :class:`Reject` when these parameters or argument types have none.
    * ``gradient(params, fragment, values, result, seed) -> values``: the adjoints of the arguments, None for one that
    has none. ``fragment`` is a :class:`~tensor_core.fragment.GradientFragment`.
    * ``library``: the function that a conversion calls (``call_dps_packed``) where Relax has no such operator.
    * ``refused``: why a card states neither a reference nor an expansion; empty where there is one.
    * ``draw(choices) -> Drawn``: a legal call, whatever the choices (see :mod:`tensor_core.ops.draw`).
    * ``undefined(params, *arrays)``: where TVM leaves the result to the build, the host or chance: booleans that
      broadcast to each result, or a tuple of them, one for each result. Comparisons leave those elements out.
    * ``margin(params, *arrays)``: for a result that jumps, how far what it jumps on lies from the nearest edge,
      relative to its size (0 on an edge, a tie between scores among them); broadcasts to each result, or a tuple of one
      for each result. Labels such as classes are exact and lie on no edge. Rounding may carry a result across an edge
      that is nearer than it, so tests that compare kernels with the exact result leave such an element out.
    * ``at_most``: results may have fewer rows than the type rule says, as Relax deduces some types.
    * ``keeps_bits``: the result has the bits of the argument, so that other element types than the stated ones give
    another one: floats that are widened are narrowed for it, unless it leaves the type as it is.
    """

    name: str
    inputs: tuple[Input, ...]
    params: type[P]
    infer: Callable[..., Type]
    reference: Callable[..., Any] | None = None
    lower: Callable[..., Any] | None = None
    expand: Callable[..., Any] | None = None
    gradient: Callable[..., Any] | None = None
    assign: Callable[..., Sequence[Type | None]] | None = None
    relay: RelaySpelling | None = None
    relax: tuple[RelaxSpelling, ...] = ()
    pattern: Pattern = Pattern.OPAQUE
    error: ErrorModel = Exact()
    laws: frozenset[Law] = frozenset()
    effects: frozenset[Effect] = frozenset()
    draw: Callable[[Draw], Drawn] | None = None
    undefined: Callable[..., Any] | None = None
    margin: Callable[..., Any] | None = None
    library: Library | None = None
    refused: str = ""
    at_most: bool = False
    keeps_bits: bool = False
    evidence: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"OpCard({self.name})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # Notebooks and hypothesis would show it field by field.
        printer.text(repr(self))

    @property
    def why_silent(self) -> str:
        """Why a card that states no meaning has none, as the end of a sentence."""
        return self.refused or "its card has neither a reference nor an expansion"

    @property
    def is_pure(self) -> bool:
        """Whether calls may be removed, repeated and reordered freely."""
        return not self.effects

    def relax_for(self, release: str) -> RelaxSpelling | None:
        """The Relax spelling in force in a release such as "0.27", if there is one."""
        wanted = _version(release)
        for spelling in self.relax:
            if _version(spelling.since) <= wanted and (spelling.until is None or wanted < _version(spelling.until)):
                return spelling
        return None


PORTABLE = "portable"
"""In the place of a release: text that every release reads alike. Its calls are spelled as the newest release does."""


def _version(release: str) -> tuple[int, ...]:
    if release == PORTABLE:
        return (1000,)
    return tuple(int(part) for part in release.split("."))
