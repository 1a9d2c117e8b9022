"""Graphs of patterns in a dataflow block: uses, only uses, argument places, equal shapes, nested contexts."""

import pytest
from relax_build import main

from relax_core.dpl import PatternContext, is_call_dps_packed, is_op, is_var, wildcard
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError


def block(*lines, params="x: R.Tensor((8, 8), 'float32'), w: R.Tensor((8, 8), 'float32')"):
    """A dataflow block of ``name = f(args)``: calls of external functions unless they are of R."""
    body = []
    for line in lines:
        name, value = line.split(" = ")
        if not value.startswith("R."):
            callee, args = value.rstrip(")").split("(")
            value = f"R.call_dps_packed('{callee}', ({args},), R.Tensor((8, 8), 'float32'))"
        body.append(f"            {name} = {value}")
    last = lines[-1].split(" = ")[0]
    text = "\n".join(
        [
            "@I.ir_module",
            "class Module:",
            "    @R.function",
            f"    def main({params}):",
            "        with R.dataflow():",
            *body,
            f"            R.output({last})",
            f"        return {last}",
        ]
    )
    return main(read(text)).body.blocks[0]


packed = is_call_dps_packed
DIAMOND = ("a = mm(x, w)", "b = relu(a)", "c = sig(a)", "d = add(b, c)")


def test_a_chain_is_found_with_its_variables():
    with PatternContext() as context:
        chain = packed("mm") >> packed("relu") >> packed("neg")
    found = context.match_dfb(block("a = mm(x, w)", "b = relu(a)", "c = neg(b)"))
    assert found is not None
    assert [found[pattern].name for pattern in chain.patterns] == ["a", "b", "c"]
    assert context.match_dfb(block("a = mm(x, w)", "b = neg(a)", "c = relu(b)")) is None


@pytest.mark.parametrize(("only", "expected"), [(False, True), (True, False)])
def test_only_used_by_counts_users(only, expected):
    with PatternContext() as context:
        root, relu, sig, add = packed("mm"), packed("relu"), packed("sig"), packed("add")
        for user in (relu, sig):
            root.only_used_by(user) if only else root.used_by(user)
            user.only_used_by(add)
    assert (context.match_dfb(block(*DIAMOND)) is not None) is expected


def test_fork_to_states_several_uses():
    with PatternContext() as context:
        relu, sig = packed("relu"), packed("sig")
        packed("mm").fork_to(relu, sig)
    assert context.match_dfb(block(*DIAMOND))


def test_argument_places_and_different_producers():
    twice, both = ("a = relu(x)", "b = add(a, a)"), ("a = relu(x)", "b = relu(x)", "c = add(a, b)")
    with PatternContext() as context:
        relu, add = packed("relu"), packed("add")
        relu.only_used_by(add, index=0)
        relu.only_used_by(add, index=1)
    assert context.match_dfb(block(*twice))
    assert not context.match_dfb(block(*both))
    with PatternContext() as context:
        add = packed("add")
        packed("relu").only_used_by(add)
        packed("relu").only_used_by(add)
    assert context.match_dfb(block(*both))
    assert not context.match_dfb(block(*twice))


def test_call_patterns_state_their_own_edges():
    lines = ("a = R.matmul(x, w)", "b = R.matmul(x, v)", "c = R.add(a, b)")
    params = ", ".join(f"{name}: R.Tensor((8, 8), 'float32')" for name in "xwv")
    with PatternContext() as context:
        source, first, second = wildcard(), wildcard(), wildcard()
        is_op("relax.matmul")(source, first)
        is_op("relax.matmul")(source, second)
    found = context.match_dfb(block(*lines, params=params))
    assert found is not None
    assert [found[pattern].name for pattern in (source, first, second)] == ["x", "w", "v"]
    other = ("a = R.matmul(x, w)", "b = R.matmul(w, v)", "c = R.add(a, b)")
    assert context.match_dfb(block(*other, params=params)) is None


def test_duplicated_sequences_are_matched_apart():
    lines = ("a = conv(x, w)", "b = relu(a)", "c = conv(x, w)", "d = relu(c)", "e = cat(b, d)")
    with PatternContext() as context:
        first = packed("conv") >> packed("relu")
        second = first.dup()
        is_var("x").fork_to(first, second)
    found = context.match_dfb(block(*lines))
    assert found is not None
    assert {found[first[1]].name, found[second[1]].name} == {"b", "d"}
    with PatternContext() as context:
        first = packed("conv") >> packed("relu")
        is_var("y").fork_to(first, first.dup())
    assert context.match_dfb(block(*lines)) is None


def test_contexts_nest_and_an_incremental_one_goes_on():
    chain = block("a = relu(x)", "b = sig(a)", "c = neg(b)")
    relu, sig, neg = packed("relu"), packed("sig"), packed("neg")
    with PatternContext() as outer:
        relu.only_used_by(sig)
        with PatternContext(incremental=True) as inner:
            sig.only_used_by(neg)
            assert PatternContext.current() is inner
            assert inner.match_dfb(chain)
            assert not inner.match_dfb(block("a = sig(x)", "b = neg(a)"))
        with PatternContext() as fresh:
            sig.only_used_by(neg)
        assert fresh.match_dfb(block("a = sig(x)", "b = neg(a)"))
        assert PatternContext.current() is outer
        assert outer.match_dfb(chain)
    with pytest.raises(DiagnosticError, match="needs one to start from"):
        PatternContext(incremental=True)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("(8, 8)", "(8, 8)", True),
        ("('n', 8)", "('n', 8)", True),
        ("(8, 8)", "(1, 8)", False),
        ("('n', 8)", "('m', 8)", False),
    ],
)
def test_same_shape_constraints(left, right, expected):
    with PatternContext() as context:
        lhs, rhs = wildcard(), wildcard()
        is_op("relax.add")(lhs, rhs)
        lhs.same_shape_as(rhs)
    params = f"x: R.Tensor({left}, 'float32'), w: R.Tensor({right}, 'float32')"
    found = context.match_dfb(block("a = R.add(x, w)", params=params))
    assert (found is not None) is expected


def test_a_constraint_about_a_stranger_is_refused():
    with PatternContext() as context:
        packed("relu").only_used_by(packed("neg"))
        wildcard().same_shape_as(wildcard())
    with pytest.raises(DiagnosticError, match="does not appear in the context"):
        context.match_dfb(block("a = relu(x)", "b = neg(a)"))


def test_sequences_read_as_they_are_written():
    chain = (is_var("a") >> is_var("b")) ^ is_var("c")
    assert str(chain) == "[VarPattern(a) >> VarPattern(b) ^ VarPattern(c)]"
    assert chain[2].name_hint == "c"  # type: ignore[attr-defined]
