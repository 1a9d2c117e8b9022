"""All that makes Relay programs smaller, in the order in which it is tried."""

from __future__ import annotations

from migrate.verify.reduce.kind import Kind, Language
from migrate.verify.reduce.relay import cut, functions, plainer, result, subterms
from migrate.verify.reduce.relay.program import counted, digest, size, typed

KINDS: tuple[Kind, ...] = (
    functions.FUNCTIONS,
    *result.KINDS,
    cut.LETS,
    cut.PARAMETERS,
    functions.CALLS,
    *subterms.KINDS,
    cut.INLINE_LETS,
    cut.CONSTANTS,
    cut.OF_CONSTANTS,
    functions.CLAUSES,
    functions.PARAMS,
    functions.INNER,
    functions.FUNCTIONS,
    functions.DEFINITIONS,
    functions.ATTRIBUTES,
    plainer.OPEN,
    plainer.SIZES,
    plainer.RANKS,
    plainer.DTYPES,
    plainer.SETTINGS,
    *plainer.ELEMENTS,
)

RELAY = Language(KINDS, typed, size, counted, digest)
