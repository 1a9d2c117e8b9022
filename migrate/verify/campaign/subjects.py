"""The properties that a campaign can check, by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from migrate.verify.oracles.subjects import is_live, live
from migrate.verify.properties import Property
from migrate.verify.properties.equivalence import conversion, keeps_meaning, to_relax
from tensor_core import codes
from tensor_core.diagnostics import did_you_mean, fail
from tensor_core.module import IRModule


def _as_it_is(module: IRModule) -> IRModule:
    return module


_MAKERS: Mapping[str, Callable[[], Property]] = {
    "conversion": conversion,
    "conversion, compiled": lambda: keeps_meaning("conversion, compiled", to_relax, ("backend",)),
    "Relay, compiled": lambda: keeps_meaning("Relay, compiled", _as_it_is, ("backend",)),
}


def names() -> tuple[str, ...]:
    """Those that come with this package."""
    return tuple(_MAKERS)


def subject(name: str) -> Property:
    """The property of a name; ``package.module:ATTRIBUTE`` is a :class:`Property` of one's own, imported from there;
    those of :func:`~migrate.verify.oracles.subjects.names_of` ask a real TVM.

    R2R0703 for a name that stands for none.
    """
    if name in _MAKERS:
        return _MAKERS[name]()
    if is_live(name):
        return live(name)
    if ":" in name:
        return _imported(name)
    hint = did_you_mean(name, _MAKERS) or f"known: {', '.join(_MAKERS)}; package.module:NAME for one of your own"
    raise fail(codes.BAD_OPTION, f"there is no property {name!r}", hint=hint)


def _imported(name: str) -> Property:
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise fail(codes.BAD_OPTION, f"the property {name!r} cannot be imported: {error}") from error
    if not isinstance(found, Property):
        raise fail(codes.BAD_OPTION, f"{name!r} is no Property", hint="see migrate.verify.properties.Property")
    return found
