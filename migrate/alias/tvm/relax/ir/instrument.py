"""tvm.relax.ir.instrument."""

from __future__ import annotations

from typing import Any

from migrate.alias.relax.wellformed import well_formed
from tensor_core.module import IRModule
from tensor_core.passes.info import PassInfo
from tensor_core.passes.instrument import PassInstrument

_FREE = frozenset({"Normalize", "NormalizeGlobalVar", "ResolveGlobals"})
"""Passes whose modules may be ill-formed."""


class WellFormedInstrument(PassInstrument):
    """Checks before and after each pass that the module is well formed; AssertionError when it is not."""

    def __init__(self, check_struct_info: bool = True, validate_before_transform: bool = True, **named: Any) -> None:
        super().__init__()
        self._check_types = bool(named.get("check_ty", check_struct_info))
        self._before = validate_before_transform

    def run_before_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Check what the pass is given."""
        if self._before:
            self._check(mod, info)

    def run_after_pass(self, mod: IRModule, info: PassInfo) -> None:
        """Check what the pass made."""
        self._check(mod, info)

    def _check(self, mod: IRModule, info: PassInfo) -> None:
        if info.name not in _FREE:
            assert well_formed(mod, self._check_types)
