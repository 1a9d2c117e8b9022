"""A call as a given release spells it.

Which release a call was made for is stated, or else told by its attribute names and argument count: that is enough to
find a call with another spelling, but not one with the same spelling and another meaning (``round`` before 0.24).
"""

from __future__ import annotations

from functools import cache
from typing import cast

from relax_core.ir.expr import Call, Op
from relax_core.ops import call_params, make_call
from relax_core.text.profiles import targets
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ops.card import PORTABLE, Reject
from tensor_core.ops.registry import Card


@cache
def _attributes(card: Card, name: str, release: str) -> tuple[int, tuple[str, ...]] | None:
    """The number of operands and the attributes, in printing order; None when the release does not have the op."""
    spelling = card.relax_for(release)
    if spelling is None or spelling.name != name:
        return None
    carried = spelling.fields if spelling.attrs_type is not None else ()
    return len(spelling.operands), tuple(item.name for item in carried)


def for_release(call: Call, card: Card, release: str, made_for: str | None = None) -> Call:
    """The call as the release spells it: itself, or said anew where it was made for another release.

    R2R0407 when the release cannot say it in one call.
    """
    name = cast(Op, call.op).name
    if release == PORTABLE and made_for is None:
        newest_first = reversed(targets())
        made_for = next((item for item in newest_first if _fits(call, _attributes(card, name, item))), PORTABLE)
    if made_for is not None and made_for != release:
        return _translated(call, made_for, release)
    if release == PORTABLE or _fits(call, _attributes(card, name, release)):
        return call
    for other in targets():
        if other != release and _fits(call, _attributes(card, name, other)):
            return _translated(call, other, release)
    written = ", ".join(call.attrs) if call.attrs is not None else "none"
    raise fail(
        codes.UNPRINTABLE,
        f"no release spells {name} with {len(call.args)} arguments and the attributes {written}",
        call.span,
        hint="the call must have all attributes of its operator",
    )


def _fits(call: Call, expected: tuple[int, tuple[str, ...]] | None) -> bool:
    if expected is None:
        return False
    operands, names = expected
    return names == (tuple(call.attrs) if call.attrs is not None else ()) and len(call.args) <= operands


def _translated(call: Call, source: str, release: str) -> Call:
    try:
        found = call_params(call, source)
    except Reject as reject:
        raise fail(codes.BAD_PARAMETER, reject.message, call.span) from reject
    if found is None:
        return call
    card, params, args = found
    made = make_call(card, params, args, release)
    if isinstance(made, str):
        hint = "convert for this target, so that the operator is expanded"
        raise fail(codes.UNPRINTABLE, f"TVM {release} cannot say this call of {card.name}: {made}", call.span, hint)
    return made.replace(span=call.span)
