"""A pass of one IR on a module of the other."""

import pytest

import migrate
import relax_core.passes.fold_constant as relax_fold
from migrate.passes.bridges import on_relax, on_relay, to_relax
from migrate.reading import is_relax
from relay_compat.passes.fold_constant import FoldConstant
from relay_compat.passes.simplify_inference import SimplifyInference
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.passes import PassContext, Sequential
from tensor_core.passes.instrument import PassInstrument

FOLDS = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2), float32]) { add(%x, multiply(2f, 3f)) }'


def test_a_relay_pass_on_relax() -> None:
    module = to_relax(migrate.load(FOLDS))
    after = on_relax(FoldConstant())(module)
    assert is_relax(after)
    script = migrate.convert(after).script()
    assert "R.multiply" in migrate.convert(module).script()
    assert "R.multiply" not in script
    assert "R.const(6" in script


def test_a_relax_pass_on_relay() -> None:
    after = on_relay(relax_fold.FoldConstant())(migrate.load(FOLDS))
    assert not is_relax(after)
    assert "multiply" not in str(after)
    assert "6f" in str(after)


def test_what_a_pass_requires_runs_on_its_side() -> None:
    text = """#[version = "0.0.5"]
    def @main(%x: Tensor[(1, 2, 3, 3), float32], %v: Tensor[(2), float32]) {
      %0 = nn.batch_norm(%x, %v, %v, %v, %v);
      %0.0
    }"""
    after = on_relax(SimplifyInference())(to_relax(migrate.load(text)))
    assert "batch_norm" not in migrate.convert(after).script()


def test_a_bridge_is_a_pass_among_others() -> None:
    seen: list[str] = []

    class Watch(PassInstrument):
        def run_before_pass(self, module: IRModule, info: object) -> None:
            del module
            seen.append(getattr(info, "name"))  # noqa: B009

    with PassContext(opt_level=3, instruments=[Watch()]):
        Sequential([on_relax(FoldConstant(), "OldFold"), relax_fold.FoldConstant()])(to_relax(migrate.load(FOLDS)))
    assert seen == ["sequential", "OldFold", "FoldConstant", "InferType", "FoldConstant"]


def test_what_cannot_be_carried_stops_the_bridge_with_reasons() -> None:
    script = """
from tvm.script import ir as I, relax as R
@I.ir_module
class Module:
    @R.function(pure=False)
    def main(x: R.Tensor((2,), "float32")) -> R.Any:
        y = R.call_packed("vendor.thing", x, ty_args=(R.Any,))
        return y
"""
    with pytest.raises(DiagnosticError, match=r"R2R04"):
        on_relax(FoldConstant())(migrate.load(script, release="0.27"))


def test_a_bridge_on_the_wrong_side() -> None:
    relay = migrate.load(FOLDS)
    with pytest.raises(DiagnosticError, match=r"R2R0405"):
        on_relax(FoldConstant())(relay)
    with pytest.raises(DiagnosticError, match=r"R2R0405"):
        on_relay(relax_fold.FoldConstant())(to_relax(relay))
