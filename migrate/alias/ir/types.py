"""Types of tvm.ir that both IRs use."""

from migrate.alias.facade import facade
from relax_core.ir import types as relax_types
from relay_compat.ir import types as relay_types

__all__ = ["PrimType", "TupleType"]

TupleType = relay_types.TupleType
PrimType = facade("PrimType", (relax_types.PrimType,), relax_types.PrimType)
