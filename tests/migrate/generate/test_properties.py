"""Properties hold for the converter, and fail with a key for a wrong one."""

from migrate.verify.generate import draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.properties.equivalence import conversion, keeps_meaning
from migrate.verify.verdict import Outcome
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule as RelayModule
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import GlobalVar, IRModule

PROGRAMS = [draw_program(of_seed(n)) for n in range(40)]


def test_the_conversion_keeps_the_meaning() -> None:
    checks = [conversion(executors=("interpreter", "backend")).check(program) for program in PROGRAMS]
    assert [check.reason for check in checks if check.failed] == []
    assert all(check.changed for check in checks)


def test_the_identity_changes_nothing() -> None:
    checks = [keeps_meaning("identity", lambda module: module).check(program) for program in PROGRAMS]
    assert {check.outcome for check in checks} == {Outcome.EXACT}
    assert not any(check.changed for check in checks)


def test_a_wrong_transform_fails_by_what_it_does() -> None:
    def doubled(module: IRModule) -> IRModule:
        function = module["main"]
        assert isinstance(function, Function)
        build = RelayFragment()
        twice = build.call("add", function.body, function.body)
        return infer_types(RelayModule({GlobalVar("main"): Function(function.params, twice)}))

    numbers = [program for program in PROGRAMS if program.module["main"].body.checked_type.dtype != "bool"]
    checks = [keeps_meaning("doubling", doubled).check(program) for program in numbers]
    assert {check.key for check in checks if check.failed} == {"doubling, interpreter: different"}
    assert sum(check.failed for check in checks) > len(checks) / 2


def test_a_diagnostic_is_a_failure_with_its_code() -> None:
    def refusing(module: IRModule) -> IRModule:
        raise fail(codes.BAD_INPUTS, f"no module of {len(module.functions)} functions")

    check = keeps_meaning("refusing", refusing).check(PROGRAMS[0])
    assert (check.failed, check.key) == (True, f"refusing: {codes.BAD_INPUTS.id}")
