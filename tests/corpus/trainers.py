"""Models that SetupTrainer and AppendLoss are applied to, and how, in the names that TVM's Python and ours share."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

_HEAD = "@I.ir_module\nclass Model:\n"
MODELS = {
    "MLP": """
    I.module_attrs({"param_num": 4, "state_num": 0})
    @R.function
    def backbone(
        x: R.Tensor((8, 6), "float32"), w0: R.Tensor((6, 10), "float32"), b0: R.Tensor((10,), "float32"),
        w1: R.Tensor((10, 3), "float32"), b1: R.Tensor((3,), "float32"),
    ):
        with R.dataflow():
            lv = R.matmul(x, w0)
            lv1 = R.add(lv, b0)
            lv2 = R.nn.relu(lv1)
            lv3 = R.matmul(lv2, w1)
            out = R.add(lv3, b1)
            R.output(out)
        return out
""",
    "layer norm": """
    I.module_attrs({"param_num": 3, "state_num": 0})
    @R.function
    def backbone(
        x: R.Tensor((4, 6), "float32"), scale: R.Tensor((6,), "float32"), shift: R.Tensor((6,), "float32"),
        w: R.Tensor((6, 3), "float32"),
    ):
        with R.dataflow():
            lv = R.nn.layer_norm(x, scale, shift, axes=[-1])
            out = R.matmul(lv, w)
            R.output(out)
        return out
""",
    "batch norm": """
    I.module_attrs({"param_num": 3, "state_num": 2})
    @R.function
    def backbone(
        x: R.Tensor((4, 2, 6, 6), "float32"), k: R.Tensor((3, 2, 3, 3), "float32"), scale: R.Tensor((3,), "float32"),
        shift: R.Tensor((3,), "float32"), mean: R.Tensor((3,), "float32"), var: R.Tensor((3,), "float32"),
    ):
        with R.dataflow():
            lv = R.nn.conv2d(x, k, padding=[1, 1, 1, 1])
            lv1 = R.nn.batch_norm(lv, scale, shift, mean, var, axis=1)
            lv2 = lv1[0]
            lv3 = R.nn.relu(lv2)
            out = R.mean(lv3, axis=[2, 3])
            new_mean = lv1[1]
            new_var = lv1[2]
            R.output(out, new_mean, new_var)
        return (out, new_mean, new_var)
""",
    "two results": """
    I.module_attrs({"param_num": 1, "state_num": 0})
    @R.function
    def backbone(x: R.Tensor((2, 4), "float32"), w: R.Tensor((4, 4), "float32")):
        with R.dataflow():
            lv = R.matmul(x, w)
            out = R.nn.relu(lv)
            other = R.exp(lv)
            R.output(out, other)
        return (out, other)
""",
    "one result twice": """
    I.module_attrs({"param_num": 1, "state_num": 0})
    @R.function
    def backbone(x: R.Tensor((2, 4), "float32"), w: R.Tensor((4, 4), "float32")):
        with R.dataflow():
            out = R.matmul(x, w)
            R.output(out)
        return (out, out)
""",
}
MODELS = {name: _HEAD + text for name, text in MODELS.items()}

_LOSSES = {
    "of one": """
    @R.function
    def loss(predictions: R.Tensor((2, 4), "float32"), targets: R.Tensor((2, 4), "float32")):
        with R.dataflow():
            lv = R.subtract(predictions, targets)
            lv1 = R.multiply(lv, lv)
            gv = R.sum(lv1)
            R.output(gv)
        return gv
""",
    "of two": """
    @R.function
    def loss(
        first: R.Tensor((2, 4), "float32"), second: R.Tensor((2, 4), "float32"), targets: R.Tensor((2, 4), "float32")
    ):
        with R.dataflow():
            lv = R.subtract(first, targets)
            lv1 = R.multiply(lv, second)
            gv = R.sum(lv1)
            R.output(gv)
        return gv
""",
}
LOSSES = {name: _HEAD + text for name, text in _LOSSES.items()}

APPENDED = {
    "one result of two": ("two results", "of one", {}),
    "two results of two": ("two results", "of two", {"num_backbone_outputs": 2}),
    "a result that is kept": ("one result twice", "of one", {}),
    "a name of one's own": ("two results", "of one", {"new_func_name": "judged"}),
}
"""Cases of AppendLoss: the model, the loss, and the options."""


@dataclass(frozen=True)
class Trained:
    """A case of SetupTrainer: classes of losses and optimizers with their arguments, and what the loss is called with.

    ``releases``: those that can do it. TVM 0.19 takes the name of a function for the beginning of names, so decomposes
    batch_norm of the loss for inference, and its kernel of layer_norm does not compile; the Adam of 0.27 cannot be
    initialized.
    """

    model: str
    loss: tuple[str, dict[str, Any]]
    optimizer: tuple[str, dict[str, Any]]
    targets: tuple[tuple[int, ...], str]
    predictions: tuple[int, ...]
    releases: tuple[str, ...] = ("0.19", "0.27")
    steps: int = field(default=50, kw_only=True)

    @property
    def shapes(self) -> list[tuple[tuple[int, ...], str]]:
        """What the loss is called with."""
        return [(self.predictions, "float32"), self.targets]


_SQUARES = "MSELoss", {}
_SOFT = ((8, 3), "float32")
_SGD = "SGD", {"lr": 0.1}
TRAINED = {
    "MLP, SGD": Trained("MLP", _SQUARES, _SGD, _SOFT, (8, 3)),
    "MLP, Adam": Trained("MLP", ("MSELoss", {"reduction": "sum"}), ("Adam", {"lr": 0.02}), _SOFT, (8, 3), ("0.19",)),
    "MLP, classes": Trained(
        "MLP",
        ("CrossEntropyLoss", {}),
        ("MomentumSGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
        ((8,), "int64"),
        (8, 3),
    ),
    "MLP, one-hot classes": Trained(
        "MLP",
        ("CategoricalCrossEntropyLoss", {}),
        ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
        ((8, 3), "int64"),
        (8, 3),
    ),
    "layer norm": Trained("layer norm", ("L1Loss", {}), _SGD, ((4, 3), "float32"), (4, 3), ("0.27",)),
    "batch norm": Trained(
        "batch norm", _SQUARES, ("MomentumSGD", {"lr": 0.1, "momentum": 0.9}), ((4, 3), "float32"), (4, 3), ("0.27",)
    ),
}


def start(case: Trained, params: list[tuple[str, tuple[int, ...]]]) -> tuple[list[Any], list[Any], Any]:
    """Inputs, parameters with states, and targets, drawn for the model's parameters by name and shape."""
    r = np.random.default_rng(7)
    x, *rest = (0.5 * r.standard_normal(shape).astype("float32") for _, shape in params)
    kept = [
        np.abs(value) + 0.5 if name in ("scale", "var") else value
        for (name, _), value in zip(params[1:], rest, strict=True)
    ]
    shape, dtype = case.targets
    if dtype == "float32":
        return [x], kept, r.standard_normal(shape).astype(dtype)
    classes = r.integers(0, 3, shape[0])
    return [x], kept, (classes if len(shape) == 1 else np.eye(3)[classes]).astype(dtype)
