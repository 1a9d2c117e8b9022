"""Which release of TVM a Relax text was written for, as far as its syntax says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from relax_core.text.profiles import profile, targets
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.spans import Source

NEWEST = "0.27"
OLDEST = "0.19"

# What a text shows, and the releases that print or read it: from the first to the last of them.
_MARKS: tuple[tuple[str, str, str], ...] = (
    ("TypeVar(", "0.27", NEWEST),
    ('metadata["ir.GenericConst"]', "0.27", NEWEST),
    *((mark, "0.26", NEWEST) for mark in ("out_ty=", "ty_args=", "R.Any", "R.func_ret_ty")),
    ("s_tir=True", "0.25", NEWEST),
    ("from tvm.tirx.layout import Axis", "0.25", NEWEST),
    ("T.sblock(", "0.24", NEWEST),
    ("import tirx as T", "0.24", NEWEST),
    *((mark, OLDEST, "0.25") for mark in (
        "out_sinfo=", "sinfo_args=", "tir_vars=", "R.func_ret_struct_info", "R.Prim(value=", "is_size_var=",
        'dtype="void"',
    )),
    ("T.block(", OLDEST, "0.23"),
    ("import tir as T", OLDEST, "0.23"),
    ("e4m3_float8", OLDEST, OLDEST),
    ("e5m2_float8", OLDEST, OLDEST),
)  # fmt: skip
# What a converted script begins with.
_HEADER = re.compile(r"^# Relax of TVM (\d+\.\d+)$", re.MULTILINE)
# What every release reads and only the old ones print: it decides where nothing else does.
_OLD_STYLE = ("R.prim_value(", "R.Object", " = T.int64()\n")
# The filler of R.nn.pad: a tensor in the oldest release, a number in the new ones.
_FILLER = "pad_value="
_TENSOR_FILLER = re.compile(_FILLER + r"(?=[A-Za-z_])(?!float\()[^,)]*")


def header(release: str) -> str:
    """The line that says which release a script is for, where its syntax may not; TVM takes it for a comment."""
    return f"# Relax of TVM {release}\n"


@dataclass(frozen=True, slots=True)
class Release:
    """A release and the text that gives it away; no evidence: it was stated, or assumed to be the newest.

    ``candidates`` are the releases that the text may be of, oldest first; ``derived``: nobody ran this release.
    """

    name: str
    evidence: str = ""
    stated: bool = False
    candidates: tuple[str, ...] = ()
    derived: bool = False


def release_of(text: str, source_name: str = "from_string", stated: str | None = None) -> Release:
    """The release of a text: the stated one, that of its header, one whose syntax it shows, or the newest.

    That a text is portable says nothing: it means the same in every release.
    DiagnosticError: R2R0405 for a stated release that is not known, R2R0113 for a text that mixes releases.
    """
    if stated is not None and not (row := profile(stated)).portable:
        return Release(stated, stated=True, candidates=(stated,), derived=row.derived)
    found_header = _HEADER.search(text)
    if found_header is not None and found_header[1] in targets():
        name = found_header[1]
        return Release(name, found_header[0], candidates=(name,))
    first, last = OLDEST, NEWEST
    since = until = ""
    # A plain search for each mark is many times faster than one regular expression.
    for mark, low, high in _MARKS:
        if mark not in text:
            continue
        if _number(low) > _number(first):
            first, since = low, mark
        if _number(high) < _number(last):
            last, until = high, mark
    if _number(first) > _number(last):
        raise _mixed(text, source_name, (since, first), (until, last))
    found = tuple(item for item in targets() if _number(first) <= _number(item) <= _number(last))
    if since and not until:
        return Release(found[-1], since, candidates=found)
    old = until or next((mark for mark in _OLD_STYLE if mark in text), "") or _tensor_filler(text)
    if old:
        return Release(found[0] if until else OLDEST, old.strip(), candidates=found)
    return Release(NEWEST, candidates=found)


def _number(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def _tensor_filler(text: str) -> str:
    found = _TENSOR_FILLER.search(text) if _FILLER in text else None
    return found.group() if found else ""


def _mixed(text: str, source_name: str, new: tuple[str, str], old: tuple[str, str]) -> Exception:
    source = Source(source_name, text)
    place = text.index(new[0])
    return fail(
        codes.MIXED_RELEASES,
        f"{new[0]!r} belongs to TVM {new[1]} and later, {old[0]!r} to TVM {old[1]} and earlier",
        source.span(place, place + len(new[0])),
        hint="state the release the text was written for",
        source=source,
    )
