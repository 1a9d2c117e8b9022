"""The properties of seeded bugs by name, as witness files import them: ``BUG_26`` fails for the fault, and holds once
the environment says that it is mended.
"""

import os

from faults.catalogue import bugs
from faults.frame import Bug, checked

from migrate.verify.generate import Program
from migrate.verify.properties import Check, Property

MENDED = "SEEDED_FAULT_MENDED"
_BUGS = {f"BUG_{bug.number}": bug for bug in bugs()}


def __getattr__(name: str) -> Property:
    if name not in _BUGS:
        raise AttributeError(name)
    return _subject(_BUGS[name])


def _subject(bug: Bug) -> Property:
    def check(program: Program) -> Check:
        return checked(bug.right if os.environ.get(MENDED) else bug.wrong, program)

    return Property(bug.wrong.name, check)
