"""Relax passes that real TVM 0.27 ran: what ours make of the same modules."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import recorded
import recorded_legalization
from pass_scores import Results, holds

from relax_core import dpl
from relax_core.analysis.variables import all_vars
from relax_core.byoc import cublas
from relax_core.ir.types import TensorType
from relax_core.structural import structural_equal
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.training.utils import register_te_gradient
from relax_core.transform import find
from tensor_core.passes import PassContext
from tensor_core.prim import PrimExpr, Var
from tensor_core.te.tensor import Tensor, compute
from tensor_core.tir.expr import IndexMap

RELEASE = "0.27"


def _of_product(adjoint: Tensor, left: Tensor, right: Tensor) -> list[Tensor]:
    """The gradient that the recording test registered for its kernel of a product."""
    return [
        compute(left.shape, lambda *i: right[i] * adjoint[i], name="f_mul_grad_1"),
        compute(right.shape, lambda *i: left[i] * adjoint[i], name="f_mul_grad_2"),
    ]


def _of_multiple(adjoint: Tensor, value: Tensor, k: PrimExpr) -> list[Tensor]:
    """The one for its kernel of a multiple."""
    return [compute(value.shape, lambda *i: adjoint[i] * k, name="f_mulk_grad")]


register_te_gradient("f_mul_grad", _of_product)
register_te_gradient("f_mulk_grad", _of_multiple)


def _gradient_of(function: str, *names: str) -> Callable[[Any], list[Any]]:
    return lambda module: [function, [_var(module[function], name) for name in names]]


def _var(function: Any, name: str) -> Any:
    return next(var for var in all_vars(function) if var.name == name)


_REBUILT: dict[str, Callable[[Any], list[Any]]] = {
    "2ccf93a48752bafb": _gradient_of("main", "x"),
    "dbff4b04c360990c": _gradient_of("main", "x", "lv1", "gv"),
    "9da278c4e5238013": _gradient_of("main", "w0", "b0"),
    "c3b38ad187d5e468": _gradient_of("MLP", "w_0", "w_1", "w_2", "b_0", "b_1", "b_2"),
    "6323c3bd1b169474": lambda module: [{module["main_1"].params[0].ty.dims[1]: 16}],
    "db39bbcf96ead871": lambda _: [lambda var: TensorType((64, 16), "float32") if var.name == "weight" else None],
}
"""Arguments that were recorded by their names or not at all, and that the recorded results tell: variables of the
module, and a function of parameters.
"""


_CONV = dpl.is_op("relax.nn.conv2d")(dpl.wildcard(), dpl.wildcard())
_CONV_RELU = dpl.is_op("relax.nn.relu")(_CONV)
_RELU = dpl.is_op("relax.nn.relu")
_ABS = dpl.is_op("relax.abs")
_SPLIT = dpl.is_op("relax.split")(dpl.wildcard())
_PATTERNS: dict[str, Callable[[], list[Any]]] = {
    "962a55b26814cebd": lambda: [("dnnl.conv2d", _CONV), ("dnnl.conv2d_relu", _CONV_RELU)],
    "9832e8f37395270c": lambda: [("dnnl.conv2d_relu", _CONV_RELU)],
    "11e1e0a35fdc1c20": lambda: [("dnnl.conv2d_relu", _CONV_RELU)],
    "aa17c414a7533a44": lambda: [("cutlass.multiply", dpl.is_op("relax.multiply")(dpl.wildcard(), dpl.wildcard()))],
    "c706eece6363fcf3": lambda: [("cutlass.conv2d", _CONV)],
    "15f4efd4412f153d": lambda: [("cutlass.conv2d", _CONV)],
    "822d75a6f357c143": lambda: [("cutlass.conv2d", _CONV)],
    "e3ea0e2d48180ae6": lambda: [
        ("x.split", dpl.is_op("relax.add")(dpl.is_tuple_get_item(_SPLIT, 0), dpl.is_tuple_get_item(_SPLIT, 1)))
    ],
    "c8f25c96db1d1551": lambda: [
        ("x.concat_abs_abs", dpl.is_op("relax.concat")(dpl.is_tuple([_ABS(dpl.wildcard()), _ABS(dpl.wildcard())])))
    ],
    "060ded28cbeb81da": lambda: [("compiler_A.relu_chain", _RELU(_RELU(_RELU(dpl.wildcard()))))],
    "6d178dc78b652e16": lambda: [("compiler_A.reshape", dpl.is_op("relax.reshape")(dpl.wildcard(), dpl.wildcard()))],
    "76730b9d8f92a83e": lambda: cublas.get_patterns_with_prefix("cublas"),
}
"""Patterns of FuseOpsByPattern, of which the names were recorded: what the names say, as the results bear out."""

_ALTERED: dict[str, tuple[str, list[Callable[..., Any]]]] = {
    "b546c7d3cc8f28b5": ("mul_by_2", []),
    "750f3f40ea7144d3": ("some_op", [lambda i: (i // 4, i % 4)] * 4),
    "632a281cf3986f47": ("relu", [lambda i: (i % 16,)] * 2),
}
"""Of AlterOpImpl: the operator, the program of which stands in the recorded result, and the maps of its arrays."""


REBUILT = frozenset({*_REBUILT, *_PATTERNS, *_ALTERED})
"""Cases that run with arguments that were not recorded as they were given."""


CONTRADICTORY = frozenset({"1e1b608aefdfe257", "78624caed66bd725"})
"""Cases whose script states a result type that its body has not, which TVM takes and our reader does not: they are read
without it.
"""


def _readable(case: Mapping[str, Any], name: str, side: str) -> str:
    text: str = case[side]
    return re.sub(r"\) -> .*:\n", "):\n", text) if name in CONTRADICTORY else text


def _altering(case: Mapping[str, Any], op: str, maps: list[Callable[..., Any]]) -> list[Any]:
    index = Var("i", "int32")
    program = read(case["after"], release=RELEASE)[f"relax_{op}_replacement"]
    return [{f"relax.{op}": program}, {f"relax.{op}": [IndexMap((index,), each(index)) for each in maps]}]


def arguments(case: Mapping[str, Any], name: str, before: Any) -> tuple[list[Any], dict[str, Any]]:
    """The arguments and keywords of the pass that a case ran."""
    if name in _ALTERED:
        return _altering(case, *_ALTERED[name]), {}
    if name in _PATTERNS:
        return [_PATTERNS[name](), *case["args"][1:]], case["kwargs"]
    rebuilt = _REBUILT.get(name)
    return (case["args"], case["kwargs"]) if rebuilt is None else (rebuilt(before), {})


def pass_name(row: Mapping[str, Any]) -> str:
    """The name of a case's pass in tvm.relax.transform."""
    return row["pass"].rsplit(".", 1)[1]


