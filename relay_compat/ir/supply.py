"""Names that are not in use yet (tvm.ir.supply in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterable

from relay_compat.ir.expr import GlobalVar
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule


class NameSupply:
    """Hands out names once. With a ``prefix``, names get it and an underscore in front."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._numbers: dict[str, int] = {}

    def fresh_name(self, name: str, add_prefix: bool = True, add_underscore: bool = True) -> str:
        """The name with dots as underscores, followed by the first number that makes it a new one if it is taken."""
        name = self._full(name, add_prefix).replace(".", "_")
        result = name
        while result in self._numbers:
            self._numbers[name] += 1
            result = f"{name}{'_' if add_underscore else ''}{self._numbers[name]}"
        self._numbers[result] = 0
        return result

    def reserve_name(self, name: str, add_prefix: bool = True) -> str:
        """Take a name, whether it is new or not; the name as it is with the prefix."""
        name = self._full(name, add_prefix)
        self._numbers[name] = 0
        return name

    def contains_name(self, name: str, add_prefix: bool = True) -> bool:
        """Whether a name is taken."""
        return self._full(name, add_prefix) in self._numbers

    def _full(self, name: str, add_prefix: bool) -> str:
        if not add_prefix or not self._prefix or name.startswith(self._prefix):
            return name
        return f"{self._prefix}_{name}"


class GlobalVarSupply:
    """Global variables by name, each name once. Starts from a supply of names, or from what modules define; then the
    name of the first module (its attribute ``mod_name``) is the prefix.
    """

    def __init__(self, value: NameSupply | IRModule | Iterable[IRModule] | None = None) -> None:
        self._names = value if isinstance(value, NameSupply) else NameSupply()
        self._vars: dict[str, GlobalVar] = {}
        if value is None or isinstance(value, NameSupply):
            return
        modules = [value] if isinstance(value, IRModule) else list(value)
        if modules:
            self._names = NameSupply(str(modules[0].attrs.get("mod_name", "tvmgen_default")))
        for module in modules:
            for var in module.get_global_vars():
                self.reserve_global(var if isinstance(var, GlobalVar) else GlobalVar(var.name))

    def fresh_global(self, name: str, add_prefix: bool = True) -> GlobalVar:
        """A variable of a new name."""
        var = GlobalVar(self._names.fresh_name(name, add_prefix))
        self._vars[var.name] = var
        return var

    def unique_global_for(self, name: str, add_prefix: bool = True) -> GlobalVar:
        """The variable of this name, made when it is first asked for."""
        name = self._names.reserve_name(name, add_prefix)
        return self._vars.setdefault(name, GlobalVar(name))

    def reserve_global(self, global_var: GlobalVar, allow_conflict: bool = False) -> None:
        """Make a variable the one of its name; R2R0109 when another one is, unless ``allow_conflict``."""
        self._names.reserve_name(global_var.name, False)
        if self._vars.setdefault(global_var.name, global_var) is not global_var and not allow_conflict:
            raise fail(codes.DUPLICATE_NAME, f"@{global_var.name} is taken already")
        self._vars[global_var.name] = global_var
