"""Numbers modulo a prime in the place of floats: sums, products and quotients of them have no rounding.

Two expressions that are equal as rational functions give equal residues; two that are not give different ones on
random arguments, but with a chance of the degree over the prime. So programs that only differ in how they add up,
multiply out and divide are told from others without a tolerance.

What is no operation of a field has a value all the same, the same one for the same operands, so that programs which
agree up to it still agree: numbers are ordered by the representative nearest to zero, and a function such as ``exp``
is any function. Whoever :func:`watched` it knows that a difference then says nothing. What has no such value is
:class:`Outside`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any, cast

import numpy as np

PRIME = (1 << 61) - 1
"""A Mersenne prime."""

ORDER = "numbers are compared"
FUNCTION = "a function is applied that is none of a field"
ROUNDED = "a number is written out that rounding may have made"

_SHORT = 1 << 16
"""Numbers with more significant digits than this has are taken for rounded ones."""
_SEEN: ContextVar[set[str] | None] = ContextVar("seen", default=None)

Array = np.ndarray[Any, np.dtype[Any]]


class Outside(Exception):
    """A program does what has no meaning on residues."""


@contextmanager
def watched() -> Generator[set[str]]:
    """In the block, what takes values out of the field is collected: ORDER, FUNCTION, ROUNDED."""
    seen: set[str] = set()
    token = _SEEN.set(seen)
    try:
        yield seen
    finally:
        _SEEN.reset(token)


def _note(what: str) -> None:
    seen = _SEEN.get()
    if seen is not None:
        seen.add(what)


class Residue:
    """A number modulo :data:`PRIME`. Operands may be numbers; a float is the fraction that it is."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"{self._near()} mod p"

    def _near(self) -> int:
        return self.value if self.value <= PRIME // 2 else self.value - PRIME

    def __add__(self, other: Any) -> Residue:
        return Residue((self.value + _value(other)) % PRIME)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Residue:
        return Residue((self.value - _value(other)) % PRIME)

    def __rsub__(self, other: Any) -> Residue:
        return Residue((_value(other) - self.value) % PRIME)

    def __mul__(self, other: Any) -> Residue:
        return Residue(self.value * _value(other) % PRIME)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Residue:
        return Residue(self.value * _inverse(_value(other)) % PRIME)

    def __rtruediv__(self, other: Any) -> Residue:
        return Residue(_value(other) * _inverse(self.value) % PRIME)

    def __neg__(self) -> Residue:
        return Residue(-self.value % PRIME)

    def __pow__(self, other: Any) -> Residue:
        exponent = residue(other)._near()
        if abs(exponent) < _SHORT:
            return Residue(pow(self.value if exponent >= 0 else _inverse(self.value), abs(exponent), PRIME))
        return _applied("power", self.value, _value(other))

    def __rpow__(self, other: Any) -> Residue:
        return residue(other) ** self

    def __abs__(self) -> Residue:
        _note(ORDER)
        return Residue(abs(self._near()))

    def __eq__(self, other: object) -> bool:
        return self.value == _value(other)

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return self.value != 0

    def __lt__(self, other: Any) -> bool:
        _note(ORDER)
        return self._near() < residue(other)._near()

    def __le__(self, other: Any) -> bool:
        _note(ORDER)
        return self._near() <= residue(other)._near()

    def __gt__(self, other: Any) -> bool:
        return not self <= other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __float__(self) -> float:
        raise Outside("a residue is no float")

    def __int__(self) -> int:
        near = self._near()
        if abs(near) >= 1 << 24:
            raise Outside("a residue is no integer")
        _note(ORDER)
        return near

    __trunc__ = __int__

    def conjugate(self) -> Residue:
        """Itself, as of every real number (numpy asks for it)."""
        return self


_FUNCTIONS = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "sin", "cos", "tan", "sinh", "cosh",
    "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "floor", "ceil", "trunc", "rint",
)  # fmt: skip
"""What numpy asks the elements of an array for under these names."""


def _applied(name: str, *values: Any) -> Residue:
    """Any function: the same value for the same operands, and otherwise one as good as random."""
    _note(FUNCTION)
    text = " ".join(map(str, (name, *values)))
    return Residue(int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "little") % PRIME)


def _function(name: str) -> Callable[[Residue], Residue]:
    return lambda operand: _applied(name, operand.value)


for _name in _FUNCTIONS:
    setattr(Residue, _name, _function(_name))


def _inverse(value: int) -> int:
    if value == 0:
        raise Outside("a division by zero")
    return pow(value, -1, PRIME)


def _value(number: Any) -> int:
    """The residue of a number, as an int."""
    if isinstance(number, Residue):
        return number.value
    if isinstance(number, int):
        return number % PRIME
    if isinstance(number, np.integer | np.bool_):
        return int(cast(Any, number)) % PRIME
    if not math.isfinite(number):
        raise Outside("a number that is not finite")
    numerator, denominator = float(number).as_integer_ratio()
    if abs(numerator) >= _SHORT:
        shorter = numerator // (numerator & -numerator)
        if abs(shorter) >= _SHORT:
            _note(ROUNDED)
    return numerator * _inverse(denominator % PRIME) % PRIME


def residue(number: Any) -> Residue:
    """A number as a residue. Outside for infinities and NaN."""
    return number if isinstance(number, Residue) else Residue(_value(number))


_each = np.frompyfunc(residue, 1, 1)


def residues(array: Any) -> Array:
    """An array of numbers as one of residues, of element type :data:`~tensor_core.dtypes.RESIDUE`."""
    made = _each(array.astype(np.float64) if array.dtype.kind == "V" else array)
    return np.asarray(made, object).reshape(array.shape)


def any_function(name: str, arrays: Sequence[Array], shape: tuple[int, ...]) -> Array:
    """Any function of all of the arrays: numbers that depend on every element of them, on nothing else than these and
    the name, and are otherwise as good as random.
    """
    operands = [_digest(array) for array in arrays]
    made = [_applied(name, place, *operands) for place in range(math.prod(shape))]
    return np.array(made, object).reshape(shape)


def any_function_of_elements(name: str, arrays: Sequence[Array], commutes: bool = False) -> Array:
    """Any function of one element, or of several that broadcast against each other; of these in any order, if it
    ``commutes``.
    """

    def apply(*elements: Any) -> Residue:
        values = [_value(element) for element in elements]
        return _applied(name, *(sorted(values) if commutes else values))

    made = np.frompyfunc(apply, len(arrays), 1)(*arrays)
    return np.asarray(made, object).reshape(np.broadcast_shapes(*(array.shape for array in arrays)))


def any_bools(array: Array) -> Array:
    """What is as good as random as True or False."""
    return np.asarray(np.frompyfunc(lambda number: _value(number) % 2 == 1, 1, 1)(array), bool).reshape(array.shape)


def _digest(array: Array) -> str:
    text = f"{array.shape} {[_value(element) for element in array.ravel().tolist()]}"
    return blake2b(text.encode(), digest_size=16).hexdigest()


def random_residues(shape: tuple[int, ...], seed: int) -> Array:
    """Random numbers of the field; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    return np.asarray(_each(rng.integers(1, PRIME, shape)), object).reshape(shape)
