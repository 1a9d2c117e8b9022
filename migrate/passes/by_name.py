"""Passes of both IRs by the names that a user gives on the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import relax_core.transform as relax_passes
import relay_compat.transform.registry as relay_passes
from migrate.named import imported
from migrate.verify.localise.pipeline import Stage
from migrate.verify.properties.equivalence import to_relax
from tensor_core import codes
from tensor_core.diagnostics import did_you_mean, fail

CONVERT = "convert"


def passes_by_name(names: Iterable[str]) -> list[Any]:
    """Passes in order: of Relay up to ``convert``, which is the conversion, of Relax behind it. ``module:ATTRIBUTE`` is
    imported, and may be a list. R2R0703 for a name that stands for none.
    """
    found: list[Any] = []
    relax = False
    for name in names:
        if name == CONVERT:
            relax = True
            found.append(Stage(CONVERT, to_relax))
        elif ":" in name:
            made = imported(name, "pass")
            found += list(cast("list[Any]", made)) if isinstance(made, (list, tuple)) else [made]
        else:
            found.append(_of_ir(name, relax))
    return found


def _of_ir(name: str, relax: bool) -> Any:
    make = (relax_passes if relax else relay_passes).find(name)
    if make is None:
        known = relax_passes.HOME_OF if relax else relay_passes.NAMES
        hint = did_you_mean(name, known) or f"passes of Relax come after {CONVERT!r}"
        raise fail(codes.BAD_OPTION, f"{'Relax' if relax else 'Relay'} has no pass {name!r} here", hint=hint)
    try:
        return make()
    except TypeError as error:
        hint = "make it in a module of your own and give package.module:ATTRIBUTE"
        raise fail(codes.BAD_OPTION, f"the pass {name!r} needs arguments: {error}", hint=hint) from error
