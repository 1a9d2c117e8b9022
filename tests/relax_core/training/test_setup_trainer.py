"""What SetupTrainer and AppendLoss make of models is what real TVM made of them, and models learn as they did there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import recorded_legalization
from trained import arguments, set_up, started

from relax_core.backend.build import build
from relax_core.backend.virtual_machine import VirtualMachine
from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule
from relax_core.structural import structural_equal
from relax_core.text.reader import read
from relax_core.training import AppendLoss, Trainer
from relax_core.training.setup_trainer import ADJOINT, BACKBONE, OPTIMIZER
from tensor_core.device import cpu
from tests.corpus.trainers import APPENDED, LOSSES, MODELS, TRAINED, Trained

RELEASES = "0.19", "0.27"
CASES = [(release, name) for name, case in TRAINED.items() for release in case.releases]


@pytest.fixture(scope="module")
def recorded(root: Path) -> dict[str, Any]:
    return json.loads((root / "tests" / "corpus" / "trainers.json").read_text())


def module_of(lines: list[str], release: str) -> IRModule:
    return read("\n".join(lines), release=release)


@pytest.mark.parametrize("name", APPENDED)
@pytest.mark.parametrize("release", RELEASES)
def test_a_loss_is_appended_as_tvm_does(name: str, release: str, recorded: dict[str, Any]) -> None:
    model, judge, options = APPENDED[name]
    known = recorded[release]["appended"][name]
    before = read(MODELS[model], release=release)
    assert structural_equal(before, module_of(known["before"], release))
    judging: Any = read(LOSSES[judge], release=release)["loss"]
    after = AppendLoss("backbone", judging, **options)(before)
    assert structural_equal(after, module_of(known["after"], release))


@pytest.mark.parametrize(("release", "name"), CASES)
def test_a_trainer_is_set_up_as_tvm_does(release: str, name: str, recorded: dict[str, Any]) -> None:
    known = recorded[release]["trained"][name]
    after = set_up(TRAINED[name], module_of(known["before"], release), legalize=False)
    states = [[str(item.dtype), list(item.shape), float(item.max(initial=0))] for item in after.attrs["optim_state"]]
    assert states == known["state"]
    assert structural_equal(after.without_attr("optim_state"), module_of(known["after"], release))


@pytest.mark.parametrize(("release", "name"), CASES)
def test_what_is_legalized_computes_as_the_programs_of_tvm(release: str, name: str, recorded: dict[str, Any]) -> None:
    known = recorded[release]["trained"][name]
    ours = set_up(TRAINED[name], module_of(known["before"], release))
    theirs = module_of(known["legalized"], release)
    assert ours.without_attr("optim_state").attrs == theirs.attrs
    for function, given in arguments(TRAINED[name], ours).items():
        assert recorded_legalization.alike(ours, theirs, function, given), function


def on_the_interpreter(module: IRModule) -> dict[str, Any]:
    return {
        name: lambda *args, name=name: evaluate(module, args, entry=name) for name in (BACKBONE, ADJOINT, OPTIMIZER)
    }


def losses(case: Trained, module: IRModule, functions: Any) -> list[float]:
    inputs, kept, targets = started(case, module)
    trainer = Trainer(module, functions, cpu(), False)
    count = module.attrs["param_num"]
    trainer.load_params(kept[:count])
    trainer.load_states(kept[count:])
    return [float(trainer.update(inputs, [targets])) for _ in range(case.steps)]


@pytest.mark.parametrize(("release", "name"), CASES)
def test_models_learn_as_in_tvm(release: str, name: str, recorded: dict[str, Any]) -> None:
    case, known = TRAINED[name], recorded[release]["trained"][name]
    before = module_of(known["before"], release)
    legalized, plain = set_up(case, before), set_up(case, before, legalize=False)
    compiled = losses(case, legalized, VirtualMachine(build(legalized, "llvm", release=release), cpu()))
    interpreted = losses(case, plain, on_the_interpreter(plain))
    assert compiled[-1] < 0.7 * compiled[0], compiled[:: case.steps // 5]
    np.testing.assert_allclose(compiled, interpreted, rtol=1e-4)
    np.testing.assert_allclose(compiled, known["losses"], rtol=1e-4)