def replayable(corpus: recorded.Corpus, row: Mapping[str, Any]) -> bool:
    """Whether the pass is here, and its arguments were recorded or are rebuilt."""
    case = corpus.json(row["name"], "case.json")
    told = row["name"] in REBUILT or "<" not in f"{case['args']}{case['kwargs']}{case['config']}"
    return told and find(pass_name(row)) is not None


def equal(corpus: recorded.Corpus, row: Mapping[str, Any]) -> bool:
    """Whether our pass gives the recorded module. DiagnosticError when a script cannot be read or the pass refuses.

    Where the recorded script has a map of indices, of whose integers it does not say the type, ours is read, too.
    """
    case = corpus.json(row["name"], "case.json")
    before, after = (read(_readable(case, row["name"], side), release=RELEASE) for side in ("before", "after"))
    maker = find(pass_name(row))
    assert maker is not None
    args, kwargs = arguments(case, row["name"], before)
    with PassContext(case["opt_level"], config=case["config"]):
        ours = maker(*args, **kwargs)(before)
    if "T.index_map(" in case["after"]:
        ours = read(print_module(ours, RELEASE), release=RELEASE)
    return structural_equal(ours, after)


def results(corpus: recorded.Corpus) -> tuple[Results, dict[str, int]]:
    """What each case came to, and by pass how many are left out: those of passes that are not here, or with arguments
    that were not recorded.
    """
    found: Results = {}
    left_out: Counter[str] = Counter()
    for row in corpus.rows:
        name = pass_name(row)
        if replayable(corpus, row):
            judge = recorded_legalization.equal if name == "LegalizeOps" else equal
            found.setdefault(name, {})[row["name"]] = holds(partial(judge, corpus, row))
        else:
            left_out[name] += 1
    return found, dict(sorted(left_out.items()))


def arguments_from(corpus: recorded.Corpus) -> dict[str, int]:
    """Of the cases that count: with how many the arguments are those that were recorded, with how many rebuilt; and how
    many scripts are read without the result type that they state.
    """
    rows = [row for row in corpus.rows if replayable(corpus, row)]
    rebuilt = sum(row["name"] in REBUILT for row in rows)
    contradictory = sum(row["name"] in CONTRADICTORY for row in rows)
    return {"rebuilt": rebuilt, "recorded": len(rows) - rebuilt, "contradictory": contradictory}
