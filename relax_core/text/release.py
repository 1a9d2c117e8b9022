"""Which release of TVM a Relax text was written for, as far as its syntax says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from relax_core.text.profiles import targets
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.spans import Source, Span

NEWEST = "0.27"
OLDEST = "0.19"

# What only one side prints and reads.
_NEW = re.compile(
    r"\bTypeVar\(|\bout_ty=|\bty_args=|\bR\.Any\b|\bR\.func_ret_ty|\bT\.sblock\(|\bs_tir=True|import tirx as T\b"
)
_OLD = re.compile(
    r"\bout_sinfo=|\bsinfo_args=|\btir_vars=|\bR\.func_ret_struct_info|\bR\.Prim\(value=|\bT\.block\("
    r"|is_size_var=|import tir as T\b|dtype=\"void\""
)
# What both sides read and only the old one prints.
_OLD_STYLE = re.compile(r"\bR\.prim_value\(|\bR\.Object\b|^\s*\w+ = T\.int64\(\)$", re.MULTILINE)


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
    new, old = _NEW.search(text), _OLD.search(text)
    if new and old:
        raise _mixed(text, source_name, new, old)
    if new:
        return Release(NEWEST, new[0])
    found = old or _OLD_STYLE.search(text)
    return Release(OLDEST, found[0].strip()) if found else Release(NEWEST)


def _mixed(text: str, source_name: str, new: re.Match[str], old: re.Match[str]) -> Exception:
    source = Source(source_name, text)
    spans: dict[str, Span] = {match[0]: source.span(match.start(), match.end()) for match in (new, old)}
    return fail(
        codes.MIXED_RELEASES,
        f"{new[0]!r} belongs to TVM {NEWEST}, {old[0]!r} to TVM {OLDEST}",
        spans[new[0]],
        hint="state the release the text was written for",
        source=source,
    )
