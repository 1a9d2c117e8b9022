"""Generated programs with one broken rule: each verifier names that rule, and every rule has a breaker."""

import ast
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import relax_core.well_formed as well_formed
from migrate.verify.generate import PLAIN, draw_program
from migrate.verify.generate.breaker import Breaker
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.near_valid import breakers, draw_near_valid
from migrate.verify.generate.relax import draw_relax_program
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError

ROOT = Path(__file__).resolve().parents[3]
RELAY, RELAX = breakers(relax=False), breakers(relax=True)
FOLLOWING = {
    "a variable of two functions": "is defined in",
    "a value without a type": "what is bound",
    "a function that is not there": "is not known",
    "a shape of unknown size": "the type of unused",
    "a scalar of unknown size": "the type of unused",
}
"""What follows from a breach and is reported, too."""


def relay_breaches(module: Any) -> list[Diagnostic]:
    try:
        infer_types(module)
    except DiagnosticError as error:
        return list(error.diagnostics)
    return []


@pytest.mark.parametrize("breaker", RELAY, ids=lambda breaker: breaker.name)
def test_relay_is_refused_by_the_code_of_its_rule(breaker: Breaker) -> None:
    for seed in range(3):
        program = draw_program(of_seed(seed), 5, features=PLAIN)
        assert relay_breaches(program.module) == []
        (found,) = relay_breaches(breaker.broken(program.module))
        assert found.code is breaker.code
        assert breaker.words in found.message


@pytest.mark.parametrize("breaker", RELAX, ids=lambda breaker: breaker.name)
def test_relax_is_refused_by_its_rule(breaker: Breaker) -> None:
    for seed in range(3):
        module: Any = draw_relax_program(of_seed(seed), 5).module
        assert well_formed.check(module) == []
        found = well_formed.check(breaker.broken(module))  # pyright: ignore[reportArgumentType]
        assert found, "accepted"
        assert {item.code for item in found} == {breaker.code}
        assert breaker.words in found[0].message
        also = FOLLOWING.get(breaker.name, breaker.words)
        assert all(breaker.words in item.message or also in item.message for item in found)


def test_every_rule_of_relax_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    told: set[int] = set()
    report: Any = well_formed._Checker._report  # pyright: ignore[reportPrivateUsage]

    def noted(checker: Any, message: str, at: Any) -> None:
        told.add(sys._getframe(1).f_lineno)
        report(checker, message, at)

    monkeypatch.setattr(well_formed._Checker, "_report", noted)  # pyright: ignore[reportPrivateUsage]
    for breaker in RELAX:
        well_formed.check(breaker.broken(draw_relax_program(of_seed(1), 5).module))  # pyright: ignore[reportArgumentType]
    tree = ast.parse(Path(str(well_formed.__file__)).read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "self._report"]
    missing = {ast.unparse(node.args[0]) for node in calls if node.lineno not in told}
    assert missing == {
        "f'{binding.var.name} is bound to a call that is not in normal form'",
        "item.message",
    }, "operators' own rules are broken in tests of each operator"


def test_every_code_of_relay_is_broken() -> None:
    sources = [*(ROOT / "relay_compat" / "types").glob("*.py"), ROOT / "relay_compat" / "calls.py"]
    used = {name for path in sources for name in re.findall(r"\bcodes\.([A-Z_]+)", path.read_text())}
    broken = {breaker.code for breaker in RELAY}
    assert {name for name in used if getattr(codes, name) not in broken} == set()


def test_a_seed_gives_one_of_them() -> None:
    for relax in (False, True):
        names = {draw_near_valid(of_seed(seed), relax=relax).breaker.name for seed in range(20)}
        assert len(names) > 8
