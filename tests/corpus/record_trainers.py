"""Record what real TVM's AppendLoss and SetupTrainer make of models, and how the models learn there.

    PYTHON_WITH_TVM tests/corpus/record_trainers.py

Writes the part of trainers.json that is of the TVM of this Python: texts of modules before and after, with and without
LegalizeOps, and the losses of the steps of a Trainer.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import tvm  # pyright: ignore[reportMissingImports]
from trainers import APPENDED, LOSSES, MODELS, TRAINED, Trained, start
from tvm import relax  # pyright: ignore[reportMissingImports]
from tvm.relax import training  # pyright: ignore[reportMissingImports]

FILE = Path(__file__).with_name("trainers.json")
RELEASE = ".".join(tvm.__version__.split(".")[:2])
_TENSOR = getattr(relax, "TensorStructInfo", None) or relax.TensorType
_BUILD = getattr(relax, "build", None) or tvm.compile


def read(text: str) -> Any:
    return tvm.script.from_source(text)


def lines(module: Any) -> list[str]:
    return module.without_attr("optim_state").script(show_meta=False).splitlines()


def appended(model: str, loss: str, options: dict[str, Any]) -> dict[str, Any]:
    before = read(MODELS[model])
    after = training.AppendLoss("backbone", read(LOSSES[loss])["loss"], **options)(before)
    return {"before": lines(before), "after": lines(after)}


def trained(case: Trained) -> dict[str, Any]:
    before = read(MODELS[case.model])
    made = [set_up(case, before, legalize) for legalize in (False, True)]
    state = [
        [str(item.dtype), list(item.shape), float(item.numpy().max(initial=0))] for item in made[0].attrs["optim_state"]
    ]
    texts = dict(zip(("after", "legalized"), map(lines, made), strict=True))
    return {"before": lines(before), **texts, "state": state, "losses": losses(case, made[1])}


def set_up(case: Trained, before: Any, legalize: bool) -> Any:
    (loss, loss_options), (optimizer, options) = case.loss, case.optimizer
    made = getattr(training.loss, loss)(**loss_options), getattr(training.optimizer, optimizer)(**options)
    return training.SetupTrainer(*made, [_TENSOR(*item) for item in case.shapes], legalize=legalize)(before)


def losses(case: Trained, module: Any) -> list[float]:
    device = tvm.cpu()
    params = module["backbone"].params
    typed = [(getattr(param, "name_hint", None) or param.name, relax.get_shape_of(param)) for param in params]
    inputs, kept, targets = start(case, [(name, tuple(map(int, shape))) for name, shape in typed])
    trainer = training.Trainer(module, relax.VirtualMachine(_BUILD(module, "llvm"), device), device, False)
    count = int(module.attrs["param_num"])
    trainer.load_params(kept[:count])
    trainer.load_states(kept[count:])
    return [float(np.asarray(trainer.update(inputs, [targets]).numpy())) for _ in range(case.steps)]


if __name__ == "__main__":
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    known[RELEASE] = {
        "appended": {name: appended(*case) for name, case in APPENDED.items()},
        "trained": {name: trained(case) for name, case in TRAINED.items() if RELEASE in case.releases},
    }
    FILE.write_text(json.dumps(dict(sorted(known.items())), indent=0) + "\n")
