"""Open dimensions across functions, branches, data types and references, on our backend; verified beside Relay."""

import numpy as np
import pytest
from dynamic_cases import CASES, HEADER, N4, NM, N, floats

import migrate
from migrate.reading import is_relax
from migrate.verify.verdict import Outcome
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError

PROGRAMS = {
    "recursion": (
        f"def @f(%x: {N4}, %n: int32) -> {N4} "
        "{ if (equal(%n, 0)) { %x } else { @f(add(%x, %x), subtract(%n, 1)) } }\n"
        f"def @main(%x: {N4}) -> {N4} {{ @f(%x, 3) }}",
        [(floats(2, 4),), (floats(1, 4),)],
    ),
    "sizes of a callee's result": (
        f"def @twice(%x: {N}) -> {N} {{ %0 = (%x, %x); concatenate(%0) }}\n"
        f"def @main(%x: {N}) -> {N} {{ @twice(@twice(%x)) }}",
        [(floats(3),), (floats(1),)],
    ),
    "data type": (
        f"type B {{ Box({N4}) }}\n"
        f"def @main(%x: {N4}) {{ let %b = Box(%x); match (%b) {{ Box(%y) => {{ add(%y, %x) }} }} }}",
        [(floats(2, 4),), (floats(1, 4),)],
    ),
    "reference": (
        f"def @main(%x: {N}) {{ let %r = ref(%x); let %u = ref_write(%r, exp(%x)); add(ref_read(%r), %x) }}",
        [(floats(3),)],
    ),
    "function chosen at run time": (
        f"def @main(%c: bool, %x: {NM}) {{ let %f = fn (%y: {NM}) -> {NM} {{ nn.relu(%y) }}; "
        f"let %g = if (%c) {{ %f }} else {{ fn (%z: {NM}) -> {NM} {{ exp(%z) }} }}; %g(%x) }}",
        [(np.asarray(True), floats(3, 2)), (np.asarray(False), floats(1, 2))],
    ),
}
CHOICE = f"def @main(%c: bool, %a: {NM}, %w: {NM}) {{ if (%c) {{ nn.dense(%a, %w, units=None) }} else {{ %a }} }}"


@pytest.mark.parametrize("name", PROGRAMS)
def test_runs_at_every_size(name: str):
    text, cases = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    result = migrate.convert(module)
    assert result.report.complete, result.report.diagnostics
    script = migrate.load(result.script())
    assert is_relax(script)
    assert check(script) == []
    for args in cases:
        want = migrate.run(module, args, executor="interpreter")
        for executor in ("backend", "interpreter"):
            for a, b in zip(migrate.run(script, args, executor=executor), want, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-6)


def test_an_equation_of_a_branch_holds_in_the_branch():
    result = migrate.convert(migrate.load(HEADER + CHOICE))
    fitting, other = (floats(2, 3), floats(5, 3)), (floats(2, 3), floats(5, 4))
    migrate.run(result.module, [np.asarray(True), *fitting])
    (same,) = migrate.run(result.module, [np.asarray(False), *other])
    np.testing.assert_array_equal(same, other[0])
    with pytest.raises(DiagnosticError, match="a_1_equals_w_1"):
        migrate.run(result.module, [np.asarray(True), *other])


@pytest.mark.parametrize("name", ["heads by shape arithmetic", "two open operands", "shape as an argument"])
def test_verified_beside_relay(name: str):
    text, cases = CASES[name]
    module = migrate.load(HEADER + text)
    script = migrate.load(migrate.convert(module).script())
    assert migrate.verify(module, script, cases[0], prove=False).outcome is Outcome.EXACT


def test_sizes_cost_what_the_program_is_long():
    counts = []
    for length in (50, 100):
        text = f"def @main(%x: {NM}) {{ " + "".join(
            f"%{n} = add({'%x' if not n else f'%{n - 1}'}, %x); " for n in range(length)
        )
        result = migrate.convert(migrate.load(f"{HEADER}{text}nn.relu(%{length - 1}) }}"))
        counts.append(len(result.report.conversions))
        assert "match_cast" not in result.script()
    assert counts == [51, 101]
