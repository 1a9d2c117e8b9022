"""A Relax module said anew for another TVM release: the same meaning in that release's operators.

Every call is read as the release it was written for means it, and said as the target does: in one call where the target
can (with the attributes it needs: ``batch_norm`` of 0.19 uses batch statistics, that of 0.27 says so), else written out
in simpler operators, else as a call of a tensor program.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from migrate.forward.kernel_results import KernelNormalizer, outlives, runs_kernel
from migrate.forward.options import Options
from migrate.forward.say import Kernels, Speaker
from migrate.report.model import Conversion, Fate, FunctionOutcome, Outcome, Report
from relax_core.ir.expr import Binding, Call, DataflowVar, Expr, Function, IRModule, Op, PrimFunc, Var, VarBinding
from relax_core.names import NameTable
from relax_core.normalize import normalize
from relax_core.ops import call_params
from relax_core.text.profiles import profile
from relax_core.text.release import NEWEST
from relax_core.visit import Mutator
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError
from tensor_core.module import BaseFunc
from tensor_core.node import Node, post_order
from tensor_core.ops.card import Reject
from tensor_core.tir.stmt import BlockRealize
from tensor_core.trampoline import Steps


def respell(module: IRModule, target: str) -> tuple[IRModule, Report]:
    """The module for release ``target``, and what became of each operator call; the given module stays as it is.

    A call that the target cannot say in any way is left as it is, and reported with R2R0401: printing for the target
    then refuses it. R2R0405 for an unknown target.
    """
    profile(target)
    source = module.release or NEWEST
    report = Report(target, f"Relax {source}")
    module = normalize(module)
    result = module.copy()
    result.release = target
    kernels = Kernels(result, NameTable(var.name for var in result.functions))
    plain = {var for var, function in module.functions.items() if _is_plain(function)}
    for var, function in module.functions.items():
        if isinstance(function, Function):
            result[var] = _Respeller(var.name, function, source, kernels, report, plain).run(function)
            report.functions.append(FunctionOutcome(var.name, Fate.CONVERTED, var.name, span=function.span))
    return result, report


def _is_plain(function: BaseFunc) -> bool:
    """Whether a function is a tensor program without the block around it that TVM's own ones have."""
    return isinstance(function, PrimFunc) and not isinstance(function.body, BlockRealize)


class _Respeller(Mutator):
    def __init__(
        self, name: str, function: Function, source: str, kernels: Kernels, report: Report, plain: Collection[Expr]
    ) -> None:
        super().__init__()
        self._name = name
        self._plain = plain
        self._source = source
        self._report = report
        self._emitter = KernelNormalizer(report.target, taken=lambda: _names(function))
        self._speaker = Speaker(self._emitter, kernels, Options(report.target))

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Say an operator call anew; what it needs beside it is bound before it."""
        call = binding.value if isinstance(binding, VarBinding) else None
        if not isinstance(call, Call) or not isinstance(call.op, Op) or call.op.card is None:
            return tuple(map(self._outliving, (yield super().rewrite(binding))))
        self._emitter.begin_block(self.in_dataflow)
        value = self._said(call, call.op)
        if value is not call and self.in_dataflow and runs_kernel(value):
            value = self._emitter.bind(value, span=binding.span)
        before = self._emitter.end_block().bindings
        return (*before, binding if value is call else binding.replace(value=value))

    def _outliving(self, binding: Binding) -> Binding:
        """The binding, of an output where it is the result of a program in plain loops."""
        var = binding.var
        if not isinstance(var, DataflowVar) or not isinstance(binding, VarBinding) or not outlives(binding.value):
            return binding
        if cast(Call, binding.value).args[0] not in self._plain:
            return binding
        new = self.replaced[var] = Var(var.name, var.ty, var.span)
        return binding.replace(var=new)

    def _said(self, call: Call, callee: Op) -> Expr:
        self._speaker.said.clear()
        try:
            found = call_params(call, self._source)
            if found is None:
                return self._kept(call, callee, f"TVM {self._source} has no such operator")
            value, outcome, reason = self._speaker.say(*found, call.ty)
        except (Reject, DiagnosticError) as error:
            message = error.message if isinstance(error, Reject) else error.diagnostics[0].message
            return self._kept(call, callee, message)
        said = tuple(self._speaker.said)
        self._report.conversions.append(Conversion(self._name, callee.name, outcome, said, reason, call.span))
        return value

    def _kept(self, call: Call, callee: Op, reason: str) -> Call:
        self._report.conversions.append(Conversion(self._name, callee.name, Outcome.REFUSED, (), reason, call.span))
        hint = "give a release that has it, or write it out by hand"
        self._report.diagnostics.append(Diagnostic(codes.REFUSED_OP, f"{callee.name}: {reason}", call.span, hint))
        return call


def _names(function: Function) -> set[str]:
    roots: list[Node] = [function]
    nodes = post_order(roots, lambda node: list(node.iter_children()))
    return {node.name for node in nodes if isinstance(node, Var)}
