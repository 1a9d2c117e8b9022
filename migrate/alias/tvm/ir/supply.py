"""tvm.ir.supply: unused names."""

from relay_compat.ir.supply import GlobalVarSupply, NameSupply

__all__ = ["GlobalVarSupply", "NameSupply"]
