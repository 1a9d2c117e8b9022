"""Our kernels as TVMScript in real TVM: every recorded op's kernel parses, builds and computes what we compute."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import recorded_ops
from recorded_ops import Call

import migrate
from oracle import Oracle
from tensor_core import dtypes, shapes
from tensor_core.loops import interpret
from tensor_core.loops.builder import LoopBuilder, loop, store, when
from tensor_core.loops.from_card import lower_card
from tensor_core.loops.nodes import Buffer, Combiner, PrimFunc
from tensor_core.ops.card import Reject
from tensor_core.prim import Var
from tensor_core.tir.from_loops import from_loops
from tensor_core.tir.text.printer import print_prim_func
from tensor_core.types import TensorType

pytestmark = pytest.mark.oracle

CALLS = [
    call
    for call in recorded_ops.calls()
    if call.failed is None
    and (call.side == "relay" or (call.release == "0.27" and not call.card.relay))
    and (call.card.lower or call.card.expand)
]


def script(func: PrimFunc, target: str) -> str:
    """A module whose main calls the kernel."""
    count = len(func.params) - func.outputs
    args = [f"a{n}" for n in range(count)]
    sizes = dict.fromkeys(v for b in func.params for dim in b.shape for v in shapes.free_vars(dim))
    declared = ", ".join(f"{a}: {_type(b, True)}" for a, b in zip(args, func.params, strict=False))
    passed = f"({', '.join(args)}{',' * (count == 1)})" if args else "R.tuple()"
    outputs = [_type(b, False) for b in func.params[count:]]
    result = outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"
    printed = print_prim_func(from_loops(func), target, func.name)
    lines = [
        *printed.lines,
        "@R.function",
        f"def main({declared}):",
        *(f"    {var.name} = T.int64()" for var in sizes),
        "    cls = Module",
        f"    y = R.call_tir(cls.{func.name}, {passed}, {result})",
        "    return y",
    ]
    top = [f'{name} = TypeVar("{name}")' for name in printed.type_vars]
    return "\n".join([*top, "@I.ir_module", "class Module:", *("    " + line for line in lines)])


def _type(buffer: Buffer, quoted: bool) -> str:
    dims = [shapes.to_text(dim) for dim in buffer.shape]
    if quoted:
        dims = [dim if dim.isdigit() else f'"{dim}"' for dim in dims]
    return f'R.Tensor(({", ".join(dims)}{"," * (len(dims) == 1)}), dtype="{buffer.dtype}")'


def check(func: PrimFunc, inputs: list[np.ndarray], oracle: Oracle) -> None:
    expected = interpret.run(func, inputs)
    for got, wanted in zip(oracle.relax_run(script(func, oracle.release), inputs), expected, strict=True):
        assert got.dtype == wanted.dtype
        if not dtypes.is_float(dtypes.from_numpy(wanted.dtype)):
            np.testing.assert_array_equal(got, wanted)
            continue
        # TVM rounds float16 sums, and its tanh, less exactly.
        tolerance = 2e-3 if "float16" in [b.dtype for b in func.params] else 2e-5
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("release", ["0.27", "0.19"])
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_kernel_runs_in_tvm(call: Call, release: str, tvm: Callable[[str], Oracle]) -> None:
    try:
        kernel = lower_card(call.card, call.params(), call.types)
    except Reject:
        # Expansions that need known operands; here all are computed.
        assert not call.card.lower
        return
    check(kernel, flat(call.args), tvm(release))


KEY = np.array([0, 0, 0, 17, 0, 0, 0, 0, 1 << 63, 0], np.uint64)
KEYED = "%k: Tensor[(10), uint64]"
PROGRAMS: list[tuple[str, list[np.ndarray]]] = [
    ("def @main(%x: Tensor[(5), int32]) { cast(invert_permutation(%x), dtype=\"float32\") }",
     [np.array([3, 4, 0, 2, 1], np.int32)]),
    (f"def @main({KEYED}, %a: float32, %b: float32) {{ %0 = random.threefry_split(%k); "
     "%1 = random.uniform(%0.0, %a, %b, out_shape=[3, 5], out_dtype=\"float32\"); (%1.0, exp(%1.1), %0.1) }",
     [KEY, np.array(-1, np.float32), np.array(2, np.float32)]),
    (f"def @main({KEYED}, %p: Tensor[(2, 3), float32]) {{ random.multinomial(%k, %p, num_samples=4) }}",
     [KEY, np.array([[1, 2, 3], [0, 1, 0]], np.float32)]),
    ("def @main(%x: Tensor[(2, 3), float32]) { abs(reinterpret(reinterpret(%x, dtype=\"int32\"), dtype=\"float32\")) }",
     [np.array([[-1, 2, -3], [4, -0.0, 6]], np.float32)]),
]  # fmt: skip


@pytest.mark.parametrize("release", ["0.27", "0.26", "0.25", "0.21", "0.19"])
@pytest.mark.parametrize(("text", "inputs"), PROGRAMS, ids=["one array", "keys", "classes", "bits"])
def test_results_of_kernels_go_on(
    text: str, inputs: list[np.ndarray], release: str, tvm: Callable[[str], Oracle]
) -> None:
    text = f'#[version = "0.0.5"]\n{text}\n'
    expected = flat(tvm("0.19").relay_run(text, inputs))
    script = migrate.convert(migrate.load(text), target=release).script()
    for got, wanted in zip(tvm(release).relax_run(script, inputs), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


@pytest.mark.parametrize("release", ["0.27", "0.19"])
def test_symbolic_shapes_and_loops(release: str, tvm: Callable[[str], Oracle]) -> None:
    n = Var("n")
    b = LoopBuilder()
    x = b.input("x", TensorType((n, 4)))
    greatest = b.reduce((n,), (4,), lambda i, k: x[i, k], Combiner.MAX)
    scan = b.scratch((n,), "float32")
    b.emit(loop(n, lambda t: when(t > 0, store(scan, [t], greatest[t] + scan[t - 1]), store(scan, [0], greatest[0]))))
    inputs = [np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)]
    check(b.finish("scan", [scan, greatest]), inputs, tvm(release))


def flat(args: Any) -> list[np.ndarray]:
    return [leaf for arg in args for leaf in (flat(arg) if isinstance(arg, tuple) else [np.asarray(arg)])]
