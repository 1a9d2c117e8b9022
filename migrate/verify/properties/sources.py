"""Python sources rewritten by codemods: what is relay is ported, and nothing else is touched.

A source is made for each program: it calls an operator by a name that is imported from relay, or shadowed by a
parameter, and names it in strings. What a name means where it is used decides whether it may be rewritten.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from zlib import crc32

from migrate.codemods.driver import port_source
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import FINE, failed, refused
from tensor_core.diagnostics import DiagnosticError

Port = Callable[[str], str]

_ALIASES = ("relay", "rl", "ops", "matmul")
_PLAIN = """from tvm import relay as {name}, relax

{other} = None


def product({param}, a, b):
    text = "{name}.nn.batch_matmul(a, b)"
    return {used}.nn.batch_matmul(a, b), text
"""
_LOCAL = """from tvm import relay as {name}, relax


def product({param}, a, b):
    def inner({other}):
        return {used}.nn.batch_matmul({other}, b)

    return inner(a), "{name}.nn.batch_matmul"
"""


def ported(source: str) -> str:
    """The source as all codemods rewrite it."""
    return port_source(source, "source.py").text


def sources_keep_meaning(port: Port = ported) -> Property:
    """A call that means relay's operator becomes relax's; one of a name that means something else stays, and so do
    strings. A second run changes nothing.
    """
    name = "sources"

    def check(program: Program) -> Check:
        source, is_relay = _source(crc32(repr(program.args).encode()) + sum(map(len, map(repr, program.args))))
        try:
            after = port(source)
            again = port(after)
        except DiagnosticError as error:
            return refused(name, error)
        if again != after:
            return failed(f"{name}: not idempotent", after)
        before, now = _facts(source), _facts(after)
        if before[0] != now[0]:
            return failed(f"{name}: string changed", after)
        rewritten = now[1] < before[1]
        if rewritten != is_relay:
            return failed(f"{name}: wrong name", f"in\n{source}\nrewritten: {rewritten}")
        return Check(FINE.outcome, changed=rewritten)

    return Property(name, check)


def _source(number: int) -> tuple[str, bool]:
    """A source, and whether the call in it means relay's operator."""
    name = _ALIASES[number % 3]
    other = _ALIASES[(number // 3) % 4]
    shadowed = bool((number // 12) % 2)
    template = (_PLAIN, _LOCAL)[(number // 24) % 2]
    other = "q" if other == name else other
    param = name if shadowed else "p"
    return template.format(name=name, other=other, param=param, used=name), not shadowed


def _facts(source: str) -> tuple[list[str], int]:
    """The strings of a source, and how often it calls ``batch_matmul``."""
    tree = ast.parse(source)
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "batch_matmul"]
    return strings, len(calls)
