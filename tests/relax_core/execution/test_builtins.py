"""What built-ins do on values: views, descriptions of tensors, memory, messages, collectives of one worker."""

import numpy as np
import pytest
from relax_run import check, executors, numbers

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError


def main(parameters: str, *lines: str, result: str = "gv", pure: bool = True) -> str:
    head = "@R.function" if pure else "@R.function(pure=False)"
    body = "\n".join(f"    {line}" for line in (*lines, f"return {result}"))
    return f"{head}\ndef main({parameters}):\n{body}\n"


X = 'x: R.Tensor((2, 4), "float32")'


def test_views_are_the_bytes_under_another_type():
    x = numbers(2, 4)
    flat = x.ravel()
    for line, expected in {
        "R.memory.view(x, R.shape([8]))": flat,
        'R.memory.view(x, dtype=R.dtype("int32"))': x.view("int32"),
        "R.memory.view(x, R.shape([2, 2]), relative_byte_offset=R.prim_value(16))": flat[4:].reshape(2, 2),
        'R.memory.view(x, R.shape([16]), R.dtype("float16"))': flat.view("float16"),
        "R.memory.ensure_zero_offset(x)": x,
    }.items():
        check(main(X, f"gv = {line}"), ((x,), expected))


def test_a_view_beyond_the_tensor_is_refused_when_it_runs():
    body = main('x: R.Tensor(("n",), "float32"), s: R.Shape(["m"])', "gv = R.memory.view(x, s)")
    for run in executors(body):
        np.testing.assert_array_equal(run(numbers(4), (3,)), numbers(4)[:3])
        with pytest.raises(DiagnosticError, match="does not fit"):
            run(numbers(4), (5,))


def test_what_describes_a_tensor():
    parts = [
        *(f"R.inspect.tensor_{part}(x)" for part in ("ndim", "dtype_code", "dtype_bits", "dtype_lanes", "byte_offset")),
        *(f"R.inspect.tensor_{part}(x, R.prim_value({n}))" for part in ("shape_i", "stride_i") for n in (0, 1)),
    ]
    lines = [f"p{n} = {part}" for n, part in enumerate(parts)]
    expected = (2, 2, 16, 1, 0, 3, 5, 5, 1)
    result = f"({', '.join(f'p{n}' for n in range(len(parts)))})"
    check(main("x: R.Tensor", *lines, result=result), ((numbers(3, 5).astype("float16"),), expected))


def test_parameters_in_another_element_type():
    check(main(X, 'gv = R.wrap_param(x, dtype="float64")'), ((numbers(2, 4),), numbers(2, 4).astype("float64")))


def test_print_writes_values_in_the_places_of_a_format(capsys):
    lines = ('a = R.print(x, R.shape([1, 2]), format="{1} then {0}")', "b = R.print(R.prim_value(3), x)")
    for run in executors(main('x: R.Tensor((2,), "int32")', *lines, result="x", pure=False)):
        run(np.array([7, 8], "int32"))
        assert capsys.readouterr().out == "(1, 2) then [7 8]\n3 [7 8]\n"


@pytest.mark.parametrize("text", ["{0.shape}", "{:>99999999}", "{0!r}", "{1}", "{"])
def test_formats_are_places_only(text):
    for run in executors(main(X, f'a = R.print(x, format="{text}")', result="x", pure=False)):
        with pytest.raises(DiagnosticError, match="format") as caught:
            run(numbers(2, 4))
        assert caught.value.diagnostics[0].code is codes.EXECUTION_FAILED


def test_an_assertion_says_its_message():
    body = main(
        'c: R.Tensor((), "bool"), x: R.Tensor((2,), "int32")', 'a = R.assert_op(c, x, format="got {}")', result="x",
        pure=False,
    )  # fmt: skip
    for run in executors(body):
        x = np.array([7, 8], "int32")
        np.testing.assert_array_equal(run(np.array(True), x), x)
        with pytest.raises(DiagnosticError, match=r"got \[7 8\]"):
            run(np.array(False), x)


def test_one_worker_alone_has_what_all_have():
    for line in (
        "R.ccl.allreduce(x)", "R.ccl.allgather(x, 1)", "R.ccl.broadcast_from_worker0(x)",
        "R.ccl.scatter_from_worker0(x, 1)", "R.dist.redistribute_replica_to_shard(x, 1, 0)",
    ):  # fmt: skip
        check(main(X, f"gv = {line}"), ((numbers(2, 4),), numbers(2, 4)))


def test_several_workers_are_refused():
    for run in executors(main(X, "gv = R.ccl.allgather(x, 2)")):
        with pytest.raises(DiagnosticError, match="2 workers") as caught:
            run(numbers(2, 4))
        assert caught.value.diagnostics[0].code is codes.NO_REFERENCE


def test_what_needs_more_than_the_module_is_refused_with_the_reason():
    with pytest.raises(DiagnosticError, match="Python class"):
        executors(main(X, 'gv = R.call_py_func("f", (x,), out_ty=R.Tensor((2, 4), "float32"))'))
