"""The networks of tvm.relay.testing in the settings that are recorded, and what is compared of them."""

import hashlib
import importlib
import json
from typing import Any

CALLS = (
    'mlp {"batch_size": 1}',
    'mlp {"batch_size": 3, "num_classes": 5, "image_shape": [3, 8, 8], "dtype": "float64"}',
    'dqn {"batch_size": 1}',
    'dqn {"batch_size": 2, "layout": "NHWC", "image_shape": [84, 84, 4], "num_actions": 4}',
    'dcgan {"batch_size": 1}',
    'dcgan {"batch_size": 1, "oshape": [3, 64, 64], "ngf": 16, "layout": "NHWC"}',
    "synthetic {}",
    'synthetic {"input_shape": [2, 4, 8, 8], "dtype": "float64"}',
    'lstm {"iterations": 1, "num_hidden": 1}',
    'lstm {"iterations": 4, "num_hidden": 8, "batch_size": 2}',
    'vgg {"batch_size": 1, "image_shape": [3, 32, 32]}',
    'vgg {"batch_size": 1, "image_shape": [3, 32, 32], "num_layers": 16, "batch_norm": true, "num_classes": 10}',
    "squeezenet {}",
    'squeezenet {"version": "1.1", "batch_size": 2}',
    "densenet {}",
    'densenet {"densenet_size": 201, "batch_size": 1, "classes": 10}',
    "mobilenet {}",
    'mobilenet {"layout": "NHWC", "image_shape": [224, 224, 3]}',
    "resnet {}",
    'resnet {"num_layers": 50, "num_classes": 10}',
    'resnet {"num_layers": 20, "image_shape": [3, 28, 28], "num_classes": 10}',
    'resnet {"num_layers": 18, "layout": "NHWC", "image_shape": [224, 224, 3]}',
    "resnet_3d {}",
    'resnet_3d {"num_layers": 20, "image_shape": [3, 8, 24, 24], "num_classes": 5, "batch_size": 2}',
    "inception_v3 {}",
)


def described(relay: Any, call: str) -> tuple[str, str, str]:
    """Number of calls of operators, digest of the text, digest of the weights."""
    name, _, options = call.partition(" ")
    testing = importlib.import_module(f"{relay.__name__}.testing.{name}")
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(options).items()}
    module, params = testing.get_workload(**settings)
    text = module.astext(show_meta_data=False)
    weights = hashlib.sha256()
    for key in sorted(params):
        weights.update(key.encode())
        weights.update(params[key].numpy().tobytes())
    return str(text.count(" = ")), hashlib.sha256(text.encode()).hexdigest()[:16], weights.hexdigest()[:16]
