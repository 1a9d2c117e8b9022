"""Programs of one older release made into programs of 0.19: the tables of this package, asked by release."""

from __future__ import annotations

from functools import cache
from typing import Any

from relay_compat.attributes import call_attrs
from relay_compat.history.fields import FIELDS, NODE_FIELDS, STORED
from relay_compat.history.ops import CHANGES, Change
from relay_compat.history.releases import Release
from relay_compat.history.steps import NotUpgraded, OldCall
from relay_compat.ir.expr import Expr, Op, op
from relay_compat.json.layout import Layout, layouts, parse_fields
from tensor_core.attrs import Attrs

PREFIX = "relay.attrs."


class Upgrade:
    """What to do with programs of a release."""

    def __init__(self, release: Release) -> None:
        self.release = release
        past = release.changes_after
        self._changes: dict[str, list[Change]] = {}
        for change in CHANGES:
            if change.since > past:
                self._changes.setdefault(change.op, []).append(change)
        self._missing: dict[str, dict[str, Any]] = {}
        for prefix, fields in ((PREFIX, FIELDS), ("", NODE_FIELDS)):
            for field in fields:
                if field.since > past:
                    # Where a field changed twice, the earlier meaning is the one that counts.
                    self._missing.setdefault(prefix + field.kind, {}).setdefault(field.name, field.value)
        self._stored = [row for row in STORED if row.until > past]

    def __bool__(self) -> bool:
        return bool(self._changes or self._missing or self._stored)

    def concerns(self, callee: Op) -> bool:
        """Whether calls of this operator may have to change."""
        card = callee.card
        kind = card.relay.attrs_type if card is not None and card.relay is not None else None
        return callee.name in self._changes or kind in self._missing

    def missing(self, kind: str) -> dict[str, Any]:
        """What the fields that a struct did not have, or had with another default, meant where they are not given."""
        return self._missing.get(kind, {})

    def layout(self, kind: str) -> Layout | None:
        """The fields of a kind of JSON node and how they are stored; None for the layout of 0.19.

        :class:`NotUpgraded` when a development version may have stored a field in either of two ways.
        """
        rows = [row for row in self._stored if PREFIX + row.kind == kind]
        if not rows:
            return None
        current = dict(layouts().get(kind, ()))
        older = {name: storage for row in reversed(rows) for name, storage in parse_fields(row.fields)}
        if self.release.development:
            for name, storage in older.items():
                if storage != "s" and current.get(name, storage) != storage:
                    raise NotUpgraded(f"{kind}: the field {name} was stored in two ways during {self.release}")
        return tuple((current | older).items())

    def is_optional(self, kind: str, name: str) -> bool:
        """Whether a field of the layout may be missing in the release's JSON."""
        return any(PREFIX + row.kind == kind and name in dict(parse_fields(row.fields)) for row in self._stored)

    def call(
        self, callee: Op, args: tuple[Expr, ...], written: Attrs | None
    ) -> tuple[Op, tuple[Expr, ...], Attrs | None]:
        """A call of 0.19 that means what this call meant. Attributes of kind "" are those that a text writes.

        :class:`NotUpgraded`, or AttributeProblem when what comes out does not fit the operator's card.
        """
        kind = written.type_key or None if written is not None else None
        call = self.changed(OldCall(callee.name, args, dict(written or {}), kind))
        new = op(call.name)
        return new, call.args, _checked(new, call)

    def changed(self, call: OldCall) -> OldCall:
        """A call as 0.19 says it, its attributes not yet completed. :class:`NotUpgraded` as :meth:`call`."""
        card = op(call.name).card
        if call.kind is None and card is not None and card.relay is not None:
            call = call._replace(attrs={**self.missing(card.relay.attrs_type or ""), **call.attrs})
        name = call.name
        for change in self._changes.get(name, ()):
            if change.silent and self.release.development and change.since == self.release[:2]:
                raise NotUpgraded(f"{name}: {change.says} changed during {self.release}, and a call does not tell")
            call = change.step(call)
        # A renamed operator has a history under its new name too.
        return self.changed(call) if call.name != name else call


def _checked(callee: Op, call: OldCall) -> Attrs | None:
    if callee.card is None or callee.card.relay is None:
        return Attrs(call.kind or "", call.attrs) if call.attrs else None
    expected = callee.card.relay.attrs_type or ""
    return call_attrs(callee, Attrs(call.kind or expected, call.attrs) if call.attrs else None)


@cache
def upgrade_from(release: Release) -> Upgrade | None:
    """The upgrade of a release's programs; None where there is nothing to do."""
    upgrade = Upgrade(release)
    return upgrade if upgrade else None
