"""All that makes Relax programs smaller."""

from __future__ import annotations

from migrate.verify.reduce.kind import Language
from migrate.verify.reduce.relax.kinds import KINDS
from migrate.verify.reduce.relax.program import counted, digest, size, typed

RELAX = Language(KINDS, typed, size, counted, digest)
