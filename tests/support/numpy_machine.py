"""Runs a `tensor_core.program.Program` with numpy: the independent judge of lowerings in tests."""

from functools import partial
from typing import Any

from relax_core.run_time import Matcher, dimension
from tensor_core import reference
from tensor_core.loops import interpret
from tensor_core.program import (
    Apply,
    Body,
    Choose,
    Closure,
    Host,
    Invoke,
    LoadConstant,
    MakeClosure,
    MakeTuple,
    MatchType,
    Program,
    ProgramFunction,
    RunCard,
    RunHost,
    RunKernel,
    RunReference,
    TakeItem,
    View,
)
from tensor_core.types import TensorType


def run(program: Program, args: list[Any], entry: str = "main") -> Any:
    """The result of a function of the program."""
    function = program.functions[entry]
    registers: list[Any] = [None] * function.registers
    registers[: len(args)] = args
    return _called(program, function, registers, args, {})


def apply(program: Program, closure: Any, args: Any) -> Any:
    """The result of a function value."""
    if isinstance(closure, str):
        return run(program, list(args), closure)
    function = program.functions[closure.function]
    given = [*args, *closure.given]
    registers: list[Any] = [None] * function.registers
    registers[: function.captured + len(given)] = [*closure.captured, *given]
    return _called(program, function, registers, given, dict(closure.sizes))


def _called(
    program: Program, function: ProgramFunction, registers: list[Any], args: list[Any], sizes: dict[Any, int]
) -> Any:
    matcher = Matcher(sizes)
    for name, value, type_ in zip(function.params, args, function.types, strict=bool(function.types)):
        matcher.match(f"argument {name}", value, type_)
    matcher.finish()
    return _body(program, function.body, registers, sizes)


def _body(program: Program, body: Body, registers: list[Any], sizes: dict[Any, int]) -> Any:
    for item in body.code:
        match item:
            case RunKernel():
                types = [TensorType(tuple(dimension(d, sizes) for d in t.shape), t.dtype) for t in item.types]
                known = {var: sizes[var] for var in item.kernel.scalars if var in sizes}
                known |= {v: registers[n] for v, n in zip(item.kernel.scalars, item.scalars, strict=False)}
                results = interpret.run(item.kernel, [registers[arg] for arg in item.args], types, known)
                for out, result in zip(item.outs, results, strict=True):
                    registers[out] = result
            case RunReference():
                values = tuple(registers[arg] for arg in item.args)
                registers[item.out] = reference.evaluate(item.card, item.params, values)
            case RunCard():
                values = tuple(registers[arg] for arg in item.args)
                params = item.params(tuple(map(reference.NumpyFragment().type_of, values)))
                registers[item.out] = reference.evaluate(item.card, params, values)
            case LoadConstant():
                registers[item.out] = item.value
            case View():
                registers[item.out] = registers[item.source].reshape([dimension(d, sizes) for d in item.shape])
            case MakeTuple():
                registers[item.out] = tuple(registers[part] for part in item.items)
            case TakeItem():
                registers[item.out] = registers[item.source][item.index]
            case Choose():
                arm = item.then if registers[item.condition] else item.otherwise
                registers[item.out] = _body(program, arm, registers, sizes)
            case Invoke():
                registers[item.out] = run(program, [registers[arg] for arg in item.args], item.function)
            case RunHost():
                values = tuple(registers[arg] for arg in item.args)
                registers[item.out] = item.function(values, Host(sizes, partial(apply, program)))
            case MakeClosure():
                closure = Closure(item.function, [], dict(sizes))
                closure.captured.extend(closure if n == item.out else registers[n] for n in item.captured)
                registers[item.out] = closure
            case Apply():
                callee, given = registers[item.callee], [registers[arg] for arg in item.args]
                registers[item.out] = apply(program, callee, given) if isinstance(callee, Closure) else callee(*given)
            case MatchType():
                matcher = Matcher(sizes)
                matcher.match(item.name, registers[item.source], item.type)
                matcher.finish()
    return registers[body.result]
