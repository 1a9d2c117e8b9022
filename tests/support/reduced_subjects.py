"""Properties that fail for a fault that was planted, and hold once the environment says that it is mended."""

import os

from planted_faults import FAULTS
from planted_relax_faults import swapped, wrong_by

from migrate.verify.properties import Check, Property
from migrate.verify.properties.equivalence import keeps_meaning
from migrate.verify.verdict import Outcome
from tensor_core.module import IRModule

MENDED = "PLANTED_FAULT_MENDED"


def _of(name: str) -> Property:
    fault = FAULTS[name]()
    wrong = keeps_meaning(name, fault.transform)
    return Property(name, lambda program: Check(Outcome.EXACT) if os.environ.get(MENDED) else wrong.check(program))


SWAPPED = _of("operands swapped")
ARMS = _of("arms reversed")
PADDING = _of("padding lost")
ZEROS = _of("zeros positive")
RELAX = wrong_by("swapped", swapped)


def swap(module: IRModule) -> IRModule:
    """A wrong pass."""
    return FAULTS["operands swapped"]().transform(module)
