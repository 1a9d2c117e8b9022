"""Calls that depend on sizes, as function converters emit them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.forward.call import stub
from migrate.forward.dynamic.emit import Emission, Writer
from migrate.forward.dynamic.spread import spread_kernel
from migrate.forward.say import Speaker
from migrate.forward.shared import Shared
from migrate.report.model import Conversion, Outcome
from relax_core.ir.types import TensorType
from relax_core.ops import known_type
from relax_core.types.plain import plain
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.nodes import PrimFunc
from tensor_core.module import Expr
from tensor_core.ops.card import Reject
from tensor_core.shapes import Shape
from tensor_core.types import TensorType as PlainTensor
from tensor_core.types import Type


class SizedCalls:
    """The calls of one function whose meaning hangs on sizes."""

    def __init__(self, emission: Emission, speaker: Speaker, shared: Shared, function: str) -> None:
        self._emission = emission
        self._speaker = speaker
        self._shared = shared
        self._function = function

    def folded(self, node: Expr) -> relax.Expr | None:
        """A node that follows from sizes, as a tensor."""
        sizes = self._emission.sizes
        if sizes is None or not sizes.is_folded(node) or isinstance(node, relay.Tuple):
            return None
        value = self._emission.tensor(node)
        self.say_folded(node)
        return value

    def skips(self, node: Expr) -> bool:
        """Whether a node is not computed, because all that use it know its value; a call is reported then."""
        sizes = self._emission.sizes
        if sizes is None or not sizes.is_skipped(node):
            return False
        self.say_folded(node)
        return True

    def say_folded(self, node: Expr) -> None:
        """Report a call that became a shape expression."""
        if isinstance(node, relay.Call) and isinstance(node.op, relay.Op):
            reason = "its value follows from sizes"
            item = Conversion(self._function, node.op.name, Outcome.SIZES, (), reason, node.span)
            self._shared.report.conversions.append(item)

    def twin(self, node: relay.Call, value: Callable[[Expr], relax.Expr]) -> relax.Expr | None:
        """A call that holds sizes as operands, written as one that holds them as attributes; None for any other."""
        sizes = self._emission.sizes
        if sizes is None or node not in sizes.twins:
            return None
        assert isinstance(node.op, relay.Op)
        twin, speaker = sizes.twins[node], self._speaker
        args: list[Any] = [value(arg) if place in twin.uses else None for place, arg in enumerate(node.args)]
        speaker.said.clear()
        writer = Writer(self._emission, speaker.emitter, speaker.part, self._run, node.span)
        try:
            made = speaker.emitter.normal(twin.write(writer, args))
        except (Reject, DiagnosticError) as error:
            return self._refused(node, args, error)
        outcome = Outcome.EXPANDED if len(speaker.said) != 1 else Outcome.DIRECT
        if "relax.call_tir" in speaker.said:
            outcome = Outcome.CALL_TIR
        reason = "sizes are no operands in Relax" if outcome is not Outcome.DIRECT else ""
        item = Conversion(self._function, node.op.name, outcome, tuple(speaker.said), reason, node.span)
        self._shared.report.conversions.append(item)
        return made

    def refusal(self, node: relay.Call, args: Sequence[relax.Expr]) -> relax.Expr | None:
        """A call with sizes for operands of which nothing is known, as an external call; None for any other."""
        sizes = self._emission.sizes
        if sizes is None or node not in sizes.refused:
            return None
        return self._refused(node, args, Reject(sizes.refused[node]))

    def _refused(self, node: relay.Call, args: Sequence[relax.Expr | None], error: Exception) -> relax.Expr:
        """An external call, with sizes as tensors where nothing else computes them."""
        message = error.diagnostics[0].message if isinstance(error, DiagnosticError) else str(error)
        given: list[relax.Expr] = []
        for arg, made in zip(node.args, args, strict=True):
            # What nothing else computes, and is not known either, is left out.
            if made is not None or self._emission.is_skipped(arg):
                given.append(self._speaker.emitter.argument(made or self._emission.tensor(arg)))
        known = self._emission.known(node)
        return stub(node, given, self._speaker, self._shared, self._function, known, codes.REFUSED_OP, message)

    def spread(self, node: relay.Call, args: list[relax.Expr]) -> tuple[list[relax.Expr], list[Type]]:
        """The arguments, those spread that may be of size 1 beside a larger one, and their types."""
        sizes, types = self._emission.sizes, list(map(self._emission.plain, node.args))
        for place, target in enumerate(sizes.spreads.get(node, ()) if sizes is not None else ()):
            if target is not None:
                args[place] = self._wide(args[place], tuple(map(self._emission.dim, target)))
                types[place] = plain(known_type(args[place]))
        return args, types

    def _wide(self, value: relax.Expr, target: Shape) -> relax.Expr:
        own = plain(known_type(value))
        assert isinstance(own, PlainTensor)
        return self._run(spread_kernel(own, target), (value,), TensorType(target, own.dtype))

    def _run(self, kernel: PrimFunc, args: Sequence[relax.Expr], result: Type) -> relax.Expr:
        operands = (self._shared.kernels.add(kernel), relax.Tuple(tuple(args)))
        call = relax.Call(relax.op("relax.call_tir"), operands, ty_args=(result,))
        emitter = self._speaker.emitter
        self._speaker.said.append("relax.call_tir")
        return emitter.bind(emitter.normal(call), output=True)
