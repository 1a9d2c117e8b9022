"""How releases of TVM spell printed Relax: one row per release, one field per difference.

Facts read off the printers and parsers of the released wheels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tensor_core import codes
from tensor_core.diagnostics import fail

IR_IMPORT = "# from tvm.script import ir as I"
RELAX_IMPORT = "# from tvm.script import relax as R"
TYPE_VAR_IMPORT = "# from typing import TypeVar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One release's spelling.

    * ``type_vars``: symbolic dimensions of signatures are module-level TypeVars (else strings, declared in the body);
      a scalar parameter is then itself the symbolic variable.
    * ``wraps_scalars``: scalar operands are written ``R.prim_value(...)``; scalar types ``R.Prim(...)``.
    * ``unset_dtype``: what an element type attribute that is not set prints as.
    * ``dtypes``: element types that have another name in this release than in this program.
    * ``ops``: operators whose parser name is not their own; ``keyword_operands``: positions of operands that the
      parser's function takes in another order, so that they are printed by keyword.
    * ``kernel_scalars``: whether call_tir takes symbolic dimensions as ``tir_vars``.
    * ``nested_alias``: whether a local function that calls module functions says ``cls = Module`` itself.
    """

    release: str
    tir_imports: tuple[str, ...]
    type_vars: bool
    object_type: str
    result_keyword: str
    types_keyword: str
    wraps_scalars: bool
    unset_dtype: str
    kernel_scalars: bool
    nested_alias: bool
    dtypes: Mapping[str, str] = field(default_factory=dict[str, str])
    ops: Mapping[str, str] = field(default_factory=dict[str, str])
    keyword_operands: Mapping[str, Mapping[int, str]] = field(default_factory=dict[str, Mapping[int, str]])


# R.nn.attention_var_len takes the longest lengths in another place than the operator.
_VAR_LEN = {4: "seqstart_k", 5: "max_seqlen_q", 6: "max_seqlen_k"}

_PROFILES = {
    profile.release: profile
    for profile in (
        Profile(
            release="0.19",
            tir_imports=("# from tvm.script import tir as T",),
            type_vars=False,
            object_type="R.Object",
            result_keyword="out_sinfo",
            types_keyword="sinfo_args",
            wraps_scalars=True,
            unset_dtype='"void"',
            kernel_scalars=True,
            nested_alias=False,
            ops={"relax.nn.attention_bias": "nn.attention"},
            keyword_operands={"relax.nn.pad": {1: "pad_value"}, "relax.nn.attention_var_len": _VAR_LEN},
        ),
        Profile(
            release="0.27",
            tir_imports=("# from tvm.script import tirx as T", "# from tvm.tirx.layout import Axis"),
            type_vars=True,
            object_type="R.Any",
            result_keyword="out_ty",
            types_keyword="ty_args",
            wraps_scalars=False,
            unset_dtype="None",
            kernel_scalars=False,
            nested_alias=True,
            dtypes={"e4m3_float8": "float8_e4m3fn", "e5m2_float8": "float8_e5m2"},
            keyword_operands={"relax.nn.attention_var_len": _VAR_LEN},
        ),
    )
}


def targets() -> tuple[str, ...]:
    """The releases that can be printed for, oldest first."""
    return tuple(_PROFILES)


def profile(target: str) -> Profile:
    """The spelling of a release; DiagnosticError R2R0405 when there is none."""
    found = _PROFILES.get(target)
    if found is None:
        raise fail(codes.BAD_TARGET, f"no profile for TVM {target!r}", hint=f"known releases: {', '.join(_PROFILES)}")
    return found
