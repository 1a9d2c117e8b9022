"""Calls that type rules let pass, as TVM's do, and that no kernel computes: refused with a code wherever they run.

Drawn and broken by tests/cards/test_refusals.py with RELAY2RELAX_EXPLORE=1; here they stay.
"""

from typing import Any

import numpy as np
import pytest
from refusal_doors import attempt

from cpu_backend.machine import Machine
from migrate.forward.convert import convert
from relax_core.interpret import evaluate as run_relax
from relax_core.lower import lower as lower_relax
from relax_core.text.reader import read
from relay_compat.interpret import evaluate as run_relay
from relay_compat.lower import lower as lower_relay
from relay_compat.text.parser import parse
from tensor_core import dtypes
from tensor_core.shapes import static
from tensor_core.types import TensorType, TupleType

RELAY = {
    "an element type of no arrays": (
        "%x: Tensor[(4, 32), int16], %y: Tensor[(8, 32), int16]",
        'nn.bitserial_dense(%x, %y, units=8, data_bits=2, weight_bits=2, pack_dtype="void", out_dtype="int16")',
    ),
    "NaN for an integer": (
        "%x: Tensor[(3, 3), int32], %y: Tensor[(3), int32]",
        "sequence_mask(%x, %y, mask_value=nanf)",
    ),
    "infinity for an integer": ("%x: Tensor[(3), int32]", "clip(%x, a_min=-inff, a_max=1f)"),
    "a result of no known element type": (
        "%x: Tensor[(1, 2, 6, 6), float32], %y: Tensor[(1, 18, 4, 4), float32], %z: Tensor[(2, 2, 3, 3), float32]",
        'nn.deformable_conv2d(%x, %y, %z, channels=2, kernel_size=[3, 3], out_dtype="float31")',
    ),
    "a tuple for a tensor": (
        "%x: Tensor[(2), int32], %y: Tensor[(), float32], %z: (Tensor[(), float32],)",
        'one_hot(%x, %y, %z, depth=3, dtype="float32")',
    ),
    "a tuple for the indices of a sparse matrix": (
        "%x: Tensor[(2, 4), float32], %y: Tensor[(5), float32], %z: (), %w: Tensor[(4), int32]",
        "nn.sparse_dense(%x, %y, %z, %w)",
    ),
    "no groups": (
        "%x: Tensor[(2, 4, 7), float32], %y: Tensor[(4, 6, 3), float32]",
        "nn.conv1d_transpose(%x, %y, groups=0)",
    ),
    "rows without a dimension": (
        "%x: Tensor[(), float32], %y: Tensor[(2), float32]",
        "searchsorted(%x, %y)",
    ),
    "a permutation without a dimension": ("%x: Tensor[(), int32]", "invert_permutation(%x)"),
    "a window longer than its frame": (
        "%x: Tensor[(12), float32], %y: Tensor[(4), float32]",
        "stft(%x, %y, n_fft=4, hop_length=4, win_length=2147483648, normalized=True, onesided=True)",
    ),
    "a window larger than the image": (
        "%x: Tensor[(1, 1, 5, 5), float32], %y: Tensor[(1, 1, 5, 5), float32]",
        "nn.avg_pool2d_grad(%x, %y, pool_size=[2, 2147483647], strides=[1, 1], padding=[0, 0, 0, 0])",
    ),
    "too few variances": (
        "%x: Tensor[(2, 3, 4), float32], %y: Tensor[(2, 16), float32], %z: Tensor[(1, 4, 4), float32]",
        "vision.multibox_transform_loc(%x, %y, %z, variances=[])",
    ),
    "a ratio of NaN": (
        "%x: Tensor[(1, 2, 4, 5), float32], %y: Tensor[(1, 4, 4, 5), float32], %z: Tensor[(1, 3), float32]",
        "vision.proposal(%x, %y, %z, scales=[1f], ratios=[nanf], rpn_post_nms_top_n=9)",
    ),
    "a negative number of new axes": (
        "%x: Tensor[(2, 3), float32], %y: Tensor[(), int64]",
        "dyn.expand_dims(%x, %y, num_newaxis=-1)",
    ),
}
WITHOUT_A_KERNEL = {"NaN for an integer", "infinity for an integer", "a tuple for the indices of a sparse matrix"}
"""What is an answer all the same for these values: any integer, a bound that nothing reaches, the sum of nothing."""
RELAX = {
    "a negative extent": ("", 'R.arange(1, R.prim_value(-2), 2, dtype="int32")'),
    "a number beyond its element type": (
        'x: R.Tensor((4,), "int64")',
        "R.one_hot(x, R.prim_value(9223372036854775808), R.prim_value(0), depth=4)",
    ),
}


@pytest.mark.parametrize("name", RELAY)
def test_relay_refuses_what_has_no_kernel(name: str) -> None:
    params, call = RELAY[name]
    module = parse(f'#[version = "0.0.5"]\ndef @main({params}) {{ {call} }}')
    args = tuple(_value(param.type_annotation) for param in module["main"].params)
    for outcome in (
        attempt("interpret", lambda: run_relay(module, args)),
        attempt("convert", lambda: convert(module).script()),
        attempt("run", lambda: Machine(lower_relay(module)).run(args)),
    ):
        assert not outcome.defect
        assert outcome.code or outcome.stage == "convert" or name in WITHOUT_A_KERNEL


@pytest.mark.parametrize("name", RELAX)
def test_relax_refuses_what_has_no_kernel(name: str) -> None:
    params, call = RELAX[name]
    module = read(
        "from tvm.script import ir as I\nfrom tvm.script import tirx as T\nfrom tvm.script import relax as R\n\n"
        f"@I.ir_module\nclass Module:\n    @R.function\n    def main({params}):\n        with R.dataflow():\n"
        f"            gv = {call}\n            R.output(gv)\n        return gv\n",
        release="0.27",
    )
    args = tuple(_of_relax(param.ty) for param in module["main"].params)
    for outcome in (
        attempt("interpret", lambda: run_relax(module, args, release="0.27")),
        attempt("run", lambda: Machine(lower_relax(module, release="0.27")).run(args)),
    ):
        assert not outcome.defect
        assert outcome.code


def _value(type_: Any) -> Any:
    if isinstance(type_, TupleType):
        return tuple(map(_value, type_.fields))
    assert isinstance(type_, TensorType)
    return np.zeros(static(type_.shape), dtypes.to_numpy(type_.dtype))


def _of_relax(type_: Any) -> Any:
    return np.zeros(static(type_.dims), dtypes.to_numpy(type_.dtype))
