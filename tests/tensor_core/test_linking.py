"""Linking programs: functions of one call those of the other."""

import numpy as np
import pytest

import relay_compat.lower
from cpu_backend.machine import Machine
from relay_compat.ir.expr import Function
from relay_compat.text.parser import parse
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.linking import callees, link
from tensor_core.module import Declaration
from tensor_core.program import Program

TEXT = """#[version = "0.0.5"]
def @main(%x: Tensor[(2), float32], %deep: bool) -> Tensor[(2), float32] {
  if (%deep) { @twice(%x) } else { %x }
}
def @twice(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { add(%x, %x) }
"""


def _parts() -> tuple[Program, Program]:
    module = infer_types(parse(TEXT))
    twice = module.get_global_var("twice")
    function = module[twice]
    assert isinstance(function, Function)
    caller = module.copy()
    caller[twice] = Declaration(function.checked_type, "other.twice")
    return relay_compat.lower.lower(caller), relay_compat.lower.lower(module, ["twice"], prefix="other.")


def test_a_declared_function_is_called_by_its_symbol():
    caller, callee = _parts()
    assert list(caller.functions) == ["main"]
    assert list(callees(caller.functions["main"])) == ["other.twice"]
    result = Machine(link(caller, callee)).run([np.asarray([1, 2], "float32"), np.asarray(True)])
    assert result.tolist() == [2, 4]


def test_a_declaration_types_its_calls():
    module = infer_types(parse(TEXT))
    twice = module.get_global_var("twice")
    function = module[twice]
    wrong = parse(TEXT)
    wrong["twice"] = Declaration(type(function.checked_type)((), function.checked_type.ret_type), "twice")
    with pytest.raises(DiagnosticError) as refusal:
        infer_types(wrong)
    assert refusal.value.diagnostics[0].code is codes.ARITY


def test_what_no_program_has_is_named():
    caller, callee = _parts()
    with pytest.raises(DiagnosticError, match=r"calls other\.twice") as missing:
        link(caller)
    assert missing.value.diagnostics[0].code is codes.NO_SUCH_FUNCTION
    with pytest.raises(DiagnosticError) as twice:
        link(caller, callee, callee)
    assert twice.value.diagnostics[0].code is codes.DUPLICATE_NAME
