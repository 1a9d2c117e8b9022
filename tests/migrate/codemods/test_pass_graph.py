"""The passes of a source tree and the order in which they are ported."""

from pathlib import Path

from migrate.codemods.pass_graph import PassNode, pass_graph

TREE = {
    "fork/__init__.py": "from .rewrites import *\nfrom .visitors import Count as Counter\n",
    "fork/visitors.py": """
from tvm.relay import ExprVisitor

class Count(ExprVisitor):
    def visit_call(self, call):
        super().visit_call(call)

class Deeper(Count):
    pass
""",
    "fork/rewrites.py": """
import tvm
from tvm.relay.dataflow_pattern import DFPatternCallback, rewrite
from . import visitors

class Fold(DFPatternCallback):
    def callback(self, pre, post, node_map):
        return post

def helper(expr):
    visitors.Count().visit(expr)
    return rewrite([Fold()], expr)

def unused():
    return Fold
""",
    "fork/passes.py": """
import fork
from tvm import relay
from fork import helper, Counter

@relay.transform.function_pass(opt_level=1)
class Optimize:
    def transform_function(self, func, mod, ctx):
        return helper(func)

@tvm.transform.module_pass(opt_level=0)
def partition(mod, ctx):
    fork.Counter()
    return Optimize()(mod)
""",
    "fork/loop.py": """
from tvm.relay import ExprMutator

class A(ExprMutator):
    def go(self):
        return B()

class B(ExprMutator):
    def go(self):
        return A()
""",
    "fork/broken.py": "def (",
}


def graph(tree: dict[str, str] = TREE) -> dict[str, PassNode]:
    modules = {Path(name): name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in tree}
    nodes = pass_graph({Path(name): text for name, text in tree.items()}, modules)
    assert [node.step for node in nodes] == sorted(node.step for node in nodes)
    return {node.name: node for node in nodes}


def test_kinds_follow_bases_and_decorators() -> None:
    assert {name.rpartition(".")[2]: node.kind for name, node in graph().items()} == {
        "Count": "visitor",
        "Deeper": "visitor",
        "Fold": "pattern callback",
        "Optimize": "function pass",
        "partition": "module pass",
        "A": "mutator",
        "B": "mutator",
    }


def test_uses_go_through_helpers_aliases_and_star_imports() -> None:
    found = graph()
    assert found["fork.passes.Optimize"].uses == ("fork.rewrites.Fold", "fork.visitors.Count")
    assert found["fork.passes.partition"].uses == ("fork.passes.Optimize", "fork.visitors.Count")


def test_steps_come_after_what_they_use() -> None:
    found = graph()
    steps = {name: node.step for name, node in found.items()}
    assert all(steps[used] < steps[name] for name in found for used in found[name].uses if "loop" not in name)
    assert steps["fork.passes.partition"] == 3


def test_passes_that_use_each_other_share_a_step() -> None:
    found = graph()
    assert found["fork.loop.A"].step == found["fork.loop.B"].step == 1
    assert found["fork.loop.A"].uses == ("fork.loop.B",)


def test_places_are_those_of_the_definition() -> None:
    node = graph()["fork.visitors.Count"]
    assert (node.path, node.line, node.end_line) == (Path("fork/visitors.py"), 4, 6)


def test_re_exports_in_a_circle_end() -> None:
    tree = {
        "a.py": "from b import X\n",
        "b.py": "from a import X\nfrom a import *\n",
        "c.py": "from a import X\nfrom tvm.relay import ExprVisitor\nclass V(ExprVisitor):\n    x = X\n",
    }
    assert graph(tree)["c.V"].uses == ()
