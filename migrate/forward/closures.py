"""Functions as values, and functions that are seen where they are called.

The build of every TVM release wants functions without free variables, and a function chosen at run time as a closure
made by ``make_closure`` (0.19 and 0.27: LambdaLift turns local functions into these, and then refuses to call what it
no longer knows to be a function). So a literal becomes a private function of the module that takes what it captures as
its last parameters. Where it can be seen at a call it is called by name; used as a value it is a closure over the same
function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import relax_core.ir.expr as relax
from relax_core.ir.types import ObjectType
from relax_core.normalizer import Normalizer
from tensor_core.module import GlobalVar
from tensor_core.spans import Span


@dataclass(frozen=True, slots=True)
class Known:
    """A function that is seen where it is used: its name, and the values of what it captures."""

    name: GlobalVar | relax.Var
    captured: tuple[relax.Expr, ...] = ()

    @property
    def symbol(self) -> GlobalVar:
        """The name of a global function."""
        assert isinstance(self.name, GlobalVar)
        return self.name

    def call(self, args: Sequence[relax.Expr], span: Span | None) -> relax.Call:
        """A call with these arguments and what the function captures."""
        return relax.Call(self.name, (*args, *self.captured), span=span)

    def value(self, emitter: Normalizer, span: Span | None) -> relax.Expr:
        """The function as a value."""
        call = relax.Call(relax.op("relax.make_closure"), (self.name, relax.Tuple(self.captured)), span=span)
        return emitter.normal(call)


def invoke(function: relax.Expr, args: Sequence[relax.Expr], pure: bool, span: Span | None) -> relax.Call:
    """A call of a function value, as an object: TVM's build forgets the type that such a call states, and then refuses
    to compile what uses the value, so a ``match_cast`` has to say it.
    """
    name = "relax.invoke_pure_closure" if pure else "relax.invoke_closure"
    return relax.Call(relax.op(name), (function, relax.Tuple(tuple(args))), ty_args=(ObjectType(),), span=span)
