"""The releases of TVM that Python is ported to, and the words that changed between them."""

from __future__ import annotations

from dataclasses import dataclass

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.releases import older, order

CHECKED = ("0.21", "0.25", "0.26", "0.27")
"""Releases whose wheels ported code was run in."""
DERIVED = ("0.20", "0.22", "0.23", "0.24")
"""Releases between them: what they take follows from their neighbours and the notes of the release."""
RELEASES = tuple(sorted((*CHECKED, *DERIVED), key=order))
NEWEST = RELEASES[-1]

_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    # word: what it is from which release on
    "type": (("0.20", "struct_info"), ("0.26", "ty")),
    "result_type": (("0.20", "ret_struct_info"), ("0.26", "ret_ty")),
    "TensorType": (("0.20", "TensorStructInfo"), ("0.26", "TensorType")),
    "TupleType": (("0.20", "TupleStructInfo"), ("0.26", "TupleType")),
    "FuncType": (("0.20", "FuncStructInfo"), ("0.26", "FuncType")),
    "ShapeType": (("0.20", "ShapeStructInfo"), ("0.26", "ShapeType")),
    "Type": (("0.20", "StructInfo"), ("0.26", "Type")),
    "AnyType": (("0.20", "ObjectStructInfo"), ("0.26", "AnyType")),
    "has_type": (("0.20", "has_struct_info"), ("0.26", "has_ty")),
    "type_args": (("0.20", "sinfo_args"), ("0.26", "ty_args")),
    "name_hint": (("0.20", "name_hint"), ("0.26", "name")),
    "PrimType": (("0.20", "tvm.relax.PrimStructInfo"), ("0.26", "tvm.ir.PrimType")),
    "StringImm": (("0.20", "tvm.relax.StringImm"), ("0.27", "tvm.ir.StringImm")),
    "prim_value": (("0.20", "tvm.relax.PrimValue"), ("0.26", "tvm.relax.prim_value")),
    "type_lca": (("0.20", "struct_info_lca"), ("0.26", "type_lca")),
    "type_base_check": (("0.20", "struct_info_base_check"), ("0.26", "type_base_check")),
    "derive_call_ret_type": (("0.20", "derive_call_ret_struct_info"), ("0.26", "derive_call_ret_type")),
    "tir_vars_in_type": (("0.20", "tir_vars_in_struct_info"), ("0.26", "tir_vars_in_type")),
    "definable_tir_vars_in_type": (
        ("0.20", "definable_tir_vars_in_struct_info"),
        ("0.26", "definable_tir_vars_in_type"),
    ),
    "UpdateParamType": (("0.20", "UpdateParamStructInfo"), ("0.26", "UpdateParamType")),
    "TypePattern": (("0.20", "StructInfoPattern"), ("0.26", "TypePattern")),
    "with_type": (("0.20", "with_struct_info"), ("0.26", "with_type")),
    "from_type": (("0.20", "from_struct_info"), ("0.26", "from_ty")),
    "func_result_type": (("0.20", "func_ret_struct_info"), ("0.26", "func_ret_ty")),
    "out_type": (("0.20", "out_sinfo"), ("0.26", "out_ty")),
    "numpy": (("0.20", "numpy"),),
    "VDevice": (("0.20", "tvm.ir.VDevice"), ("0.27", "tvm.relax.VDevice")),
    "VMExecutable": (("0.20", "tvm.relax.VMExecutable"),),
    "constant": (("0.20", "tvm.relax.Constant"), ("0.27", "tvm.ir.GenericConst")),
    "constant_data": (("0.20", "data"), ("0.27", "value")),
    "visit_constant": (("0.20", "visit_constant_"), ("0.27", "visit_generic_const_")),
    "tensor": (("0.20", "tvm.nd.array"), ("0.22", "tvm.runtime.tensor")),
    "Tensor": (("0.20", "tvm.nd.NDArray"), ("0.22", "tvm.runtime.Tensor")),
    "register_func": (("0.20", "tvm.register_func"), ("0.22", "tvm.register_global_func")),
    "empty": (("0.20", "tvm.nd.empty"), ("0.22", "tvm.runtime.empty")),
    "init_api": (("0.20", "tvm.ffi._init_api"), ("0.22", "tvm_ffi.init_ffi_api")),
    "tir": (("0.20", "tvm.tir"), ("0.24", "tvm.tirx")),
    "structural_equal": (("0.20", "tvm.ir.structural_equal"), ("0.25", "tvm_ffi.structural_equal")),
    "structural_hash": (("0.20", "tvm.ir.structural_hash"), ("0.25", "tvm_ffi.structural_hash")),
    "well_formed": (("0.20", "tvm.relax.analysis.well_formed"), ("0.25", "tvm.relax.analysis.check_well_formed")),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A release to port to."""

    release: str = NEWEST

    @property
    def checked(self) -> bool:
        """Whether ported code was run in a real wheel of this release; otherwise what is known of it is derived."""
        return self.release in CHECKED

    def since(self, release: str) -> bool:
        """Whether the target is this release or a later one."""
        return not older(self.release, release)

    def word(self, name: str) -> str:
        """How the target says a word: ``word("type")`` is the attribute that holds an expression's type."""
        return [word for release, word in _WORDS[name] if self.since(release)][-1]


def target_named(release: str) -> Target:
    """The target for a release. R2R0703 for one that nothing is known of."""
    if release not in RELEASES:
        raise fail(
            codes.BAD_OPTION,
            f"nothing is known of TVM {release}",
            hint=f"the releases to port to: {', '.join(RELEASES)}",
        )
    return Target(release)
