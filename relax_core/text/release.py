"""Which release of TVM a Relax text was written for, as far as its syntax says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from relax_core.text.profiles import targets
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.spans import Source

NEWEST = "0.27"
OLDEST = "0.19"

# What only one side prints and reads.
_NEW = ("TypeVar(", "out_ty=", "ty_args=", "R.Any", "R.func_ret_ty", "T.sblock(", "s_tir=True", "import tirx as T")
_OLD = (
    "out_sinfo=", "sinfo_args=", "tir_vars=", "R.func_ret_struct_info", "R.Prim(value=", "T.block(", "is_size_var=",
    "import tir as T", 'dtype="void"',
)  # fmt: skip
# What both sides read and only the old one prints.
_OLD_STYLE = ("R.prim_value(", "R.Object", " = T.int64()\n")
# The filler of R.nn.pad: a tensor in the old releases, a number in the new ones.
_FILLER = "pad_value="
_TENSOR_FILLER = re.compile(_FILLER + r"(?=[A-Za-z_])(?!float\()[^,)]*")


@dataclass(frozen=True, slots=True)
class Release:
    """A release and the text that gives it away; no evidence: it was stated, or assumed to be the newest."""

    name: str
    evidence: str = ""
    stated: bool = False


def release_of(text: str, source_name: str = "from_string", stated: str | None = None) -> Release:
    """The release of a text: the stated one, else the one whose syntax it shows, else the newest.

    DiagnosticError: R2R0405 for a stated release that is not known, R2R0113 for a text that mixes releases.
    """
    if stated is not None:
        if stated not in targets():
            known = ", ".join(targets())
            raise fail(codes.BAD_TARGET, f"no profile for TVM {stated!r}", hint=f"known releases: {known}")
        return Release(stated, stated=True)
    new, old = _first(text, _NEW), _first(text, _OLD)
    if new and old:
        raise _mixed(text, source_name, new, old)
    if new:
        return Release(NEWEST, new)
    evidence = old or _first(text, _OLD_STYLE) or _tensor_filler(text)
    return Release(OLDEST, evidence.strip()) if evidence else Release(NEWEST)


def _first(text: str, marks: tuple[str, ...]) -> str:
    # A plain search for each mark is many times faster than one regular expression.
    return next((mark for mark in marks if mark in text), "")


def _tensor_filler(text: str) -> str:
    found = _TENSOR_FILLER.search(text) if _FILLER in text else None
    return found.group() if found else ""


def _mixed(text: str, source_name: str, new: str, old: str) -> Exception:
    source = Source(source_name, text)
    place = text.index(new)
    return fail(
        codes.MIXED_RELEASES,
        f"{new!r} belongs to TVM {NEWEST}, {old!r} to TVM {OLDEST}",
        source.span(place, place + len(new)),
        hint="state the release the text was written for",
        source=source,
    )
