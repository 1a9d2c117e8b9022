"""Every layout rule keeps the meaning: drawn calls of its operator on operands in drawn layouts."""

import os
import random
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from converted_calls import drawn, flat, relax_module
from drawn_calls import DRAWING

from relax_core.block_builder import BlockBuilder
from relax_core.interpret import evaluate
from relax_core.ir.expr import Call, Constant, Expr, IRModule, Op, Tuple, Var
from relax_core.ir.types import TensorType
from relax_core.layouts.table import RULES
from relax_core.op import creator
from relax_core.passes.convert_layout import ConvertLayout
from relax_core.types.deduce import type_of
from relax_core.visit import substitute
from relax_core.well_formed import check as faults
from tensor_core.ops.card import OpCard

CONVS = {3: ("NCW", "OIW"), 4: ("NCHW", "OIHW"), 5: ("NCDHW", "OIDHW")}
"""By rank, the layouts of the convolution that brings an operand in another layout, changing nothing."""
COUNT, DRAWS = (200, 5000) if os.environ.get("RELAY2RELAX_EXPLORE") == "1" else (4, 300)
"""How many calls of an operator whose operands were moved are tried, of how many that are drawn at most."""


def _cases() -> Iterator[tuple[str, OpCard[Any]]]:
    for card in DRAWING:
        spelling = card.relax_for("0.27")
        if spelling is not None and spelling.name.removeprefix("relax.") in RULES:
            yield spelling.name, card


CASES = dict(_cases())
STAYING = {f"relax.nn.conv{n}d_transpose" for n in (1, 2, 3)}
"""What has kernels for one layout only."""
DISTRIBUTED = {"relax.ccl.allgather", "relax.ccl.allreduce", "relax.ccl.broadcast_from_worker0"}
"""What needs several workers, and is not drawn."""


def test_all_rules_are_tried() -> None:
    assert {f"relax.{name}" for name in RULES} - set(CASES) == DISTRIBUTED


@pytest.mark.parametrize("name", CASES)
def test_rules_keep_the_meaning(name: str) -> None:
    source = random.Random(zlib.crc32(name.encode()))
    moved = 0
    for call in drawn(CASES[name], DRAWS):
        if moved == COUNT:
            break
        alone = relax_module(call)
        made = None if alone is None else _behind_convolutions(alone, source)
        if made is None:
            continue
        module, wishes = made
        after = ConvertLayout({}, lambda each, wishes=wishes: wishes.get(each, {}))(module)
        assert faults(after) == []
        args = [leaf for n, arg in enumerate(call.args) if n not in call.given for leaf in flat(arg)]
        wanted, found = (flat(evaluate(each, args)) for each in (module, after))
        for a, b in zip(wanted, found, strict=True):
            _assert_near(a, b)
        moved += _has_moved(after, name)
    assert moved or name in STAYING


def _behind_convolutions(alone: IRModule, source: random.Random) -> tuple[IRModule, Any] | None:
    """The one call of a module on convolutions of its operands that are to be in drawn layouts."""
    main: Any = alone["main"]
    call = next(item.value for block in main.body.blocks for item in block.bindings if isinstance(item.value, Call))
    params: Sequence[Var] = main.params
    builder = BlockBuilder(release="0.27")
    wishes: dict[Expr, dict[str, list[str]]] = {}
    with builder.function("main", list(params)):
        with builder.dataflow():
            behind: dict[Var, Expr] = {}
            for param in params:
                if isinstance(param.ty, TensorType) and param.ty.ndim in CONVS and 0 not in (param.ty.dims or (0,)):
                    own = builder.emit(_said("astype", param, "float32"))
                    conv = _convolution(own, param.ty)
                    behind[param] = builder.emit(_said("astype", builder.emit(conv), param.ty.dtype))
                    wishes[conv] = _wish(conv, param.ty.ndim, source)
            value = substitute(_untyped(call), behind)
            result = builder.emit_output(builder.emit(value))
        builder.emit_func_output(result)
    return (builder.get(), wishes) if wishes else None


def _untyped(call: Call) -> Call:
    return call.replace(args=tuple([arg.replace() if isinstance(arg, Tuple) else arg for arg in call.args]))


def _said(path: str, *args: Any) -> Call:
    made = creator(path, "0.27")(*args)
    assert isinstance(made, Call)
    return made


def _convolution(value: Var, type_: TensorType) -> Call:
    eye = np.eye(type_.concrete_shape[1], dtype="float32")
    kernel = Constant(eye.reshape(eye.shape + (1,) * (type_.ndim - 2)))
    type_of(kernel)
    return _said(f"nn.conv{type_.ndim - 2}d", value, kernel)


def _wish(conv: Call, rank: int, source: random.Random) -> dict[str, list[str]]:
    assert isinstance(conv.op, Op)
    own, kernel = CONVS[rank]
    letters = list(own)
    source.shuffle(letters)
    # TVM pairs the spatial dimensions of data and kernel by their order.
    spatial = iter(own[2:])
    layout = "".join(letter if letter in "NC" else next(spatial) for letter in letters)
    if rank == 4 and source.random() < 0.4:
        place = source.randint(layout.index("C") + 1, 4)
        layout = f"{layout[:place]}2c{layout[place:]}"
    return {conv.op.name: [layout, kernel]}


def _has_moved(module: IRModule, name: str) -> bool:
    """Whether an operand of the operator came as a convolution left it, in another layout."""
    main: Any = module["main"]
    values = {item.var: item.value for block in main.body.blocks for item in block.bindings}
    call = [item for item in values.values() if isinstance(item, Call) and getattr(item.op, "name", "") == name][-1]
    operands = call.args[0].fields if isinstance(call.args[0], Tuple) else call.args
    casts = [values[item] for item in operands if item in values]
    convs = [values[item.args[0]] for item in casts if getattr(item.op, "name", "") == "relax.astype"]
    return any("out_layout" in item.attrs and item.attrs["out_layout"] not in dict(CONVS.values()) for item in convs)


def _assert_near(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> None:
    assert (a.shape, a.dtype) == (b.shape, b.dtype)
    if a.dtype.kind in "biu":
        np.testing.assert_array_equal(b, a)
        return
    x, y = a.astype(np.float64), b.astype(np.float64)
    scale = float(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)))
    np.testing.assert_allclose(y, x, rtol=0, atol=100 * float(np.finfo(a.dtype).eps) * scale, equal_nan=True)
