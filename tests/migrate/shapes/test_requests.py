"""What a user says of open dimensions: names, sizes, bounds; each is an assumption that the script checks."""

import numpy as np
import pytest
from click.testing import CliRunner
from dynamic_cases import CASES, HEADER, NM, N, floats

import migrate
from migrate.cli.main import main
from tensor_core.diagnostics import DiagnosticError

TWO = f"def @main(%a: {N}, %b: {N}) {{ add(%a, %b) }}"


def converted(text: str, **options):
    return migrate.convert(migrate.load(HEADER + text), **options)


def test_a_name_is_the_symbol():
    script = converted(CASES["elementwise"][0], dims={"x.0": "batch"}).script()
    assert "x: R.Tensor((batch, x_1)" in script


def test_one_name_makes_dimensions_equal():
    result = converted(TWO, dims={"a.0": "n", "b.0": "n"})
    assert "R.add(a, b)" in result.script()
    assert [item.what for item in result.report.assumptions] == [
        "dimension a.0 is n, as all that are called so",
        "dimension b.0 is n, as all that are called so",
    ]
    with pytest.raises(DiagnosticError, match=r"argument b has shape \(2\), expected \(n\) with n = 3"):
        migrate.run(result.module, [floats(3), floats(2)])


def test_a_size_is_checked():
    result = converted(CASES["elementwise"][0], dims={"x.1": 3})
    assert "R.Tensor((x_0, 3)" in result.script()
    with pytest.raises(DiagnosticError, match="has shape"):
        migrate.run(result.module, [floats(2, 4)])


@pytest.mark.parametrize("size", [0, 65])
@pytest.mark.parametrize("executor", ["backend", "interpreter"])
def test_bounds_are_checked(size: int, executor):
    result = converted(f"def @main(%x: {N}) {{ exp(%x) }}", dims={"x.0": "batch:1..64"})
    for good in (1, 64):
        migrate.run(result.module, [floats(good)], executor=executor)
    with pytest.raises(DiagnosticError, match="batch_from_1_to_64"):
        migrate.run(result.module, [floats(size)], executor=executor)


def test_partners_may_be_taken_as_equal():
    result = converted(TWO, assume_equal=True)
    assert "call_tir" not in result.script()
    assert [item.what for item in result.report.assumptions] == ["a_0 equals b_0"]
    assert result.report.compromises == ["assumes a_0 equals b_0"]
    with pytest.raises(DiagnosticError, match="argument b has shape"):
        migrate.run(result.module, [floats(3), floats(1)])


def test_fields_of_tuples_have_places():
    result = converted(f"def @main(%t: ({NM}, {NM})) {{ %t.0 }}", dims={"t.0.1": "m"})
    assert "R.Tensor((t_0_0, m)" in result.script()


@pytest.mark.parametrize("dims", [{"x": "n"}, {"x.0": ""}, {"x.0": "1..0"}, {"x.0": "a-b"}, {"y.0": "n"}, {"x.7": "n"}])
def test_what_is_no_dimension_is_refused(dims):
    with pytest.raises(DiagnosticError, match="R2R0703"):
        converted(CASES["elementwise"][0], dims=dims)


def test_the_command_takes_the_same(tmp_path):
    model = tmp_path / "model.relay"
    model.write_text(HEADER + TWO)
    result = CliRunner().invoke(main, ["convert", str(model), "--dim", "a.0=n:2..8", "--dim", "b.0=n"])
    assert result.exit_code == 0, result.output
    assert "n_from_2_to_8" in result.output
    result = CliRunner().invoke(main, ["convert", str(model), "--assume-equal", "--strict"])
    assert result.exit_code == 1
    result = CliRunner().invoke(main, ["convert", str(model), "--dim", "a.0"])
    assert result.exit_code == 2
    assert "R2R0703" in result.output


def test_equations_of_operators_are_assumptions():
    result = converted(CASES["dense of open weight"][0])
    (item,) = result.report.assumptions
    assert (item.what, item.why, item.guard) == ("x_1 equals w_1", "nn.dense takes them as equal", "match_cast")


def test_static_modules_have_no_symbols():
    result = converted("def @main(%x: Tensor[(2, 3), float32]) { nn.relu(%x) }")
    assert result.report.assumptions == []
    assert "TypeVar" not in result.script().split("class Module")[1]
    np.testing.assert_array_equal(migrate.run(result.module, [-np.ones((2, 3), "float32")])[0], np.zeros((2, 3)))
