"""The graph of a fork's passes: who uses whom, and an order to port them in."""

from migrate.codemods.names import SourceFile
from migrate.codemods.pass_graph import pass_graph, porting_order
from migrate.codemods.source import parse
from migrate.codemods.tree import Place

FIRST = """from tvm import relay
from tvm.relay.dataflow_pattern import DFPatternCallback, rewrite
from fork.helpers import Seen


class Fold(DFPatternCallback):
    def callback(self, pre, post, node_map):
        return half(post)


def half(call):
    return call


def unrelated():
    return 1


@relay.transform.function_pass(opt_level=1)
class Run:
    def transform_function(self, func, mod, ctx):
        Seen().visit(func)
        return rewrite(Fold(), func)
"""
SECOND = """from tvm.relay import ExprVisitor


class Seen(ExprVisitor):
    pass
"""


def test_units_and_what_they_use() -> None:
    files = [
        SourceFile(parse(text, name), name, Place("fork"))
        for text, name in ((FIRST, "first.py"), (SECOND, "helpers.py"))
    ]
    graph = pass_graph(files)
    kinds = {unit.name: unit.kind for unit in graph}
    assert kinds == {"Fold": "callback", "half": "user", "Run": "function pass", "Seen": "visitor"}
    assert sorted((str(a), str(b)) for a, b in graph.edges) == [
        ("fork.first.Fold", "fork.first.half"),
        ("fork.first.Run", "fork.first.Fold"),
        ("fork.first.Run", "fork.helpers.Seen"),
    ]
    assert [unit.name for unit in porting_order(graph)] == ["half", "Fold", "Seen", "Run"]


def test_units_that_use_each_other_stand_together() -> None:
    text = "from tvm.relay import ExprMutator\n\nclass A(ExprMutator):\n    b = B\n\nclass B(ExprMutator):\n    a = A\n"
    order = porting_order(pass_graph([SourceFile(parse(text, "x.py"), "x.py")]))
    assert [unit.name for unit in order] == ["A", "B"]
