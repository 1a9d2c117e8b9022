"""Structural equality and hashes of objects of the IR (tvm.ir.structural_equal, structural_hash in TVM 0.19)."""

from relay_compat.structural.equal import Mismatch, first_mismatch, structural_equal
from relay_compat.structural.hash import structural_hash
from relay_compat.structural.path import ObjectPath

__all__ = ["Mismatch", "ObjectPath", "first_mismatch", "structural_equal", "structural_hash"]
