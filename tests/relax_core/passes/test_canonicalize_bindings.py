"""CanonicalizeBindings beyond the recorded cases: what differs by release, and what is refused."""

import pytest
from relax_build import bindings, main

from relax_core.text.reader import read
from relax_core.transform import CanonicalizeBindings
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError

CAST = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((16,), "float32"), y: R.Tensor((SIZE,), "float32")):
        n = T.int64()
        a = R.match_cast(x, R.Tensor((n,), "float32"))
        b = R.match_cast(y, R.Tensor((n,), "float32"))
        c = R.strided_slice(a, [0], [0], [n])
        d = R.add(b, c)
        return d
"""


@pytest.mark.parametrize(("release", "left"), [("0.19", ["c", "d"]), ("0.27", ["a", "b", "c", "d"])])
def test_casts_that_define_what_is_used_at_run_time_stay_since_0_26(release, left):
    after = CanonicalizeBindings()(read(CAST.replace("SIZE", "16"), release=release))
    assert check(after) == []
    assert [item.var.name for item in bindings(main(after))] == left


def test_casts_that_contradict_each_other_are_refused():
    with pytest.raises(DiagnosticError, match="makes the symbolic variable n 8, but a made it 16") as caught:
        CanonicalizeBindings()(read(CAST.replace("SIZE", "8"), release="0.19"))
    assert isinstance(caught.value, ValueError)


def test_a_cast_to_an_output_keeps_the_variable_that_it_casts():
    given = read("""
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(ndim=1, dtype="float32")):
        with R.dataflow():
            a = R.add(x, x)
            b = R.match_cast(a, R.Tensor((2,), "float32"))
            R.output(b)
        return b
""")
    after = CanonicalizeBindings()(given)
    assert check(after) == []
    assert [item.var.name for item in bindings(main(after))] == ["a", "b"]
