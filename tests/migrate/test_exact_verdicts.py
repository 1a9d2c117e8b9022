"""What ``verify`` makes of exact arithmetic: no bound excuses a difference there, and large programs are spared."""

import numpy as np
import pytest
from click.testing import CliRunner

import migrate
from migrate.cli.main import main
from migrate.verify.verdict import Outcome, Verdict

V = "Tensor[(2, 2), float32]"


def text(body: str, type_: str = V) -> str:
    return f'#[version = "0.0.5"]\ndef @main(%x: {type_}, %y: {type_}) {{ {body} }}\n'


def verified(left: str, right: str, x: float = 1.0, y: float = 3.0) -> Verdict:
    given = [np.full((2, 2), item, "float32") for item in (x, y)]
    return migrate.verify(migrate.load(text(left)), migrate.load(text(right)), given, prove=False)


def test_what_only_rounds_otherwise_is_equal() -> None:
    found = verified("multiply(add(%x, %y), %y)", "add(multiply(%x, %y), multiply(%y, %y))")
    assert found.outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND)
    assert found.algebra is not None
    assert found.algebra.equal is True
    assert found.algebra.why == ""


def test_a_difference_that_the_bound_excuses_is_one() -> None:
    # 1e12 swallows what is added.
    found = verified("add(%y, %x)", "add(%y, add(%x, %x))", x=1.0, y=1e12)
    assert found.algebra is not None
    assert found.outcome is Outcome.DIFFERENT
    assert "in exact arithmetic output 0 differs" in found.reason


def test_a_difference_on_other_arguments_only_is_one() -> None:
    found = verified("multiply(%x, %y)", "add(%x, %x)", y=2.0)
    assert found.outcome is Outcome.DIFFERENT


def test_a_difference_outside_of_the_field_is_left_to_the_bound() -> None:
    found = verified("exp(add(%x, %y))", "multiply(exp(%x), exp(%y))")
    assert found.outcome is Outcome.WITHIN_BOUND
    assert found.algebra is not None
    assert found.algebra.equal is None


def test_equality_decides_where_the_bound_is_too_large() -> None:
    left, right = "subtract(add(%x, %y), %y)", "subtract(add(%y, %x), %y)"
    found = verified(left, f"multiply({right}, 1f)", x=0.1, y=1e7)
    assert found.outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND)
    assert found.algebra is not None
    assert found.algebra.equal is True


@pytest.mark.parametrize(("size", "equal"), [(16, True), (100, None), (400, None)])
def test_large_programs_are_spared(size: int, equal: bool | None) -> None:
    wide = f"Tensor[({size}, {size}), float32]"
    module = migrate.load(text("multiply(%x, %y)", wide))
    found = migrate.verify(module, prove=False)
    assert found.algebra is not None
    assert found.algebra.equal is equal
    assert ("numbers" in found.algebra.why) is (equal is None)


def test_the_command_says_it(tmp_path) -> None:
    path = tmp_path / "model.relay"
    path.write_text(text("multiply(%x, %y)"))
    told = CliRunner().invoke(main, ["verify", str(path), "--run"])
    assert told.exit_code == 0
    assert "in exact arithmetic, modulo 2^61 - 1: equal" in told.stdout
