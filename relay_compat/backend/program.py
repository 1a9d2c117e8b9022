"""One module made ready to run: compiled where the executable form holds its constructs, else on numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from relay_compat.interpret import Evaluation
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import FuncType, GlobalTypeVar, RefType, TypeCall
from relay_compat.lower import lower
from relay_compat.passes.infer_type import InferType
from tensor_core import codes, dtypes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.execution import Runner, compiled
from tensor_core.types import TensorType, TupleType, Type


class Prepared:
    """A typed module; each of its functions is compiled when it is first called.

    ``interprets``: functions run on numpy that take or give functions, which may come from another program, and those
    that inlining makes too large. Otherwise these, and others that TVM's graph executor has no form of (closures as
    values, references, match, dimensions that are not fixed), raise DiagnosticError R2R0605.
    """

    def __init__(self, module: IRModule, *, interprets: bool) -> None:
        # A pass, so that the instruments of the context see it.
        self.module = InferType()(module)
        self._interprets = interprets
        self._runners: dict[str, Runner | None] = {}
        self._evaluation: Evaluation | None = None

    def function(self, name: str) -> Function:
        """The function of this name; DiagnosticError R2R0603 when there is none."""
        found = self.module[name]
        if not isinstance(found, Function):
            raise fail(codes.NO_SUCH_FUNCTION, f"@{name} is not a Relay function")
        return found

    def prepare(self, name: str) -> None:
        """Compile a function now."""
        if name not in self._runners:
            self._runners[name] = self._compiled(name)

    def is_compiled(self, name: str) -> bool:
        """Whether a function runs as machine code (its operators without a lowering run on numpy)."""
        self.prepare(name)
        return self._runners[name] is not None

    def references(self, name: str) -> tuple[str, ...]:
        """The operators of a compiled function that run on numpy; those of unknown sizes once one has run so."""
        runner = self._runners.get(name)
        return () if runner is None else runner.references

    def _compiled(self, name: str) -> Runner | None:
        if self._interprets and holds_functions(self.function(name).checked_type, self.module):
            return None
        try:
            return compiled(lower(self.module, name, static=not self._interprets))
        except DiagnosticError as error:
            if self._interprets and all(item.code is codes.NOT_LOWERED for item in error.diagnostics):
                return None
            raise

    def run(self, name: str, args: Sequence[Any]) -> Any:
        """The value of a function for arguments as programs hold them.

        DiagnosticError R2R0503 for arguments of another type. Where functions may be interpreted, tensors of another
        shape are taken, as TVM's virtual machine takes them, and the function runs on numpy.
        """
        self.prepare(name)
        runner = self._runners[name]
        evaluation = self.evaluation
        var = cast(Any, self.module.get_global_var(name))
        try:
            evaluation.check(var, args)
        except DiagnosticError:
            if not self._interprets or not _same_elements(self.function(name), args):
                raise
            runner = None
        return evaluation.call(var, args) if runner is None else runner.run(args, name)

    @property
    def evaluation(self) -> Evaluation:
        """The same functions on numpy."""
        if self._evaluation is None:
            self._evaluation = Evaluation(self.module)
        return self._evaluation


def holds_functions(type_: Type, module: IRModule) -> bool:
    """Whether values that a function of this type takes or gives can be or hold functions."""
    assert isinstance(type_, FuncType)
    seen: set[Type] = set()
    stack: list[Type] = [*type_.arg_types, type_.ret_type]
    while stack:
        item = stack.pop()
        match item:
            case FuncType():
                return True
            case TupleType():
                stack += item.fields
            case RefType():
                stack.append(item.value)
            case TypeCall():
                stack += (item.func, *item.args)
            case GlobalTypeVar() if item not in seen:
                seen.add(item)
                data = module.type_definitions.get(item)
                stack += (part for constructor in data.constructors for part in constructor.inputs) if data else ()
            case _:
                pass
    return False


def _same_elements(function: Function, args: Sequence[Any]) -> bool:
    """Whether arguments are those of a function but for the shapes of tensors."""
    if len(args) != len(function.params):
        return False
    pending = [(param.checked, arg) for param, arg in zip(function.params, args, strict=True)]
    while pending:
        type_, arg = pending.pop()
        if isinstance(type_, TupleType):
            if not isinstance(arg, tuple) or len(cast("tuple[Any, ...]", arg)) != len(type_.fields):
                return False
            pending += zip(type_.fields, cast("tuple[Any, ...]", arg), strict=True)
        elif isinstance(type_, TensorType) and np.asarray(arg).dtype != dtypes.to_numpy(type_.dtype):
            return False
    return True
