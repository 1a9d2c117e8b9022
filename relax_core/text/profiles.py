"""How releases of TVM spell printed Relax: one row per release, one field per difference.

Facts read off the printers and parsers of the released wheels (0.19, 0.21, 0.25, 0.26, 0.27). The releases between have
no wheel that runs: their rows are read off the sources and marked ``derived``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops.card import PORTABLE

FUTURE_IMPORT = "from __future__ import annotations"
IR_IMPORT = "# from tvm.script import ir as I"
RELAX_IMPORT = "# from tvm.script import relax as R"
TYPE_VAR_IMPORT = "# from typing import TypeVar"
_TIR = ("# from tvm.script import tir as T",)
_TIRX = ("# from tvm.script import tirx as T", "# from tvm.tirx.layout import Axis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One release's spelling.

    * ``derived``: nobody ran this release.
    * ``portable``: the text is for every release, and says nothing that two of them read in different ways.
    * ``result_first``: whether a function's result type is spelled, and its variables are declared, before parameters.
    * ``type_vars``: symbolic dimensions of signatures are module-level TypeVars (else strings, declared in the body).
    * ``wraps_scalars``: scalar operands are written ``R.prim_value(...)``; scalar types ``R.Prim(...)``. Where they are
      not, a scalar parameter is itself the symbolic variable.
    * ``unset_dtype``: what an element type attribute that is not set prints as.
    * ``dtypes``: element types that have another name in this release than in this program.
    * ``ops``: operators whose parser name is not their own; ``keyword_operands``: positions of operands that the
      parser's function takes in another order, so that they are printed by keyword.
    * ``kernel_scalars``: whether call_tir takes symbolic dimensions as ``tir_vars``.
    * ``nested_scope``: whether a local function declares its symbolic variables and ``cls = Module`` itself (else they
      are declared around it).
    * ``device_scope``: whether a virtual device is said with its memory scope.
    * ``boxed_bools``: whether truth values among a module's attributes are written ``T.bool(...)``.
    * ``constants``: the key of constants in the metadata section; ``arrays``: that of arrays among attributes;
      ``metadata``: the form of its JSON; ``lines``: the key of strings of several lines in it, empty where those stand
      in the text.
    * ``elements``: the attribute of a constant that is its array, by which text says an array among attributes.
    """

    release: str
    derived: bool = False
    portable: bool = False
    result_first: bool = True
    tir_imports: tuple[str, ...]
    type_vars: bool = False
    object_type: str
    result_keyword: str
    types_keyword: str
    wraps_scalars: bool
    unset_dtype: str
    kernel_scalars: bool
    nested_scope: bool
    device_scope: bool
    boxed_bools: bool = False
    constants: str = "relax.expr.Constant"
    arrays: str = "ffi.Tensor"
    metadata: str = "newest"
    lines: str = "ffi.String"
    elements: str = "data"
    dtypes: Mapping[str, str] = field(default_factory=dict[str, str])
    ops: Mapping[str, str] = field(default_factory=dict[str, str])
    keyword_operands: Mapping[str, Mapping[int, str]] = field(default_factory=dict[str, Mapping[int, str]])


# R.nn.attention_var_len takes the longest lengths in another place than the operator.
_VAR_LEN = {4: "seqstart_k", 5: "max_seqlen_q", 6: "max_seqlen_k"}
_FLOAT8 = {"e4m3_float8": "float8_e4m3fn", "e5m2_float8": "float8_e5m2"}
_BIAS = {"relax.nn.attention_bias": "nn.attention"}

_V19 = Profile(
    release="0.19",
    tir_imports=_TIR,
    object_type="R.Object",
    result_keyword="out_sinfo",
    types_keyword="sinfo_args",
    wraps_scalars=True,
    unset_dtype='"void"',
    kernel_scalars=True,
    nested_scope=False,
    device_scope=False,
    boxed_bools=True,
    arrays="runtime.NDArray",
    metadata="oldest",
    lines="runtime.String",
    ops=_BIAS,
    keyword_operands={"relax.nn.pad": {1: "pad_value"}, "relax.nn.attention_var_len": _VAR_LEN},
)
_V21 = replace(
    _V19,
    release="0.21",
    boxed_bools=False,
    arrays="ffi.NDArray",
    metadata="middle",
    lines="",
    dtypes=_FLOAT8,
    ops={},
    keyword_operands={"relax.nn.attention_var_len": _VAR_LEN},
)
_V25 = replace(
    _V21,
    release="0.25",
    tir_imports=_TIRX,
    device_scope=True,
    arrays="ffi.Tensor",
    metadata="newest",
    lines="ffi.String",
)
_V26 = replace(
    _V25,
    release="0.26",
    object_type="R.Any",
    result_keyword="out_ty",
    types_keyword="ty_args",
    wraps_scalars=False,
    unset_dtype="None",
    kernel_scalars=False,
    nested_scope=True,
    result_first=False,
)
_V27 = replace(_V26, release="0.27", type_vars=True, constants="ir.GenericConst", elements="value")
_RUN = (_V19, _V21, _V25, _V26, _V27)
_PORTABLE = replace(
    _V19,
    release=PORTABLE,
    portable=True,
    tir_imports=(),
    unset_dtype="None",
    nested_scope=True,
    boxed_bools=False,
    keyword_operands={"relax.nn.attention_var_len": _VAR_LEN},
)

# Nobody ran these: read off the sources of the releases, between neighbours that were run.
_DERIVED = (
    replace(_V19, release="0.20", derived=True, dtypes=_FLOAT8, keyword_operands=_V21.keyword_operands),
    replace(_V21, release="0.22", derived=True, arrays="ffi.Tensor", metadata="newest", lines="ffi.String"),
    replace(_V25, release="0.23", derived=True, tir_imports=_V21.tir_imports),
    replace(_V25, release="0.24", derived=True, tir_imports=_TIRX[:1]),
)
_PROFILES = {row.release: row for row in (*_RUN, *_DERIVED, _PORTABLE)}


def targets() -> tuple[str, ...]:
    """The releases that can be printed for and were run, oldest first."""
    return tuple(row.release for row in _RUN)


def profile(target: str) -> Profile:
    """The spelling of a release; DiagnosticError R2R0405 when there is none."""
    found = _PROFILES.get(target)
    if found is None:
        known = ", ".join(sorted(_PROFILES))
        raise fail(codes.BAD_TARGET, f"no profile for TVM {target!r}", hint=f"known releases: {known}")
    return found
