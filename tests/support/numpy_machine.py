"""Runs a `tensor_core.program.Program` with numpy: the independent judge of lowerings in tests."""

from typing import Any

from relax_core.run_time import Matcher, dimension
from tensor_core import reference
from tensor_core.loops import interpret
from tensor_core.program import (
    Body,
    Choose,
    Invoke,
    LoadConstant,
    MakeTuple,
    MatchType,
    Program,
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
    sizes: dict[Any, int] = {}
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
                results = interpret.run(item.kernel, [registers[arg] for arg in item.args], types)
                for out, result in zip(item.outs, results, strict=True):
                    registers[out] = result
            case RunReference():
                values = tuple(registers[arg] for arg in item.args)
                registers[item.out] = reference.evaluate(item.card, item.params, values)
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
            case MatchType():
                matcher = Matcher(sizes)
                matcher.match(item.name, registers[item.source], item.type)
                matcher.finish()
    return registers[body.result]
