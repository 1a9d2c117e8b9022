"""Calls and numbers in texts of older releases, whose header is the same while their meaning is not."""

from __future__ import annotations

import re
from typing import TypeGuard

from relay_compat.attributes import AttributeProblem
from relay_compat.history.releases import LAST, Release, release_of, written_by
from relay_compat.history.steps import NotUpgraded
from relay_compat.history.upgrade import Upgrade, upgrade_from
from relay_compat.ir.expr import Op
from relay_compat.text.patterns import PatternParser
from relay_compat.text.tokens import Tokens
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.module import Expr

FIRST_TEXT = Release(0, 7)
_WRITTEN_BY = re.compile(r'"tvm_version"\s*:\s*"([^"\n]{1,60})"\s*\}\s*\}\s*\Z')
_TAIL = 200
_WIDTHS = {"int32": ("int16", "int32", "int64"), "float32": ("float16", "float32", "float64")}


def upgrade_for(tokens: Tokens, release: str | None) -> Upgrade | None:
    """What to do with a text of this release; by default of the one that its metadata section names, else of 0.19.

    DiagnosticError R2R0305 for a release whose texts cannot be read, or a state between two.
    """
    known = LAST
    if release is not None:
        known = release_of(release, first=FIRST_TEXT)
    elif tokens.metadata is not None:
        found = _WRITTEN_BY.search(tokens.source.text, max(tokens.metadata, len(tokens.source.text) - _TAIL))
        known = LAST if found is None else written_by(found[1], first=FIRST_TEXT)
    upgrade = upgrade_from(known)
    if upgrade is not None and known.development:
        message = f"the text is of {known}: what it leaves out meant one thing or another during that time"
        raise fail(codes.BAD_RELEASE, message, tokens.source.span(0), "name the release it is to be read as")
    return upgrade


class OldCallParser(PatternParser):
    """Makes calls of older releases new ones."""

    def is_old(self, callee: Expr) -> TypeGuard[Op]:
        """Whether a call of this operator may have meant something else."""
        return self.upgrade is not None and isinstance(callee, Op) and self.upgrade.concerns(callee)

    def upgraded(
        self, callee: Op, arguments: tuple[Expr, ...], attrs: Attrs | None, start: int
    ) -> tuple[Op, tuple[Expr, ...], Attrs | None]:
        """What a call is now, given the attributes that are written. R2R0306 when that is not certain, R2R0105
        for attributes that do not fit.
        """
        assert self.upgrade is not None
        try:
            return self.upgrade.call(callee, arguments, attrs)
        except NotUpgraded as problem:
            raise self.error(codes.NOT_UPGRADED, str(problem), self.span_of(start)) from None
        except AttributeProblem as problem:
            raise self.error(codes.BAD_ATTRIBUTE, problem.message, self.span_of(start), problem.hint) from None

    def old_dtype(self, dtype: str) -> str:
        """The type of a number just read: before 0.9 its suffix did not say all, and the comment behind it did."""
        if self.upgrade is None or self.upgrade.release >= Release(0, 9):
            return dtype
        recorded = self.recorded_type()
        return recorded if recorded is not None and recorded in _WIDTHS.get(dtype, ()) else dtype
