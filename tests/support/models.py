"""The recorded whole models: loaded as a user loads them, with the arguments and right answers they were recorded
with.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import recorded
from zoo import zoo_value

import migrate
from migrate.execution import parameters
from tensor_core.module import IRModule
from tensor_core.types import TensorType

NAMES = ("mlp", "dcgan", "resnet18", "mobilenet", "bert_tiny", "gpt_tiny")
"""The models of the main job."""


@dataclass(frozen=True)
class Model:
    """One model: the module, its text as TVM printed it, arguments by parameter name, right answers."""

    name: str
    text: str
    module: IRModule
    args: dict[str, np.ndarray]
    answers: list[np.ndarray]


def load(corpus: recorded.Corpus, name: str, tmp_path: Path | None = None) -> Model:
    """A recorded model; its parameter file is read from ``tmp_path``, where it is laid down."""
    params = None
    if corpus.has(name, "module.params"):
        assert tmp_path is not None
        (tmp_path / "module.params").write_bytes(corpus.read(name, "module.params"))
        params = tmp_path / "module.params"
    text = corpus.text(name, "module.relay")
    module = migrate.load(corpus.text(name, "module.json"), params)
    arrays = corpus.arrays(name)
    args = {key.removeprefix("in_"): value for key, value in arrays.items() if key.startswith("in_")}
    for parameter, type_ in parameters(module):
        if parameter not in args and parameter not in module.params:
            assert isinstance(type_, TensorType)
            args[parameter] = zoo_value(parameter, tuple(int(str(dim)) for dim in type_.shape), type_.dtype)
    answers = [value for key, value in arrays.items() if key.startswith(("out_", "relay_"))]
    return Model(name, text, module, args, answers)


def assert_answer(got: np.ndarray, want: np.ndarray) -> None:
    """Compare as the recorded answers were compared with the front ends' own."""
    np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-5)
