"""Arms of branches that TVM's memory planning would mix up become functions, others stay where they are."""

import branch_programs
import numpy as np
import pytest
from branch_programs import HEADER, PROGRAMS

import migrate
from migrate.check import check_module


@pytest.mark.parametrize("name", PROGRAMS)
def test_arms_become_functions_where_storage_would_be_shared(name: str):
    text, calls, count = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    result = migrate.convert(module)
    assert len(result.module.functions) == 1 + count
    assert check_module(result.module) == []
    script = migrate.load(result.script())
    for args in calls:
        want = migrate.run(module, args, executor="interpreter")
        for executor in ("backend", "interpreter"):
            for a, b in zip(migrate.run(script, args, executor=executor), want, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-5)


def test_in_a_chain_of_branches_only_the_last_arm_may_stay():
    steps = "\n".join(f"  %{n + 1} = if (%c) {{ tanh(exp(%{n})) }} else {{ %{n} }};" for n in range(200))
    text = f"def @main(%c: bool, %x: {branch_programs.V}) {{\n  %0 = exp(%x);\n{steps}\n  exp(%200)\n}}"
    result = migrate.convert(migrate.load(HEADER + text))
    assert len(result.module.functions) == 200
    assert check_module(result.module) == []


def constructors(count: int) -> str:
    """A match with an arm for each of so many constructors."""
    cases = ",\n".join(f"  C{place}" for place in range(count))
    arms = ",\n".join(f"    C{place} => add(%x, {place}f)" for place in range(count))
    return (
        f"{HEADER}type T {{\n{cases}\n}}\n"
        f"def @pick(%t: T, %x: {branch_programs.V}) -> {branch_programs.V} {{\n  match (%t) {{\n{arms}\n  }}\n}}\n"
        f"def @main(%x: {branch_programs.V}) -> {branch_programs.V} {{\n"
        f"  %0 = C{count - 1};\n  %1 = C{count // 2};\n  add(@pick(%0, %x), @pick(%1, %x))\n}}\n"
    )


def test_a_match_of_very_many_arms_is_text_that_python_reads():
    module = migrate.load(constructors(200))
    result = migrate.convert(module)
    assert check_module(result.module) == []
    script = result.script()
    assert max(len(line) - len(line.lstrip()) for line in script.splitlines()) < 4 * 90
    args = [branch_programs.X]
    want = migrate.run(module, args, executor="interpreter")
    for executor in ("backend", "interpreter"):
        for a, b in zip(migrate.run(migrate.load(script), args, executor=executor), want, strict=True):
            np.testing.assert_array_equal(a, b)
