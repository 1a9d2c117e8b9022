"""Small nets, and what quantizing them after training makes of them, step by step.

Written for the names that tvm.relay and relay_compat share.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

try:
    from quantized_programs import Side
except ImportError:
    from tests.corpus.quantized_programs import Side

SHAPE = (1, 4, 8, 8)


def numbers(seed: int, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Normal values, the same for every program."""
    return (np.random.default_rng(seed).normal(size=shape) * scale).astype("float32")


def _x(s: Side) -> Any:
    return s.relay.var("x", shape=SHAPE)


def _w(s: Side, seed: int, *shape: int) -> Any:
    return s.relay.const(numbers(seed, *shape, scale=0.4))


def _conv(s: Side, data: Any, seed: int, inputs: int = 4, outputs: int = 4, size: int = 3) -> Any:
    weight = _w(s, seed, outputs, inputs, size, size)
    return s.relay.nn.conv2d(data, weight, kernel_size=(size, size), channels=outputs, padding=(size // 2,) * 2)


def _plain(s: Side) -> Any:
    return _conv(s, _x(s), 1)


def _chain(s: Side) -> Any:
    y = s.relay.nn.relu(s.relay.nn.bias_add(_conv(s, _x(s), 1), _w(s, 2, 4)))
    return s.relay.nn.relu(_conv(s, s.relay.nn.max_pool2d(y, pool_size=(2, 2), strides=(2, 2)), 3))


def _residual(s: Side) -> Any:
    y = s.relay.nn.relu(_conv(s, _x(s), 1))
    z = s.relay.add(_conv(s, y, 2), _w(s, 5, 4, 1, 1))
    return s.relay.nn.relu(s.relay.add(z, y))


def _two_ways(s: Side) -> Any:
    y = s.relay.nn.relu(_conv(s, _x(s), 1))
    return s.relay.nn.relu(s.relay.add(_conv(s, y, 2), _conv(s, y, 3)))


def _joined(s: Side) -> Any:
    y = s.relay.nn.relu(_conv(s, _x(s), 1))
    return _conv(s, s.relay.concatenate([_conv(s, y, 2), _conv(s, y, 3)], axis=1), 4, inputs=8)


def _classifier(s: Side) -> Any:
    y = s.relay.nn.relu(_conv(s, _x(s), 1))
    y = s.relay.nn.batch_flatten(s.relay.nn.global_avg_pool2d(_conv(s, y, 2)))
    return s.relay.nn.softmax(s.relay.nn.dense(y, _w(s, 3, 5, 4)))


def _averaged(s: Side) -> Any:
    y = s.relay.nn.avg_pool2d(_conv(s, _x(s), 1), pool_size=(2, 2), strides=(2, 2))
    return _conv(s, s.relay.clip(y, 0.0, 6.0), 2)


def _dense(s: Side) -> Any:
    y = s.relay.nn.batch_flatten(_x(s))
    y = s.relay.nn.relu(s.relay.nn.dense(y, _w(s, 1, 6, 256)))
    return s.relay.nn.dense(y, _w(s, 2, 3, 6))


def _scaled(s: Side) -> Any:
    return s.relay.nn.relu(s.relay.multiply(_conv(s, _x(s), 1), _w(s, 2, 4, 1, 1)))


def _normalized(s: Side) -> Any:
    stats = [s.relay.const(np.abs(numbers(n, 4)) + 0.5) for n in range(5, 9)]
    return s.relay.nn.relu(s.relay.nn.batch_norm(_conv(s, _x(s), 1), *stats)[0])


NETS: dict[str, Callable[[Side], Any]] = {
    "plain": _plain,
    "chain": _chain,
    "residual": _residual,
    "two-ways": _two_ways,
    "joined": _joined,
    "classifier": _classifier,
    "averaged": _averaged,
    "dense": _dense,
    "scaled": _scaled,
    "normalized": _normalized,
}

ALL: dict[str, Any] = {"skip_conv_layers": [], "skip_dense_layer": False}
CONFIGS: dict[str, dict[str, Any]] = {
    "": ALL,
    "-default": {},
    "-simulated": {**ALL, "do_simulation": True},
    "-max": {**ALL, "weight_scale": "max", "global_scale": 5.0},
    "-truncated": {**ALL, "round_for_shift": False, "global_scale": 4.0},
    "-percentile": {**ALL, "calibrate_mode": "percentile"},
    "-kl": {**ALL, "calibrate_mode": "kl_divergence"},
    "-partitioned": {**ALL, "partition_conversions": "enabled"},
    "-integral": {**ALL, "partition_conversions": "fully_integral"},
}
_EVERYWHERE = ("", "-max")
_IN_PARTS = ("-partitioned", "-integral")
_IN_PARTS_NETS = ("plain", "chain", "two-ways", "dense")
_SOMETIMES = ("residual",)


def cases() -> list[tuple[str, str]]:
    """Nets with the configurations to quantize them in."""
    return [(net, key) for net in NETS for key in CONFIGS if _is_case(net, key)]


def _is_case(net: str, key: str) -> bool:
    if key in _IN_PARTS:
        return net in _IN_PARTS_NETS
    return key in _EVERYWHERE or net in _SOMETIMES


def module(side: Side, net: str) -> Any:
    """A net with types."""
    body = NETS[net](side)
    function = side.relay.Function(side.relay.analysis.free_vars(body), body)
    return side.relay.transform.InferType()(side.module.from_expr(function))


def quantized(side: Side, net: str, config: str) -> Any:
    """A net after quantization."""
    dataset = [{"x": numbers(seed, *SHAPE, scale=1.5)} for seed in (21, 22)]
    with side.relay.quantize.qconfig(**CONFIGS[config]):
        return side.relay.quantize.quantize(module(side, net), dataset=dataset)


def steps(side: Side, net: str) -> dict[str, list[str]]:
    """The text of a net after each step before scales are known."""
    quantize, result = side.relay.quantize, {}
    with quantize.qconfig(**ALL), quantize.quantize_context():
        made = quantize.prerequisite_optimize(module(side, net))
        for name in ("partition", "annotate"):
            made = getattr(quantize, name)()(made)
            result[name] = text(made)
    return result


def text(made: Any) -> list[str]:
    """The lines of a module without its constants."""
    return made.astext(show_meta_data=False).split("/* For debugging")[0].strip().splitlines()
