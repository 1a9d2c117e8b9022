"""Changes of what ``main`` takes: other parameters, in another order, of known sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from migrate.execution import bind_args, execute
from migrate.values import leaves
from migrate.verify.agree import compare, same
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import Transform, to_relax
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.relations.rewrites import main_changed
from migrate.verify.properties.structure import FINE, failed, refused
from migrate.verify.verdict import Outcome
from relay_compat.ir.expr import Function, Var
from relay_compat.types.infer import infer_types
from relay_compat.visit import copied
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.types import TensorType, tensor_type_of

Reshape = Callable[[Program], Program]


def same_results(name: str, change: Reshape, transform: Transform = to_relax) -> Property:
    """A changed program with changed arguments computes, after ``transform``, what the program does."""

    def check(program: Program) -> Check:
        expected = leaves(execute(program.module, program.args, executor="interpreter"))
        try:
            other = change(program)
            module = transform(other.module)
            got = leaves(execute(module, bind_args(module, other.args), executor="interpreter"))
            outcome, reason = compare(program.module, program.args, expected, got)
        except DiagnosticError as error:
            return refused(name, error)
        key = f"{name}: {outcome.value}" if reason else ""
        return Check(outcome, f"{name}: {reason}" if reason else "", key, other is not program)

    return Property(name, check)


def parameters_reversed(program: Program) -> Program:
    """Parameters and arguments in the other order."""
    module = main_changed(program.module, lambda function: function.replace(params=function.params[::-1]))
    return replace(program, module=module, args=tuple(program.args)[::-1])


def parameter_added(program: Program) -> Program:
    """One more parameter in front, which nothing uses."""
    unused = Var("unused", TensorType((2,), "float32"))
    module = main_changed(program.module, lambda function: function.replace(params=(unused, *function.params)))
    return replace(program, module=module, args=(np.asarray([1, 2], np.float32), *program.args))


def specialised(module: IRModule, args: Any) -> IRModule:
    """The module with the open sizes of the parameters of ``main`` as the arguments have them."""

    def change(function: Function) -> Function:
        new: dict[Var, Var] = {}
        for param, arg in zip(function.params, args, strict=True):
            if isinstance(param.type_annotation, TensorType):
                new[param] = Var(param.name, tensor_type_of(np.asarray(arg)))
                new[param].memo("checked", new[param].type_annotation)
        inside: Any = copied(function.body, new)
        params = tuple(new.get(param, param) for param in function.params)
        return Function(params, inside, None, (), function.attrs)

    return infer_types(main_changed(module, change))


def specialised_first() -> Property:
    """Sizes made known before the conversion, or by the arguments afterwards: both compute the same, to the bit."""

    def check(program: Program) -> Check:
        if all(isinstance(dim, int) for param in _params(program) for dim in _dims(param)):
            return Check(Outcome.EXACT, changed=False)
        try:
            closed = specialised(program.module, program.args)
        except DiagnosticError:
            # Arms of sizes that happen to differ have one type only while they are open.
            return Check(Outcome.EXACT, changed=False)
        try:
            known = to_relax(closed)
            open_ = to_relax(program.module)
            results = [
                leaves(execute(each, bind_args(each, program.args), executor="interpreter")) for each in (known, open_)
            ]
        except DiagnosticError as error:
            return refused("specialised first", error)
        wrong = same(*results)
        return failed("specialised first: different", wrong) if wrong else FINE

    return Property("specialised first", check)


def _params(program: Program) -> tuple[Var, ...]:
    function = program.module["main"]
    assert isinstance(function, Function)
    return function.params


def _dims(param: Var) -> tuple[Any, ...]:
    return param.type_annotation.shape if isinstance(param.type_annotation, TensorType) else ()
