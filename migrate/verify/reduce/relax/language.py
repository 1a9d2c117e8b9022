"""All that makes Relax programs smaller, in the order in which it is tried."""

from __future__ import annotations

from migrate.verify.reduce.kind import Kind, Language
from migrate.verify.reduce.relax import arms, bindings, functions, numbers, results
from migrate.verify.reduce.relax.program import counted, digest, size, typed

KINDS: tuple[Kind, ...] = (
    functions.FUNCTIONS,
    results.ENDS,
    results.FIELDS,
    bindings.UNUSED,
    bindings.CUTS,
    functions.CALLS,
    arms.ARMS,
    arms.FIELDS,
    arms.TUPLES,
    bindings.ALIASES,
    numbers.CONSTANTS,
    functions.PARAMS,
    functions.MERGED,
    functions.FUNCTIONS,
    numbers.SIZES,
    *numbers.ELEMENTS,
)

RELAX = Language(KINDS, typed, size, counted, digest)
