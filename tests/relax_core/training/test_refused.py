"""What cannot be trained is refused with a code and a reason, as the kind of error that TVM raises."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from relax_core.interpret import evaluate
from relax_core.ir.expr import Function, IRModule, Tuple, Var
from relax_core.ir.types import TensorType
from relax_core.text.reader import read
from relax_core.training import AppendLoss, SetupTrainer, Trainer
from relax_core.training.loss import L1Loss, Loss, MSELoss
from relax_core.training.optimizer import SGD, Adam, Optimizer
from tensor_core.device import cpu
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import IntImm
from tests.corpus.trainers import MODELS

SOFT = TensorType((8, 3), "float32")
RELEASE = "0.27"


def mlp(**attrs: Any) -> IRModule:
    return read(MODELS["MLP"], release=RELEASE).with_attrs(attrs)


def set_up(module: IRModule, loss: Loss | None = None) -> IRModule:
    return SetupTrainer(loss or MSELoss(), SGD(0.1), [SOFT, SOFT], legalize=False)(module)


def without_model() -> IRModule:
    return read(MODELS["MLP"].replace("def backbone", "def other"), release=RELEASE)


def without(attr: str) -> IRModule:
    return mlp().without_attr(attr)


def ill_formed() -> IRModule:
    module = mlp()
    model: Any = module["backbone"]
    module["backbone"] = model.replace(params=model.params[1:])
    return module


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "no model": (lambda: set_up(without_model()), "R2R0603.*no function @backbone"),
    "no number of parameters": (lambda: set_up(without("param_num")), "R2R0703.*param_num, a number, not None"),
    "no number of states": (lambda: set_up(without("state_num")), "R2R0703.*state_num, a number, not None"),
    "a text for a number": (lambda: set_up(mlp(param_num="4")), "R2R0703.*param_num, a number, not '4'"),
    "fewer than none": (lambda: set_up(mlp(state_num=-1)), "R2R0703.*state_num, a number, not -1"),
    "too few parameters": (lambda: set_up(mlp(param_num=6)), "R2R0703.*5 parameters, too few for 6"),
    "states without results": (lambda: set_up(mlp(param_num=3, state_num=1)), "R2R0703.*answer a tuple"),
    "an ill-formed model": (lambda: set_up(ill_formed()), "R2R0205"),
    "a loss that is no number": (lambda: set_up(mlp(), MSELoss("none")), "R2R0703.*tensor of rank 0"),
    "a loss of another type": (
        lambda: SetupTrainer(MSELoss(), SGD(0.1), [TensorType((8, 4), "float32")] * 2)(mlp()),
        r"R2R0703.*result 0 of the model is .*\(8, 3\).*the loss takes .*\(8, 4\)",
    ),
    "a name that is taken": (lambda: set_up(set_up(mlp())), "R2R0109.*backbone_loss"),
    "more results than there are": (
        lambda: AppendLoss("backbone", MSELoss()(SOFT, SOFT), 2)(mlp()),
        "R2R0703.*num_backbone_outputs is 2",
    ),
    "a loss without blocks": (
        lambda: AppendLoss("backbone", identity())(mlp()),
        "R2R0703.*the loss must consist of one dataflow block",
    ),
    "a nested result": (
        lambda: AppendLoss("backbone", MSELoss()(SOFT, SOFT))(nested()),
        "R2R0703.*a variable, or a tuple of variables",
    ),
    "a reduction that is none": (lambda: L1Loss("max"), "R2R0703.*mean, sum or none"),  # type: ignore[arg-type]
    "a loss of what is no type": (lambda: L1Loss()((8, 3), SOFT), "R2R0703.*predictions must be a variable or a type"),  # type: ignore[arg-type]
    "a variable given twice": (lambda: SGD(0.1).init([x, x]), "R2R0703.*x appears more than once"),
    "no variables": (lambda: SGD(0.1).init([]), "R2R0703.*not nothing"),
    "an expression": (lambda: SGD(0.1).init(Tuple((x,))), "R2R0703.*trains variables"),  # type: ignore[arg-type]
    "open sizes of a state": (lambda: Adam(0.1).init(Var("x", TensorType(None, "float32", ndim=1))), "R2R0703.*open"),
    "a module not set up": (lambda: Trainer(mlp(), {}, cpu()), "R2R0703.*input_num, optim_state"),
    "too few arrays": (lambda: trainer().load_params([np.zeros(3)]), "R2R0703.*has 4 parameters, 1 are given"),
    "an unknown name": (lambda: trainer().load_params({"w7": 0}), "R2R0703.*no parameter w7"),
    "a state of none": (lambda: trainer().load_states({"mean": 0}), "R2R0703.*no state mean"),
    "an array for all": (lambda: trainer().load_params(np.zeros(4)), "R2R0703.*a list or a dictionary"),  # type: ignore[arg-type]
    "too many inputs": (lambda: trainer().predict(0, 0), "R2R0703.*takes 1 inputs, 2 are given"),
}

x = Var("x", SOFT)


def identity() -> Function:
    text = '@I.ir_module\nclass M:\n    @R.function\n    def loss(x: R.Tensor((8, 3), "float32")):\n        return x\n'
    found = read(text, release=RELEASE)["loss"]
    assert isinstance(found, Function)
    return found


def nested() -> IRModule:
    return read(MODELS["MLP"].replace("return out", "return ((out,), out)"), release=RELEASE)


def trainer(zero: bool = True) -> Trainer:
    module = set_up(mlp())
    return Trainer(module, {"backbone": lambda *args: evaluate(module, args, entry="backbone")}, cpu(), zero)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_trained_is_refused(case: str) -> None:
    run, message = REFUSED[case]
    with pytest.raises(DiagnosticError, match=message) as found:
        run()
    assert isinstance(found.value, ValueError) or "R2R0109" in message


def test_what_is_not_known_yet_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match=r"R2R0602.*nobody gave the parameters w0, b0, w1, b1 yet"):
        trainer(zero=False).predict(np.zeros((8, 6), "float32"))
    with pytest.raises(RuntimeError, match=r"R2R0703.*call init"):
        Adam(0.1).get_function()
    half = Adam(0.1)
    with pytest.raises(DiagnosticError):
        half.init(Var("x", TensorType(None, "float32", ndim=1)))
    with pytest.raises(RuntimeError, match="call init"):
        half.get_function()


def test_an_optimizer_of_ones_own_says_how_it_updates() -> None:
    own = Optimizer("own").init(x)
    assert (own.param_list, own.dtype, own.state) == ([x], "float32", None)
    with pytest.raises(NotImplementedError):
        own.get_function()


def test_numbers_of_the_ir_are_numbers() -> None:
    assert set_up(mlp(param_num=IntImm(4, "int32"), state_num=IntImm(0, "int32"))).attrs["input_num"] == 1


def test_open_sizes_of_a_batch_are_those_of_the_model() -> None:
    text = MODELS["MLP"].replace("(8, 6)", '("n", 6)')
    model = read(text, release=RELEASE)
    open_ = model["backbone"].ret_ty  # type: ignore[attr-defined]
    module = SetupTrainer(MSELoss("sum"), SGD(0.1), [open_, open_])(model)
    made = Trainer(module, {name: _run(module, name) for name in ("backbone_loss_adjoint", "optimizer")}, cpu())
    losses = [float(made.update(np.ones((n, 6), "float32"), np.ones((n, 3), "float32"))) for n in (4, 7)]
    assert losses == pytest.approx([12.0, 21 * (1 - 0.8) ** 2], rel=1e-5)


def _run(module: IRModule, name: str) -> Callable[..., Any]:
    return lambda *args: evaluate(module, args, entry=name)


def test_parameters_are_kept_by_name() -> None:
    made = trainer()
    made.xaiver_uniform_init_params()
    drawn = made.export_params()
    assert list(drawn) == ["w0", "b0", "w1", "b1"]
    assert all(
        0 < np.abs(value).max() <= np.sqrt(6 / sum(value.shape)) for value in drawn.values() if value is not None
    )
    made.load_params({"b1": np.full(3, 2, "float32")})
    made.load_params({"w1": np.zeros((10, 3), "float32")})
    np.testing.assert_array_equal(made.predict(np.ones((8, 6), "float32")), np.full((8, 3), 2))
    assert made.export_states() == {}
