"""MergeComposite, AnnotateTarget, MergeCompilerRegions and PartitionGraph. Texts are those that TVM 0.19 gave."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from relay_build import call, const, function, module, var

from relay_compat.analysis import AnnotatedRegionSet
from relay_compat.annotations import BEGIN, END, begin, compiler_of, end
from relay_compat.dataflow_pattern import is_op, wildcard
from relay_compat.ir.expr import Call, Expr, Function, If, Tuple, TupleGetItem
from relay_compat.ir.module import IRModule
from relay_compat.op.contrib import get_pattern_table, register_pattern_table
from relay_compat.op_attributes import TempOpAttr
from relay_compat.passes.annotate_target import AnnotateTarget
from relay_compat.passes.infer_type import InferType
from relay_compat.passes.merge_compiler_regions import MergeCompilerRegions
from relay_compat.passes.merge_composite import MergeComposite
from relay_compat.passes.partition_graph import PartitionGraph
from tensor_core.diagnostics import DiagnosticError
from tensor_core.global_functions import register_func, remove_global_func
from tensor_core.passes import Sequential
from tests.corpus.byoc_programs import Cases
from tests.corpus.pattern_programs import digest


@pytest.fixture(autouse=True)
def vendor() -> Iterator[None]:
    """A compiler called vendor, which takes relu and add."""
    with TempOpAttr("nn.relu", "target.vendor", lambda _: True), TempOpAttr("add", "target.vendor", lambda _: True):
        yield


def marks(expr: Any) -> list[str]:
    """The compilers of the begins and ends from the result upwards along first arguments."""
    found = list[str]()
    while isinstance(expr, Call):
        if expr.op in (BEGIN, END):
            found.append(f"{'begin' if expr.op is BEGIN else 'end'} {compiler_of(expr)}")
        expr = expr.args[0]
    return found


def body(mod: Any) -> Any:
    return mod["main"].body


def test_merge_composite_takes_patterns_in_turn():
    x = var("x", 2, 2)
    program = module(call("nn.relu", call("add", x, call("nn.relu", x))), x)
    relu_of_add = is_op("nn.relu")(is_op("add")(wildcard(), wildcard()))
    table = [("v.both", relu_of_add), ("v.relu", is_op("nn.relu")(wildcard()), lambda expr: len(expr.args) == 1)]
    merged = body(MergeComposite(table)(program))
    assert merged.op.attrs["Composite"] == "v.both"
    assert merged.args[1].op.attrs["Composite"] == "v.relu"
    assert merged.checked_type.shape == (2, 2)
    refused = body(MergeComposite([("v.relu", is_op("nn.relu")(wildcard()), lambda _: False)])(program))
    assert not any(isinstance(part, Function) for part in (refused.op, refused.args[0].op))


def test_what_nobody_takes_is_marked_default():
    x = var("x", 2, 2)
    mod = AnnotateTarget("vendor")(module(call("nn.relu", call("tanh", call("nn.relu", x))), x))
    assert marks(body(mod)) == [
        "end vendor", "begin vendor", "end default", "begin default", "end vendor", "begin vendor"
    ]  # fmt: skip
    again = AnnotateTarget("vendor")(mod)
    assert marks(body(again)) == marks(body(mod))


def test_the_first_compiler_that_takes_an_operator_has_it():
    x = var("x", 2, 2)
    with TempOpAttr("tanh", "target.other", lambda _: True), TempOpAttr("nn.relu", "target.other", lambda _: True):
        program = module(call("nn.relu", call("tanh", x)), x)
        first = AnnotateTarget(["vendor", "other"])(program)
        assert marks(body(first)) == ["end vendor", "begin vendor", "end other", "begin other"]
        second = AnnotateTarget(["other", "vendor"])(program)
        assert marks(body(second)) == ["end other", "begin other", "end other", "begin other"]


@pytest.mark.parametrize(("dtype", "taken"), [("float32", "dnnl"), ("int64", "default")])
def test_what_onednn_takes(dtype: str, taken: str):
    x = var("x", 2, 2, dtype=dtype)
    assert marks(body(AnnotateTarget("dnnl")(module(call("add", x, x), x)))) == [f"end {taken}", f"begin {taken}"]


def test_composite_functions_go_to_the_compiler_of_their_name():
    x = var("x", 2, 2)
    inner = function(y := var("y", 2, 2), body=call("tanh", y)).with_attr("Composite", "vendor.tanh")
    mod = AnnotateTarget("vendor")(module(Call(inner, (x,)), x))
    assert marks(body(mod)) == ["end vendor", "begin vendor"]
    assert body(mod).args[0].op.body.op.name == "tanh"


@pytest.mark.parametrize("others", [True, False])
def test_tuples(others: bool):
    x = var("x", 2, 2)
    pair = Tuple((call("nn.relu", x), call("nn.relu", x)))
    mod = AnnotateTarget("vendor", others)(module(TupleGetItem(pair, 0), x))
    result = body(mod)
    assert (isinstance(result, Call) and result.op is END) is others


def test_regions_of_one_compiler_are_merged_and_become_functions():
    x, w = var("x", 2, 2), var("w", 2, 2)
    program = module(call("tanh", call("add", call("nn.relu", x), w)), x, w)
    mod = Sequential([AnnotateTarget("vendor"), MergeCompilerRegions(), PartitionGraph("net")])(program)
    assert [name.name for name in mod] == ["main", "tvmgen_net_vendor_main_0"]
    region: Any = mod["tvmgen_net_vendor_main_0"]
    assert dict(region.attrs) == {
        "global_symbol": "tvmgen_net_vendor_main_0", "Primitive": 1, "Compiler": "vendor", "Inline": 1
    }  # fmt: skip
    assert [param.name for param in region.params] == ["vendor_0_i0", "vendor_0_i1"]
    assert body(mod).op.name == "tanh"
    assert body(mod).args[0].args == tuple(mod["main"].params)


def test_a_region_that_would_feed_itself_is_not_merged():
    x = var("x", 2, 2)
    first = call("nn.relu", x)
    program = module(call("add", first, call("tanh", first)), x)
    mod = PartitionGraph()(MergeCompilerRegions()(AnnotateTarget("vendor")(program)))
    assert len([name for name in mod if "vendor" in name.name]) == 2


def test_a_choice_hands_on_what_its_branches_depend_on():
    x, c = var("x", 2, 2), var("c", dtype="bool")
    first = call("nn.relu", x)
    chosen = If(c, call("add", first, first), call("tanh", first))
    program = module(call("add", call("nn.relu", chosen), first), x, c)
    mod = PartitionGraph()(MergeCompilerRegions()(AnnotateTarget("vendor")(program)))
    assert len([name for name in mod if "vendor" in name.name]) == 2


def two_results(with_tuple: bool) -> IRModule:
    x = var("x", 2, 2)
    relu = call("nn.relu", begin(x, "vendor"))
    total = call("add", relu, begin(const([[1.0, 2.0], [3.0, 4.0]]), "vendor"))
    if with_tuple:
        return InferType()(module(end(Tuple((relu, total)), "vendor"), x))
    return InferType()(module(call("tanh", end(relu, "vendor")), x))


def test_a_function_of_several_results_returns_a_tuple():
    mod = PartitionGraph()(two_results(with_tuple=True))
    result = body(mod)
    assert [item.index for item in result.fields] == [0, 1]
    assert result.fields[0].tuple_value is result.fields[1].tuple_value
    region: Any = mod["tvmgen_default_vendor_main_0"]
    assert len(region.params) == 1, "the constant is inside"
    kept: Any = PartitionGraph(bind_constants=False)(two_results(with_tuple=True))
    assert len(kept["tvmgen_default_vendor_main_0"].params) == 2


def test_a_compiler_may_change_its_functions():
    def optimize(mod: IRModule) -> IRModule:
        old: Any = mod["main"]
        mod["main"] = function(*old.params, body=call("exp", *old.body.args))
        return mod

    register_func("relay.ext.vendor.optimize", optimize)
    try:
        mod: Any = PartitionGraph()(two_results(with_tuple=False))
    finally:
        remove_global_func("relay.ext.vendor.optimize")
    assert mod["tvmgen_default_vendor_main_0"].body.op.name == "exp"


def test_regions_of_an_expression():
    x = var("x", 2, 2)
    inside = call("nn.relu", begin(x, "vendor"))
    out = end(inside, "vendor")
    regions = AnnotatedRegionSet(call("tanh", out), BEGIN, END)
    (region,) = regions
    assert (region.target, region.rets, region.nodes) == ("vendor", [out], [inside.args[0], inside, out])
    assert regions.get_region(inside) is region
    assert regions.get_region(x) is None
    with pytest.raises(DiagnosticError, match="no begin"):
        AnnotatedRegionSet(end(x, "vendor"), BEGIN, END)
    with pytest.raises(DiagnosticError, match="ends as one of other"):
        AnnotatedRegionSet(end(inside, "other"), BEGIN, END)
    with pytest.raises(DiagnosticError, match="only some operands"):
        AnnotatedRegionSet(call("add", inside, x), BEGIN, END)


def test_marks_around_a_cycle_are_refused():
    x = var("x", 2, 2)
    one, other = call("nn.relu", begin(x, "vendor")), None
    other = call("add", one, begin(call("tanh", end(one, "vendor")), "vendor"))
    with pytest.raises(DiagnosticError, match="feeds itself"):
        PartitionGraph()(InferType()(module(end(other, "vendor"), x)))


def test_names_of_modules():
    with pytest.raises(ValueError, match="invalid characters"):
        PartitionGraph("a-b")


def test_pattern_tables():
    register_pattern_table("some", lambda: [("some.relu", is_op("nn.relu")(wildcard()))])
    assert [name for name, _ in get_pattern_table("some")] == ["some.relu"]
    assert get_pattern_table("none") is None


def test_long_chains():
    x = var("x", 2, 2)
    chain: Expr = x
    for index in range(3000):
        chain = call("tanh" if index % 100 == 99 else "nn.relu", chain)
    passes = [AnnotateTarget("vendor"), MergeCompilerRegions(), PartitionGraph()]
    mod = Sequential(passes)(module(chain, x))
    assert len(mod) == 31


def test_random_programs_as_recorded(root: Path):
    recorded = json.loads((root / "tests" / "corpus" / "byoc.json").read_text())
    cases = Cases("relay_compat", IRModule)
    compared = 0
    for seed, theirs in enumerate(recorded):
        if theirs != "-":
            compared += 1
            assert digest(cases.outcome(seed)) == theirs, seed
    assert compared > 150
