"""Operators whose card cannot state as data how Relax says them.

An adapter takes the parameters of a card's call, its arguments, the Relax module under construction and the target
release. It gives the one call that says it, or None where the card's own ways do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import relax_core.ir.expr as relax
from migrate.adapters.devices import device_copy, on_device
from tensor_core.module import IRModule

Adapter = Callable[[Any, Sequence[relax.Expr], IRModule, str], relax.Call | None]

ADAPTERS: Mapping[str, Adapter] = {"device_copy": device_copy, "on_device": on_device}
"""By the name of the card."""
