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
