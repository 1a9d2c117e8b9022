"""A small Relay program for each pass, which the pass changes: what evidence for the ledger is made of."""

from __future__ import annotations

from dataclasses import dataclass

import migrate
from tensor_core.module import IRModule

_X = "%x: Tensor[(2, 3), float32]"
_T = "Tensor[(2, 3), float32]"
_IMAGE = "%x: Tensor[(1, 4, 6, 6), float32], %w: Tensor[(8, 4, 3, 3), float32]"
_OTHERS = (("a", 5), ("b", 6), ("c", 5))
_CONV = "nn.conv2d({}, {}, padding=[1, 1, 1, 1], channels=8, kernel_size=[3, 3])"


@dataclass(frozen=True)
class PassProgram:
    """The pass's name and the definitions of a module."""

    name: str
    text: str

    def module(self) -> IRModule:
        return migrate.load(f'#[version = "0.0.5"]\n{self.text}\n')


def _main(params: str, body: str) -> str:
    return f"def @main({params}) {{ {body} }}"


def _dense(*weights: str) -> str:
    return ", ".join(f"nn.dense(%x, {weight}, units=4)" for weight in weights)


def _batched(*others: str) -> str:
    return ", ".join(f"nn.batch_matmul(%x, {other}, transpose_b=True)" for other in others)


def _convs(*weights: str) -> str:
    return ", ".join(f"nn.relu({_CONV.format('%x', weight)})" for weight in weights)


PROGRAMS = (
    PassProgram(
        "BackwardFoldScaleAxis",
        _main(f"{_IMAGE}, %s: Tensor[(8, 1, 1), float32]", f"multiply({_CONV.format('%x', '%w')}, exp(%s))"),
    ),
    PassProgram(
        "CanonicalizeCast",
        _main("%x: Tensor[(2), int8]", '%0 = cast(%x, dtype="float32"); (exp(%0), negative(%0))'),
    ),
    PassProgram(
        "CombineParallelBatchMatmul",
        _main(
            ", ".join(
                f"%{name}: Tensor[(2, {rows}, 4), float32]" for name, rows in zip("xabc", (3, 5, 6, 5), strict=True)
            ),
            f"({_batched('%a', '%b', '%c')})",
        ),
    ),
    PassProgram(
        "CombineParallelConv2D",
        _main(f"{_IMAGE}, %v: Tensor[(8, 4, 3, 3), float32]", f"({_convs('%w', '%v', '%w')})"),
    ),
    PassProgram(
        "CombineParallelDense",
        _main(
            f"{_X}, " + ", ".join(f"%{name}: Tensor[(4, 3), float32]" for name in "abc"),
            f"({_dense('%a', '%b', '%c')})",
        ),
    ),
    PassProgram("ConvertLayout", _main(_IMAGE, f"nn.relu({_CONV.format('%x', '%w')})")),
    PassProgram("DeadCodeElimination", _main(_X, "let %y = exp(%x); negative(%x)")),
    PassProgram("DivToMul", _main(_X, "divide(%x, 4f)")),
    PassProgram(
        "DynamicToStatic",
        _main(_X, 'dyn.reshape(%x, shape_of(transpose(%x, axes=[1, 0]), dtype="int64"), newshape=[])'),
    ),
    PassProgram("EliminateCommonSubexpr", _main(_X, "add(exp(%x), exp(%x))")),
    PassProgram(
        "FakeQuantizationToInteger",
        _main(
            "%x: Tensor[(2, 3), int8]",
            'qnn.quantize(nn.relu(qnn.dequantize(%x, 0.5f, 1, out_dtype="float32")), 0.25f, 2, out_dtype="int8")',
        ),
    ),
    PassProgram(
        "FoldExplicitPadding",
        _main(_IMAGE, _CONV.format("nn.pad(%x, 0f, pad_width=[[0, 0], [0, 0], [1, 1], [1, 1]])", "%w")),
    ),
    PassProgram(
        "FoldScaleAxis",
        _main(f"{_IMAGE}, %s: Tensor[(8, 1, 1), float32]", f"multiply({_CONV.format('%x', '%w')}, exp(%s))"),
    ),
    PassProgram(
        "ForwardFoldScaleAxis",
        _main(f"{_IMAGE}, %s: Tensor[(4, 1, 1), float32]", _CONV.format("multiply(nn.relu(%x), exp(%s))", "%w")),
    ),
    PassProgram("FuseOps", _main(_X, "exp(negative(%x))")),
    PassProgram("LazyGradientInit", _main(_X, "multiply(%x, ones_like(%x))")),
    PassProgram("PartialEvaluate", _main(_X, f"let %f = fn (%y: {_T}) -> {_T} {{ exp(%y) }}; %f(%x)")),
    PassProgram(
        "RemoveUnusedFunctions",
        f"def @f({_X}) -> {_T} {{ exp(%x) }}\ndef @main({_X}) -> {_T} {{ negative(%x) }}",
    ),
    PassProgram("SimplifyExpr", _main(_X, "reshape(reshape(%x, newshape=[6]), newshape=[3, 2])")),
    PassProgram("SimplifyInference", _main(f"{_X}, %g: Tensor[(3), float32]", "nn.layer_norm(%x, %g, %g)")),
    PassProgram("SplitArgs", _main(_X, "concatenate((exp(%x), negative(%x), %x, tanh(%x)), axis=0)")),
)
