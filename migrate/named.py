"""What a user names as ``package.module:ATTRIBUTE``."""

from __future__ import annotations

import importlib
from typing import Any

from tensor_core import codes
from tensor_core.diagnostics import fail

_AS_TVM = "Python that imports tvm is found under the alias: relay2relax as-tvm -- relay2relax ..."


def imported(name: str, what: str) -> Any:
    """What ``package.module:ATTRIBUTE`` names; R2R0703 when it cannot be imported. ``what``: a word for it."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        hint = _AS_TVM if (getattr(error, "name", None) or "").split(".")[0] == "tvm" else ""
        raise fail(codes.BAD_OPTION, f"the {what} {name!r} cannot be imported: {error}", hint=hint) from error
