"""Single behaviours of the pattern language, each seen on TVM 0.19 unless the test says otherwise."""

from typing import Any

import pytest
from relay_build import call, const, function, var

import relay_compat.dataflow_pattern as df
from relay_compat.dataflow_pattern import is_op, rewrite, wildcard
from relay_compat.dataflow_pattern.graph import IndexedGraph
from relay_compat.ir.expr import Call, Expr, Function, Let, Op, Tuple, Var, op
from relay_compat.ir.types import TensorType
from relay_compat.ir.values import TypedInt
from tensor_core.diagnostics import DiagnosticError


class Replace(df.DFPatternCallback):
    def __init__(self, pattern: Any, change: Any, **options: bool) -> None:
        super().__init__(**options)
        self.pattern = pattern
        self.change = change

    def callback(self, pre: Any, post: Any, node_map: Any) -> Any:
        return self.change(pre, post, node_map)


def relus(count: int, start: Expr) -> Expr:
    for _ in range(count):
        start = call("nn.relu", start)
    return start


def x() -> Var:
    return var("x", 2, 3)


@pytest.mark.parametrize(
    ("attrs", "matches"),
    [
        ({"groups": 1}, True),
        ({"groups": True}, True),
        ({"groups": 1.0}, False),
        ({"padding": [0, 0, 0, 0]}, True),
        ({"strides": [1]}, False),
        ({"data_layout": 5}, False),
        ({"unknown": 1}, False),
        ({}, True),
        # Unset in the call: TVM raises an internal error.
        ({"channels": 5}, False),
    ],
)
def test_attributes_of_a_call(attrs: dict[str, Any], matches: bool):
    conv = call("nn.conv2d", x(), x(), padding=(0, 0, 0, 0))
    assert is_op("nn.conv2d")(wildcard(), wildcard()).has_attr(attrs).match(conv) is matches


def test_attributes_of_operators_and_functions():
    assert is_op("add").has_attr({"TOpPattern": 1}).match(op("add"))
    assert not is_op("add").has_attr({"TOpPattern": 0}).match(op("add"))
    marked = function(body=const(1.0)).with_attr({"A": 1, "B": "s", "C": (1, 2)})
    for attrs, matches in [({"A": 1, "B": "s"}, True), ({"A": True}, False), ({"C": [1, 2]}, True), ({"D": 1}, False)]:
        assert wildcard().has_attr(attrs).match(marked) is matches
    for other in (x(), Tuple((x(),))):
        assert not wildcard().has_attr({}).match(other)


def test_shapes_compare_with_their_integer_types():
    assert df.has_shape((2, 3)).match(x())
    assert not df.has_shape((2, TypedInt(3, "int64"))).match(x())
    assert not df.has_dtype("float32").match(Tuple((x(),)))
    with pytest.raises(DiagnosticError, match="R2R0203"):
        df.has_type(TensorType((2, 3))).match(Var("untyped"))


def test_one_pattern_object_stands_for_one_expression():
    a, same = x(), wildcard()
    assert is_op("add")(same, same).match(call("add", a, a))
    assert not is_op("add")(same, same).match(call("add", call("nn.relu", a), call("nn.relu", a)))
    assert is_op("add")(wildcard(), wildcard()).match(call("add", call("nn.relu", a), call("nn.relu", a)))


def test_products_and_quotients_are_regrouped():
    a, b, c = (var(name, 2) for name in "abc")
    pattern = df.is_var("a") * df.is_var("b") / df.is_var("c")
    assert pattern.match(call("multiply", a, call("divide", b, c)))
    assert pattern.match(call("multiply", b, call("divide", a, c)))
    assert (df.is_var("a") * (df.is_var("b") / df.is_var("c"))).match(call("divide", call("multiply", a, b), c))
    assert not pattern.match(call("multiply", call("divide", c, b), a))


def test_a_pattern_that_contains_itself():
    inner = wildcard()
    chain = is_op("nn.relu")(inner)
    inner.redirect_to(chain | df.is_var())
    assert chain.match(relus(3, x()))
    assert not chain.match(call("nn.relu", call("tanh", x())))
    with pytest.raises(DiagnosticError, match="along a path"):
        is_op("add")(chain, chain).match(call("add", relus(3, x()), relus(3, x())))


def test_what_a_callback_sees():
    a, adds, relu = x(), is_op("add"), is_op("nn.relu")(wildcard())
    pattern = adds(relu, wildcard())
    seen: list[Any] = []

    def change(pre: Any, post: Any, node_map: Any) -> Any:
        seen.append((pre, post, node_map))
        return post.args[0]

    program = call("add", call("nn.relu", a), a)
    assert rewrite(Replace(pattern, change), program) is program.args[0]
    (pre, post, node_map), *_ = seen
    assert (pre, post) == (program, program)
    assert node_map[pattern] == [program]
    assert node_map[relu] == [program.args[0]]
    assert node_map[adds] == [op("add")]


def test_rebuilt_expressions_keep_the_type_of_the_original():
    a = x()
    inner = call("exp", a)
    outer = call("tanh", inner)
    pattern = is_op("exp")(wildcard()) | is_op("tanh")(wildcard())
    types: dict[str, Any] = {}

    def change(pre: Any, post: Any, _: Any) -> Any:
        types[pre.op.name] = post.checked_type
        return call("log", post.args[0]) if pre is inner else post

    rewrite(Replace(pattern, change, rewrite_once=True, require_type=True), function(a, body=outer))
    assert types == {"exp": TensorType((2, 3)), "tanh": TensorType((2, 3))}


