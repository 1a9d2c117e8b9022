"""When a register's value is needed for the last time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tensor_core.program import (
    Apply,
    Body,
    Choose,
    Instruction,
    Invoke,
    LoadConstant,
    MakeClosure,
    MakeTuple,
    MatchType,
    ProgramFunction,
    Register,
    RunCard,
    RunHost,
    RunKernel,
    RunReference,
    TakeItem,
    View,
)  # fmt: skip

Frees = dict[int, list[list[Register]]]
"""For each body, by its id: the registers to drop after each of its instructions."""


def reads(item: Instruction) -> tuple[Register, ...]:
    """The registers that an instruction reads itself; those of a choice's bodies not included."""
    match item:
        case RunKernel():
            return (*item.args, *item.scalars, *(register for register in item.into if register is not None))
        case RunReference() | RunCard() | Invoke() | RunHost():
            return item.args
        case Apply():
            return (item.callee, *item.args)
        case MakeClosure():
            return tuple(register for register in item.captured if register != item.out)
        case View() | TakeItem() | MatchType():
            return (item.source,)
        case MakeTuple():
            return item.items
        case Choose():
            return (item.condition,)
        case LoadConstant():
            return ()


def writes(item: Instruction) -> tuple[Register, ...]:
    """The registers that an instruction writes."""
    if isinstance(item, RunKernel):
        return item.outs
    return () if isinstance(item, MatchType) else (item.out,)


def bodies(function: ProgramFunction) -> Iterator[Body]:
    """The function's body and those of all its choices."""
    stack = [function.body]
    while stack:
        body = stack.pop()
        yield body
        for item in body.code:
            if isinstance(item, Choose):
                stack += [item.then, item.otherwise]


def uses(function: ProgramFunction) -> Counter[Register]:
    """How often the function's instructions and results read each register."""
    found: Counter[Register] = Counter()
    for body in bodies(function):
        found[body.result] += 1
        for item in body.code:
            found.update(reads(item))
    return found


def frees(function: ProgramFunction) -> Frees:
    """What to drop where. A value lives in the body that defines it until its last use there or in a choice below."""
    result: Frees = {id(body): [[] for _ in body.code] for body in bodies(function)}
    depth: dict[Register, int] = dict.fromkeys(range(function.captured + len(function.params)), 0)
    last: dict[Register, tuple[Body, int]] = {}
    path: list[tuple[Body, int]] = [(function.body, -1)]
    pending: list[list[Body]] = [[]]

    def use(register: Register) -> None:
        last[register] = path[depth[register]]

    while path:
        if pending[-1]:
            path.append((pending[-1].pop(), -1))
            pending.append([])
            continue
        body, index = path[-1]
        index += 1
        if index == len(body.code):
            use(body.result)
            if depth[body.result] == len(path) - 1:
                # The result leaves the body with it.
                del last[body.result]
            path.pop()
            pending.pop()
            continue
        path[-1] = (body, index)
        item = body.code[index]
        for register in reads(item):
            use(register)
        for register in writes(item):
            depth[register] = len(path) - 1
            use(register)
        if isinstance(item, Choose):
            pending[-1] = [item.otherwise, item.then]
    for register, (body, index) in last.items():
        if index >= 0:
            result[id(body)][index].append(register)
    return result
