"""The properties that a campaign can check, by name."""

from __future__ import annotations

from collections.abc import Sequence

from migrate.named import imported
from migrate.verify.generate import Feature
from migrate.verify.oracles.subjects import is_live, live
from migrate.verify.properties import Property
from migrate.verify.properties.registry import installed, makers, named
from tensor_core import codes
from tensor_core.diagnostics import did_you_mean, fail

_DEFAULT = ("conversion", "conversion, compiled", "Relay, compiled")
_ALL = "all"
"""Stands for every property of the registry that can be checked here."""


def names(asked: Sequence[str] = ()) -> tuple[str, ...]:
    """The properties that are meant: unless told otherwise, that the conversion computes the same on every road."""
    return tuple(
        dict.fromkeys(each for name in asked or _DEFAULT for each in (installed() if name == _ALL else (name,)))
    )


def features_of(text: str | None) -> tuple[str, ...]:
    """The features that a list with commas names. R2R0703 for a name that is none."""
    found = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    for name in found:
        if name not in tuple(Feature):
            hint = did_you_mean(name, Feature) or f"known: {', '.join(Feature)}"
            raise fail(codes.BAD_OPTION, f"there is no feature {name!r}", hint=hint)
    return found


def subject(name: str) -> Property:
    """The property of a name: one of :mod:`migrate.verify.properties.registry`, or one that asks a real TVM
    (:func:`migrate.verify.oracles.subjects.names_of`); ``package.module:ATTRIBUTE`` is a :class:`Property` of one's
    own, imported from there.

    R2R0703 for a name that stands for none.
    """
    if name in makers():
        return named(name)
    if is_live(name):
        return live(name)
    if ":" in name:
        return _imported(name)
    hint = (
        did_you_mean(name, makers())
        or f"known: 'all', {', '.join(map(repr, makers()))}; package.module:NAME for one of your own"
    )
    raise fail(codes.BAD_OPTION, f"there is no property {name!r}", hint=hint)


def _imported(name: str) -> Property:
    found = imported(name, "property")
    if not isinstance(found, Property):
        raise fail(codes.BAD_OPTION, f"{name!r} is no Property", hint="see migrate.verify.properties.Property")
    return found
