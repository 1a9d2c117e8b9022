"""Linking: programs that call each other's functions become one."""

from __future__ import annotations

from collections.abc import Iterator

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.program import Body, Choose, Invoke, MakeClosure, Program, ProgramFunction


def link(*programs: Program) -> Program:
    """The functions of all programs in one.

    R2R0109 when two of them have functions of one name, R2R0603 when one calls a function that none of them has.
    """
    linked: dict[str, ProgramFunction] = {}
    for program in programs:
        for name, function in program.functions.items():
            if name in linked:
                raise fail(codes.DUPLICATE_NAME, f"two of the programs to link have a function {name}")
            linked[name] = function
    for name, function in linked.items():
        missing = next((callee for callee in callees(function) if callee not in linked), None)
        if missing is not None:
            raise fail(
                codes.NO_SUCH_FUNCTION,
                f"{name} calls {missing}, which none of the programs to link has",
                hint="link the program that has it, too",
            )
    return Program(linked)


def callees(function: ProgramFunction) -> Iterator[str]:
    """The functions that a function calls by name or makes values of, in the order of its instructions."""
    stack: list[Body] = [function.body]
    while stack:
        for item in stack.pop().code:
            if isinstance(item, Invoke | MakeClosure):
                yield item.function
            elif isinstance(item, Choose):
                stack += (item.otherwise, item.then)
