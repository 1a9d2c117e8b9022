"""Targets that are written as command lines, in Python that uses Relax."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.rules.build.targets import Targets


class RelaxTargets(Targets):
    """See the module text."""

    id: ClassVar[str] = "relax.build.targets"
    source: ClassVar[str] = "relax"


RULE = RelaxTargets()
