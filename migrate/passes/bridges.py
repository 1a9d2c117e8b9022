"""Bridges: a pass of one IR on a module of the other, by converting there and back.

So a pipeline is mixed from the first day: what is not ported yet runs where everything else has moved already, and a
new Relax pass can be tried in an old pipeline. A bridge costs two conversions, and the module comes back in the normal
form of the converters (docs/explanation/conversion.md); what a conversion cannot carry stops it with the reasons.
"""

from __future__ import annotations

from collections.abc import Callable

from migrate.backward.revert import revert
from migrate.forward.convert import convert
from migrate.passes.quantized_again import quantized_again
from migrate.reading import is_relax
from migrate.report.model import Report
from relax_core.text.release import NEWEST
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, PassInfo

Transform = Callable[[IRModule], IRModule]
"""A pass, or any function from module to module."""
Convert = Callable[[IRModule, str], IRModule]
"""A module in the other IR, as a release spells it."""


def on_relax(relay_pass: Transform, name: str | None = None) -> Pass:
    """A pass over Relax modules that runs one of Relay: back, the pass, forth, spelled for the module's release.

    DiagnosticError R2R0404 and others where the module cannot be said in Relay, R2R0405 for a module of Relay.
    """
    return _Bridge(relay_pass, to_relay, to_relax, name)


def on_relay(relax_pass: Transform, name: str | None = None) -> Pass:
    """A pass over Relay modules that runs one of Relax: forth, the pass, back. Raises as :func:`on_relax`."""
    return _Bridge(relax_pass, to_relax, to_relay, name)


class _Bridge(Pass):
    """``there`` and ``back`` convert, Relax as the release spells it that the module came with."""

    _kind = "Bridged"

    def __init__(self, inner: Transform, there: Convert, back: Convert, name: str | None) -> None:
        info = inner.info if isinstance(inner, Pass) else PassInfo(0, name or getattr(inner, "__name__", "bridged"))
        super().__init__(PassInfo(info.opt_level, name or info.name, contract=info.contract))
        self._inner, self._there, self._back = inner, there, back

    def run(self, module: IRModule, context: PassContext) -> IRModule:
        """The module after the pass; what the pass requires runs before it, on its own side."""
        del context
        release = module.release or NEWEST
        return self._back(ready(self._inner)(self._there(module, release)), release)


def ready(transform: Transform) -> Transform:
    """The transform after the passes that it requires, which sequences run before it."""

    def run(module: IRModule) -> IRModule:
        for required in transform.info.required if isinstance(transform, Pass) else ():
            module = module.named_pass(required)(module)
        return transform(module)

    return run


def typed(transform: Transform) -> Transform:
    """A transform of Relay modules, what it requires before it and types inferred behind it."""
    return lambda module: infer_types(ready(transform)(module))


def to_relax(module: IRModule, target: str = NEWEST) -> IRModule:
    """All of a Relay module in Relax. DiagnosticError with every reason when something of it is refused."""
    if is_relax(module):
        raise fail(codes.BAD_TARGET, "the module is Relax already", hint="bridge passes of the other IR only")
    result = convert(module, target)
    return _whole(result.module, result.report)


def to_relay(module: IRModule, release: str = NEWEST) -> IRModule:
    """All of a Relax module in Relay, which is one for all releases, its quantizations as one operator each.
    DiagnosticError with every reason when something of it is refused.
    """
    del release
    result = revert(module)
    return quantized_again(_whole(result.module, result.report))


def _whole(module: IRModule, report: Report) -> IRModule:
    if not report.complete:
        raise DiagnosticError(*report.diagnostics)
    return module