def test_rewriting_that_comes_to_no_end_is_given_up():
    either = (is_op("nn.relu") | is_op("tanh"))(wildcard())
    other = Replace(either, lambda pre, *_: call("tanh" if pre.op is op("nn.relu") else "nn.relu", *pre.args))
    with pytest.raises(DiagnosticError, match="Observed 100 rewrite passes"):
        rewrite(other, call("nn.relu", x()))
    with pytest.raises(DiagnosticError, match="returned NoneType"):
        rewrite(Replace(wildcard()(wildcard()), lambda *_: None), call("nn.relu", x()))


def test_partitions_do_not_overlap_and_are_not_partitioned_again():
    a = x()
    shared = call("nn.relu", a)
    both = call("add", call("tanh", shared), call("exp", shared))
    pattern = is_op("tanh")(is_op("nn.relu")(wildcard()))
    assert pattern.partition(both) is both, "the relu is used outside of the match"
    once = pattern.partition(call("tanh", shared), {"Composite": "c"})
    assert isinstance(once.op, Function)
    assert dict(once.op.attrs) == {"PartitionedFromPattern": "nn.relu_tanh_", "Composite": "c"}
    assert [param.name for param in once.op.params] == ["FunctionVar_0_0"]
    assert once.args == (a,)
    assert pattern.partition(once) is once
    assert pattern.partition(call("tanh", shared), check=lambda _: False).op is op("tanh")


def test_let_and_constants():
    bound, a = x(), x()
    let = Let(bound, call("exp", a), call("add", bound, const([1.0, 2.0, 3.0])))
    assert df.is_let(df.is_var(), wildcard(), wildcard()).match(let)
    added = (wildcard() + df.is_constant()).partition(let).body
    assert isinstance(added, Call)
    assert isinstance(added.op, Function)
    assert added.args == (bound,)


def test_texts():
    """The form is that of TVM's log; Python cannot ask TVM 0.19 for it."""
    inner = wildcard()
    chain = is_op("nn.relu")(inner)
    inner.redirect_to(chain | df.is_var("x"))
    assert str(chain) == (
        "Main pattern:\n"
        "(id 0): CallPatternNode(Op(nn.relu), [(id 2): (id 3): AltPattern((invoke pattern id 0) | VarPattern(x))])\n"
        "Auxiliary patterns:\n"
        "(id 0): CallPatternNode(Op(nn.relu), [(id 2): (id 3): AltPattern((invoke pattern id 0) | VarPattern(x))])"
    )
    assert "[*, (invoke pattern id 2)]" in str(is_op("add")(*[wildcard()] * 2))
    assert isinstance(is_op("add").expr, Op)


def test_dominators_of_a_graph():
    a = x()
    top = call("nn.relu", a)
    left, right = call("exp", top), call("tanh", top)
    root = call("add", left, right)
    graph = IndexedGraph(root)
    number = graph.index
    assert graph.nodes[-1] is root
    assert graph.dominator[number[top]] == number[root]
    assert graph.dominator[number[left]] == number[root]
    assert graph.dominates(number[root], number[a])
    assert not graph.dominates(number[left], number[top])
    assert not graph.dominates(number[root], number[root])


def test_recursive_functions_keep_the_graph_without_cycles():
    loop, a = Var("loop"), x()
    recursive = Let(loop, Function((a,), Call(loop, (a,))), Call(loop, (x(),)))
    graph = IndexedGraph(recursive)
    assert all(source < target for target, sources in enumerate(graph.inputs) for source in sources)
    handed_on = Let(loop, Function((a,), Tuple((loop,))), loop)
    assert not df.is_var("other").match(handed_on)


@pytest.mark.parametrize("depth", [5_000])
def test_long_chains(depth: int):
    a, w = x(), x()
    chain: Expr = a
    for index in range(depth):
        chain = call("add", chain, w) if index % 3 == 0 else call("nn.relu", chain)
    pattern = is_op("nn.relu")(is_op("add")(df.has_dtype("float32"), wildcard()))
    parts = pattern.partition(chain)
    assert sum(isinstance(node, Function) for node in IndexedGraph(parts).nodes) == (depth + 1) // 3
    changed = rewrite(Replace(pattern, lambda _, post, __: post.args[0], rewrite_once=True), chain)
    assert len(IndexedGraph(changed).nodes) < len(IndexedGraph(chain).nodes)
    conv = call("nn.conv2d", a, w)
    diamond = call("add", relus(depth, conv), call("tanh", conv))
    elementwise = wildcard().has_attr({"TOpPattern": 0})(wildcard())
    into_one = (wildcard() + wildcard()).dominates(is_op("nn.conv2d")(wildcard(), wildcard()), elementwise)
    assert into_one.match(diamond)
    # No convolution at the other end: every node of the chain looks for one.
    assert is_op("nn.relu")(wildcard()).dominates(is_op("nn.conv2d")(None)).partition(chain) is chain
    inner = wildcard()
    recursive = is_op("nn.relu")(inner) | is_op("nn.conv2d")(None)
    inner.redirect_to(recursive)
    assert recursive.match(relus(depth, conv))


def test_ways_that_part_and_meet_again():
    """Sixty diamonds have more ways than can be walked; TVM walks them all."""
    conv = call("nn.conv2d", x(), x())
    body: Expr = conv
    for _ in range(60):
        body = call("add", call("nn.relu", body), call("tanh", body))
    assert (wildcard() + wildcard()).dominates(is_op("nn.conv2d")(None)).match(body)
