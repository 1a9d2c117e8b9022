"""Small programs to check: of about ten calls of operators over tensors, and other graphs of the same calls."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np

from migrate.verify.generate import Feature, Program, draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.skeletons.table import SKELETONS
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Op, Tuple, TupleGetItem
from relay_compat.ir.module import IRModule
from relay_compat.operators import is_static
from relay_compat.text.printer import print_module
from relay_compat.visit import Rewriter, reachable
from tensor_core.node import Node

SIZE = 8
"""What the generator is asked for; it may exceed this by a quarter."""
CALLS = range(8, 13)
"""How many calls a program may have to count as one of ten."""
FEATURES = frozenset({Feature.SHARE, Feature.TUPLE, Feature.DTYPES})
"""Straight-line code: what TVM's translator takes."""


def programs(seed: str) -> Iterator[Program]:
    """Generated programs of about ten operators over tensors of known shapes, without end."""
    free = [row for row in SKELETONS if row.name == "free"]
    number = 0
    while True:
        program = draw_program(of_seed(f"{seed}:{number}"), SIZE, features=FEATURES, skeletons=free)
        number += 1
        types = [arg.checked_type for node in _calls(program) for arg in (node, *node.args)]
        arrays = all(isinstance(value, np.ndarray) for value in program.args)
        if len(_calls(program)) in CALLS and arrays and all(map(is_static, types)):
            yield program


def untyped(program: Program) -> Program:
    """The same graph, nothing of it inferred."""
    return _with_main(program, _Copy())


def rewired(program: Program, seed: str) -> Program | None:
    """Another graph of the same calls: other values of the same types take the arguments' places. None where there
    are no two values of one type.
    """
    mutator = _Rewired(program, random.Random(seed))
    made = _with_main(program, mutator)
    return made if mutator.changed else None


def write(folder: Path, number: int, program: Program) -> None:
    """The text and arguments of a program, for a peer."""
    base = folder / f"{number:04}"
    # TVM's graph executor calls constants p0, p1, ..., as the generator calls parameters.
    base.with_suffix(".relay").write_text(re.sub(r"%p(\d+)", r"%x\1", print_module(program.module)))
    arrays = {f"a{n:03}": value for n, value in enumerate(program.args)}
    np.savez(base.with_suffix(".npz"), **arrays)  # pyright: ignore[reportArgumentType]


def _calls(program: Program) -> list[Call]:
    nodes = reachable(*program.module.functions.values())
    return [node for node in nodes if isinstance(node, Call) and isinstance(node.op, Op)]


class _Copy(Rewriter):
    """Builds every call, tuple and projection anew."""

    def leave(self, old: Node, new: Node) -> Node:
        if new is old and isinstance(old, (Call, Tuple, TupleGetItem)):
            return old.replace()
        return new


class _Rewired(_Copy):
    """Puts earlier values of the same type in the places of arguments that are no constants."""

    def __init__(self, program: Program, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng
        main = program.module["main"]
        assert isinstance(main, Function)
        self._earlier: list[tuple[Expr, Expr]] = [(param, param) for param in main.params]
        self.changed = 0

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(old, Call) and isinstance(new, Call):
            args = tuple(self._other(*pair) for pair in zip(old.args, new.args, strict=True))
            new = new.replace(args=args)
            self._earlier.append((old, new))
            return new
        return super().leave(old, new)

    def _other(self, old: Expr, new: Expr) -> Expr:
        if isinstance(old, Constant):
            return new
        same = [made for was, made in self._earlier if was.checked_type == old.checked_type]
        chosen = self._rng.choice(same) if same else new
        self.changed += chosen is not new
        return chosen


def _with_main(program: Program, rewriter: _Copy) -> Program:
    """The program that a rewriter makes; what nothing uses any more becomes a result, so that all calls stay."""
    main = program.module["main"]
    assert isinstance(main, Function)
    body = rewriter.rewrite(main.body)
    made = [cast("Expr", rewriter.done[node]) for node in reachable(main.body) if isinstance(node, Call)]
    used = {child for node in (*made, *reachable(body)) for child in node.iter_children()}
    loose = [node for node in made if node not in used and node is not body]
    result = Tuple((body, *loose)) if loose else body
    return Program(IRModule({GlobalVar("main"): Function(main.params, result)}), program.args)
