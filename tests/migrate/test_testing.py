"""What forks test with: the fixture, its messages, and the strategies."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plugin_here import OPTIONS

import migrate
from relay2relax.testing import PLAIN, Program, arguments, assert_equivalent, programs

pytest_plugins = ["pytester"]

HEAD = '#[version = "0.0.5"]\n'
LEFT = f"{HEAD}def @main(%x: Tensor[(2, 3), float32]) {{ nn.relu(exp(%x)) }}\n"
RIGHT = LEFT.replace("exp", "tanh")


def test_equal_programs_give_their_verdict(tmp_path: Path) -> None:
    module = migrate.load(LEFT)
    script = tmp_path / "m.py"
    script.write_text(migrate.convert(module).script())
    assert assert_equivalent(LEFT).outcome.value == "proved"
    assert assert_equivalent(module, script)
    assert assert_equivalent(module, str(script), prove=False).outcome.value in ("exact", "within bound")


def test_the_message_says_what_is_wrong_and_where() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_equivalent(LEFT, RIGHT, seed=3)
    text = str(caught.value)
    assert text.startswith("different: ")
    assert "first wrong op: exp" in text
    assert "from_string:2:" in text
    assert "arguments drawn from seed 3" in text
    assert "x float32[2, 3]" in text


def test_a_bound_may_be_smaller_and_never_larger() -> None:
    near = LEFT.replace("nn.relu(exp(%x))", "multiply(nn.relu(exp(%x)), 1.0000001f)")
    assert assert_equivalent(LEFT, near)
    with pytest.raises(AssertionError, match="inconclusive"):
        assert_equivalent(LEFT, near, largest_bound=1e-12)
    with pytest.raises(ValueError, match="at most"):
        assert_equivalent(LEFT, near, largest_bound=0.1)


def test_pytest_has_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
        LEFT, RIGHT = {LEFT!r}, {RIGHT!r}

        def test_same(assert_equivalent):
            assert_equivalent(LEFT)

        def test_other(assert_equivalent):
            assert_equivalent(LEFT, RIGHT)
    """)
    told = pytester.runpytest_inprocess(*OPTIONS, "-p", "no:cacheprovider")
    told.assert_outcomes(passed=1, failed=1)
    told.stdout.fnmatch_lines(["E*AssertionError: different: *", "E*first wrong op: exp*"])
    told.stdout.no_fnmatch_line("*raise AssertionError*")


def test_a_configuration_that_is_none_stops_pytest(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", relay2relax="ops = 3")
    pytester.makepyfile("def test_nothing(): pass")
    told = pytester.runpytest_inprocess(*OPTIONS, "-p", "no:cacheprovider")
    assert told.ret == pytest.ExitCode.USAGE_ERROR
    told.stderr.fnmatch_lines(["*R2R0705*"])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs(size=4, features=PLAIN))
def test_programs_are_for_whole_tests(program: Program) -> None:
    assert_equivalent(program.module)


MODULE = migrate.load(
    f"{HEAD}def @main(%x: Tensor[(?, 3), float32], %t: (Tensor[(2), int64], Tensor[(), bool])) {{ log(%x) }}\n"
)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_arguments_have_the_types_and_stay_in_domains(data: st.DataObject) -> None:
    x, (numbers, truth) = data.draw(arguments(MODULE))
    assert x.dtype == np.float32
    assert x.shape[1:] == (3,)
    assert (x > 0).all()
    assert (numbers.shape, numbers.dtype, truth.shape, truth.dtype) == ((2,), np.int64, (), np.bool_)


def test_notebooks_show_what_the_commands_say() -> None:
    module = migrate.load(LEFT)
    result = migrate.convert(module)
    verdict = migrate.verify(module, migrate.load(RIGHT))
    assert "first wrong op" in verdict._repr_html_()
    assert "1:1" in result._repr_html_()
    assert result._repr_html_() == result.report._repr_html_()
    assert "nn.relu" in migrate.revert(result.module)._repr_html_()
    assert "nn.relu(%0)" in str(module._repr_html_())
    assert "R.nn.relu" in str(result.module._repr_html_())
