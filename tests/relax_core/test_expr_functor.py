"""Functors that users subclass. Orders and results are those of tvm.relax's PyExprVisitor and PyExprMutator."""

from typing import Any

import pytest
from relax_build import bindings, call, main, names, relax, tensor, variable

from relax_core.expr_functor import PyExprMutator, PyExprVisitor, mutator, visitor
from relax_core.ir.expr import (
    BindingBlock,
    Constant,
    DataflowBlock,
    DataflowVar,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
    op,
)
from relax_core.normalize import normalize
from relax_core.types.relations import same_type
from relax_core.well_formed import check
from tensor_core.prim import Var as SymbolicVar


class Log(PyExprVisitor):
    def __init__(self):
        super().__init__()
        self.log = []


def _logging(name):
    def visit(self, node):
        getattr(super(Log, self), name)(node)
        self.log.append(name[len("visit_") :].strip("_"))

    return visit


for _name in [
    "call", "var", "dataflow_var", "constant", "tuple", "op", "seq_expr", "if", "function", "tuple_getitem",
    "var_binding", "match_cast", "binding_block", "dataflow_block", "var_def", "dataflow_var_def",
]:  # fmt: skip
    setattr(Log, f"visit_{_name}_", _logging(f"visit_{_name}_"))


def relu(value):
    return relax("nn.relu", value)


def _normal(*params, body):
    return main(normalize(IRModule({GlobalVar("main"): Function(params, body)})))


def test_a_value_is_visited_before_its_definition():
    x, d, o = variable("x", 2), DataflowVar("d"), Var("o")
    blocks = (DataflowBlock((VarBinding(d, relu(x)), VarBinding(o, Tuple((d, d))))),)
    log = visitor(Log)()
    log.visit_expr(_normal(x, body=SeqExpr(blocks, TupleGetItem(o, 0))))
    assert log.log == [
        "var_def", "op", "var", "call", "var_def", "dataflow_var_def", "var_binding",
        "dataflow_var", "dataflow_var", "tuple", "var_def", "var_binding", "dataflow_block",
        "var", "tuple_getitem", "var_def", "var_binding", "binding_block", "var", "seq_expr", "function",
    ]  # fmt: skip


def test_overriding_visit_expr_sees_every_expression():
    class Count(PyExprVisitor):
        seen = 0

        def visit_expr(self, expr):
            self.seen += 1
            super().visit_expr(expr)

    count = Count()
    count.visit_expr(relax("add", variable("x", 2), variable("y", 2)))
    # The call, its operator, two arguments and the shape of the type of each.
    assert count.seen == 6


def test_decorated_classes_are_not_to_be_inherited_from():
    Leaf: Any = visitor(Log)
    assert visitor(type("More", (Leaf._cls,), {}))._cls.__mro__[1] is Log
    with pytest.raises(TypeError, match=r"decorated object `More` is not allowed. Please inherit from `More._cls`"):
        visitor(type("More", (Leaf,), {}))


@mutator
class AddToMultiply(PyExprMutator):
    def visit_call_(self, call):
        call = self.visit_expr_post_order(call)
        return relax("multiply", *call.args) if call.op is op("relax.add") else call


def test_a_mutator_rewrites_calls_and_keeps_what_does_not_change():
    x = variable("x", 2)
    function = _normal(x, body=relu(relax("add", relu(x), x)))
    new = AddToMultiply().visit_expr(function)
    assert [b.value.op.name for b in bindings(new)] == ["relax.nn.relu", "relax.multiply", "relax.nn.relu"]
    assert names(new) == names(function)
    assert bindings(new)[0] is bindings(function)[0]
    unchanged = _normal(x, body=relu(x))
    assert AddToMultiply().visit_expr(unchanged) is unchanged


def test_nested_results_are_bound():
    @mutator
    class Twice(PyExprMutator):
        def visit_call_(self, call):
            return relu(relu(self.visit_expr_post_order(call)))

    x = variable("x", 2)
    new = Twice().visit_expr(_normal(x, body=relax("add", x, x)))
    assert [b.value.op.name for b in bindings(new)] == ["relax.add", "relax.nn.relu", "relax.nn.relu"]
    assert names(new)[-1] == "gv"
    assert not check(IRModule({GlobalVar("main"): new}))


def test_types_that_change_reach_later_uses():
    @mutator
    class Wider(PyExprMutator):
        def visit_var_binding_(self, binding):
            if binding.var.name == "wide":
                self.reemit_binding(binding, self.visit_expr(call("concatenate", Tuple((x, x)), axis=0)))
            else:
                super().visit_var_binding_(binding)

    x, wide = variable("x", 2), Var("wide")
    body = SeqExpr((BindingBlock((VarBinding(wide, relu(x)),)),), relu(wide))
    function = _normal(x, body=body)
    new = Wider().visit_expr(function)
    assert [str(b.var.ty) for b in bindings(new)] == [str(tensor(4))] * 2
    assert same_type(new.ret_ty, tensor(4))
    assert bindings(new)[1].value.args[0] is bindings(new)[0].var


def test_emitting_through_the_builder_and_looking_up():
    @mutator
    class Insert(PyExprMutator):
        def visit_call_(self, call):
            first = self.builder_.emit(relu(call.args[0]))
            bound: Any = self.lookup_binding(first)
            assert bound.op.name == "relax.nn.relu"
            return relax("add", first, call.args[1])

    x = variable("x", 2)
    new = Insert().visit_expr(_normal(x, body=relax("add", x, x)))
    assert names(new) == ["gv", "gv"]
    assert len(new.body.blocks) == 1


def test_set_var_remap_replaces_parameters():
    x, y = variable("x", 2), variable("y", 2)

    @mutator
    class Swap(PyExprMutator):
        def visit_var_def_(self, var):
            self.set_var_remap(x, y)
            return y if var is x else super().visit_var_def_(var)

    new = Swap().visit_expr(_normal(x, body=relu(x)))
    assert new.params == (y,)
    assert bindings(new)[0].value.args == (y,)


def test_branches_casts_and_constants():
    n = SymbolicVar("n")
    c, x, y = variable("c", dtype="bool"), variable("x", 4), Var("y")
    cast = MatchCast(y, x, tensor(n))
    body = SeqExpr((BindingBlock((cast,)),), If(c, relax("add", y, y), y))
    function = _normal(c, x, body=body)
    new = AddToMultiply().visit_expr(function)
    assert bindings(new)[0] is bindings(function)[0]
    branch = bindings(new)[1].value
    assert branch.true_branch.blocks[0].bindings[0].value.op.name == "relax.multiply"
    assert branch.false_branch is bindings(function)[1].value.false_branch
    array = Constant(__import__("numpy").zeros(2))
    assert AddToMultiply().visit_expr(array) is array


@pytest.mark.parametrize("depth", [1_000])
def test_depth_is_no_limit(depth):
    x = nest = variable("x", 2)
    for _ in range(depth):
        nest = If(variable("c", dtype="bool"), relax("add", nest, x), x)
    function = _normal(x, body=nest)
    log = Log()
    log.visit_expr(function)
    assert log.log.count("if") == depth
    assert AddToMultiply().visit_expr(function) is not function
