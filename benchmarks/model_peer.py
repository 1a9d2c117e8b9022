"""Run by TVM 0.19 (see measure_conversion): makes the models, and times relay_translator on them.

    python model_peer.py make FOLDER             NAME.json of every model, and resnet-50.params
    python model_peer.py time FOLDER NAME LEVEL  prints one JSON document: CPU seconds, or why it raised

Models are of tvm.relay.testing, and of TVM's own layers where that has none.
"""

# pyright: reportMissingImports=false

import json
import sys
import time
from pathlib import Path

import tvm
from tvm import relay
from tvm.relay import testing

LAYERS, WIDTH, HEADS, LENGTH, HIDDEN = 12, 768, 12, 128, 3072
STEPS, STATE = 32, 128


def variable(name, *shape):
    return relay.var(name, shape=shape, dtype="float32")


def linear(name, x, inputs, outputs):
    product = relay.nn.dense(x, variable(f"{name}_weight", outputs, inputs))
    return relay.nn.bias_add(product, variable(f"{name}_bias", outputs), axis=-1)


def norm(name, x):
    return relay.nn.layer_norm(x, variable(f"{name}_gamma", WIDTH), variable(f"{name}_beta", WIDTH))


def heads(x, axes):
    split = relay.reshape(x, (LENGTH, HEADS, WIDTH // HEADS))
    return relay.transpose(split, axes)


def attention(name, x):
    query, key, value = (linear(f"{name}_{part}", x, WIDTH, WIDTH) for part in ("query", "key", "value"))
    scale = relay.const((WIDTH / HEADS) ** -0.5, "float32")
    scores = relay.multiply(relay.nn.batch_matmul(heads(query, (1, 0, 2)), heads(key, (1, 0, 2))), scale)
    context = relay.nn.batch_matmul(relay.nn.softmax(scores, axis=-1), heads(value, (1, 2, 0)))
    joined = relay.reshape(relay.transpose(context, (1, 0, 2)), (LENGTH, WIDTH))
    return linear(f"{name}_out", joined, WIDTH, WIDTH)


def gelu(x):
    inner = relay.erf(relay.multiply(x, relay.const(0.5**0.5, "float32")))
    return relay.multiply(relay.multiply(x, relay.const(0.5, "float32")), relay.add(inner, relay.const(1.0, "float32")))


def typed(body):
    module = tvm.IRModule.from_expr(relay.Function(relay.analysis.free_vars(body), body))
    return relay.transform.InferType()(module), {}


def encoder():
    x = variable("data", LENGTH, WIDTH)
    for layer in range(LAYERS):
        name = f"layer{layer}"
        x = norm(f"{name}_norm0", relay.add(x, attention(name, x)))
        inner = linear(f"{name}_ffn1", gelu(linear(f"{name}_ffn0", x, WIDTH, HIDDEN)), HIDDEN, WIDTH)
        x = norm(f"{name}_norm1", relay.add(x, inner))
    return typed(x)


def flat_lstm():
    """The steps of an LSTM in one function without others, as the ONNX and PyTorch front ends unroll it."""
    from tvm.relay.frontend.common import lstm_cell

    inputs = [variable(f"data{step}", 1, STATE) for step in range(STEPS)]
    state, cell = variable("hidden", 1, STATE), variable("cell", 1, STATE)
    weights = [variable(f"lstm_{part}_weight", 4 * STATE, STATE) for part in ("i2h", "h2h")]
    outputs, state, cell = lstm_cell(inputs, state, cell, *weights)
    result = relay.Tuple([relay.concatenate(outputs, 0), state, cell])
    return typed(result)


MODELS = {
    "resnet-50": lambda: testing.resnet.get_workload(batch_size=1, num_layers=50),
    "encoder": encoder,
    "lstm": lambda: testing.lstm.get_workload(iterations=STEPS, num_hidden=STATE),
    "lstm, flat": flat_lstm,
}


def make(folder):
    for name, workload in MODELS.items():
        module, params = workload()
        (folder / f"{name}.json").write_text(tvm.ir.save_json(module))
        if name == "resnet-50":
            (folder / f"{name}.params").write_bytes(relay.save_param_dict(params))


def timed(folder, name, level):
    from tvm.relax.testing import relay_translator

    # The first translation of a process loads what all later ones need.
    small, _ = testing.mlp.get_workload(batch_size=1)
    relay_translator.from_relay(small["main"], tvm.target.Target("llvm"), opt_level=level)
    module = tvm.ir.load_json((folder / f"{name}.json").read_text())
    start = time.process_time()
    try:
        relay_translator.from_relay(module["main"], tvm.target.Target("llvm"), opt_level=level)
    except Exception as error:
        return {"why": f"{type(error).__name__}: {str(error).strip().splitlines()[-1]}"}
    return {"seconds": time.process_time() - start}


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        print(json.dumps(timed(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))))
