"""CanonicalizeBindings: trivial bindings are taken away (relax.transform.CanonicalizeBindings in TVM 0.19 to 0.27).

First symbolic variables that a match_cast gives a known value are replaced by it. Then: a variable that is another
name of one is replaced by it; constants stand where they are used; a field of a known tuple is that field; a tuple of
all fields of a tuple is that tuple; variables of a dataflow block that nothing outside uses become its own; and a
variable that only serves to be an output becomes the output.
"""

from __future__ import annotations

from typing import TypeVar

from relax_core.ir.expr import Expr
from relax_core.passes.canonical_names import canonicalize_names
from relax_core.passes.canonical_symbols import canonicalize_symbols
from relax_core.passes.function_pass import FunctionPass, relax_release
from tensor_core.passes import Pass, PassInfo, Sequential

E = TypeVar("E", bound=Expr)


def canonicalize_bindings(expr: E, release: str = "0.27") -> E:
    """A function or a body in normal form without trivial bindings."""
    return canonicalize_names(canonicalize_symbols(expr, release), release)


def CanonicalizeBindings() -> Pass:
    """Take away trivial bindings."""
    return Sequential(
        [
            FunctionPass(
                PassInfo(1, "CanonicalizeTIRVariables"), lambda f, m, _: canonicalize_symbols(f, relax_release(m))
            ),
            FunctionPass(
                PassInfo(1, "CanonicalizeRelaxBindings"), lambda f, m, _: canonicalize_bindings(f, relax_release(m))
            ),
        ],
        name="CanonicalizeBindings",
    )
