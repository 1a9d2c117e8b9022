"""Calls of built-ins as real TVM 0.19 and 0.27 took them: what they deduced, what they refused, what was ill-formed."""

import pytest
import recorded_builtins
from recorded_builtins import Row, type_text

from relax_core import well_formed
from relax_core.builtins.table import BUILTINS
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.types.leaves import type_of
from tensor_core.diagnostics import DiagnosticError

LENIENT = (
    # TVM's Python functions take a tuple that is written out; the operator takes any tuple.
    "cls.same, pair,", "cls.same, t,", '"f", pair,',
    # ... or a distributed type, or types by keyword, or no type at all.
    "dist.call_tir_local_view", "call_py_func(\"f\", (x,)", 'call_builtin_with_ctx("vm.builtin.f", (x,))',
    "invoke_pure_closure(c, (x,), TYPES=R.Tensor)", "assert_op(True,",
    # Symbolic scalars of a release before 0.26.
    "tir_vars=",
)  # fmt: skip
"""Parts of scripts that TVM refuses, or finds ill-formed, and this reader takes."""
STRICTER = ("shape_to_tensor(su)",)
"""TVM says (-1,), which is the shape of no tensor."""
REINFERRED = ("view(x2, relative_byte_offset", "view(xu, relative_byte_offset")
"""TVM 0.27 deduces a type and then, looking at its own normal form, refuses it."""

ROWS = [row for release in ("0.19", "0.27") for row in recorded_builtins.rows(release)]


def _is_known(row: Row) -> bool:
    return any(part in row.body for part in (*LENIENT, *STRICTER, *REINFERRED))


@pytest.mark.parametrize("row", [row for row in ROWS if not _is_known(row)], ids=str)
def test_a_call_is_what_tvm_makes_of_it(row: Row) -> None:
    if row.type is None:
        with pytest.raises(DiagnosticError):
            read(row.text, release=row.release)
        return
    module = read(row.text, release=row.release)
    found = type_of(module["main"].body.body)
    assert found is not None
    assert type_text(found) == row.type
    assert (not well_formed.check(module)) is row.well_formed


@pytest.mark.parametrize("row", [row for row in ROWS if row.well_formed and "$" not in str(row.type)], ids=str)
def test_a_well_formed_call_prints_and_reads_back(row: Row) -> None:
    text = print_module(read(row.text, release=row.release), row.release)
    assert print_module(read(text, release=row.release), row.release) == text


def test_most_rows_are_compared() -> None:
    assert len(ROWS) > 900
    assert sum(map(_is_known, ROWS)) <= 32


def test_every_builtin_is_recorded_or_needs_more_than_one_process() -> None:
    bodies = "\n".join(row.body for row in ROWS)
    missing = {name for name in BUILTINS if name.removeprefix("relax.") + "(" not in bodies}
    assert missing == {
        "relax.dist.annotate_sharding", "relax.dist.redistribute", "relax.run_pyfunc", "relax.size", "relax.wrap_param",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "release", "expected"),
    [
        (('d = R.dtype("int32")', "gv = R.memory.view(x, dtype=d)"), "0.26", "i32[2,3]"),
        (("d: R.Any = R.null_value()", "gv = R.memory.view(x, R.shape([6]), d, R.tuple())"), "0.26", "f32[6]"),
        (("gv = R.memory.view(x, dtype=o)",), "0.26", "_[2,3]"),
        (('gv = R.memory.view(x, dtype=R.dtype("void"))',), "0.26", None),
        (("n = T.int64()", "gv = R.memory.view(y, R.shape([n // 4 + 1, 4]))"), "0.26", None),
        (("n = T.int64()", "gv = R.memory.view(y, R.shape([(n + 3) // 4, 4]))"), "0.26", "f32[((n+3)//4),4]"),
    ],
)
def test_views_know_what_variables_hold(lines, release, expected):
    """As upstream's tests of TVM 0.26 have it."""
    body = "".join(f"    {line}\n" for line in (*lines, "return gv"))
    text = f"""# from tvm.script import tirx as T
@R.function
def main(x: R.Tensor((2, 3), "float32"), y: R.Tensor(("n",), "float32"), o: R.Any):
{body}"""
    if expected is None:
        with pytest.raises(DiagnosticError):
            read(text, release=release)
    else:
        found = type_of(read(text, release=release)["main"].body.body)
        assert found is not None
        assert type_text(found) == expected
