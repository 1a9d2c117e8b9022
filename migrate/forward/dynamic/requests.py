"""What a user says of open dimensions: ``data.0=batch``, ``data.0=16``, ``data.0=batch:1..64``, ``data.0=1..64``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail

_FORM = re.compile(r"(?:(?P<name>[A-Za-z]\w*)(?::(?=\d))?)?(?:(?P<low>\d+)\.\.(?P<high>\d+))?\Z")

Dims = Mapping[str, "str | int | DimRequest"]
"""By the place of the dimension: PARAMETER.AXIS, or PARAMETER.FIELD.AXIS where the parameter is a tuple."""


@dataclass(frozen=True, slots=True)
class DimRequest:
    """One dimension's name, its size, or the least and the largest size that it may have; each may be left open."""

    name: str = ""
    size: int | None = None
    low: int | None = None
    high: int | None = None


def dim_requests(dims: Dims) -> Mapping[str, DimRequest]:
    """What is said of each dimension. R2R0703 for a place or a value that is not understood."""
    return {
        _place(place): item if isinstance(item, DimRequest) else _request(place, item) for place, item in dims.items()
    }


def from_options(options: Iterable[str]) -> dict[str, str]:
    """The same from the command line: PLACE=VALUE each. R2R0703 for one without ``=``."""
    found: dict[str, str] = {}
    for option in options:
        place, equals, value = option.partition("=")
        if not equals:
            raise _bad(option)
        found[place] = value
    return found


def _place(place: str) -> str:
    name, _, axis = place.rpartition(".")
    if not name or not axis.isdigit():
        raise _bad(place)
    return place


def _request(place: str, value: str | int) -> DimRequest:
    if isinstance(value, int) or value.isdigit():
        return DimRequest(size=int(value))
    found = _FORM.match(value)
    if not value or found is None:
        raise _bad(f"{place}={value}")
    name, low, high = found["name"] or "", found["low"], found["high"]
    if low is not None and int(low) > int(high):
        raise _bad(f"{place}={value}")
    return DimRequest(name, None, None if low is None else int(low), None if high is None else int(high))


def _bad(text: str) -> DiagnosticError:
    return fail(
        codes.BAD_OPTION,
        f"{text!r} says nothing of a dimension",
        hint="write data.0=batch, data.0=16, data.0=batch:1..64 or data.0=1..64, data being the parameter, 0 the axis",
    )
