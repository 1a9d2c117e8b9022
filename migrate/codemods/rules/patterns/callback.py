"""``DFPatternCallback`` and ``rewrite``: what stands for them in a file that writes callbacks for Relax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst
from libcst import matchers as m

from migrate.codemods.dataflow import NEW_MODULE, OLD_MODULE
from migrate.codemods.edits import definitions, put
from migrate.codemods.imports import NameTaken, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_BASE, _REWRITE = f"{OLD_MODULE}.DFPatternCallback", f"{OLD_MODULE}.rewrite"

_CLASS = '''class DFPatternCallback:
    """A pattern and what its matches are replaced by, as Relay had it, on relax.dpl.rewrite_call."""

    def __init__(self, require_type=False, rewrite_once=False):
        self.pattern = None
        self.require_type = require_type
        self.rewrite_once = rewrite_once

    def callback(self, pre, post, node_map):
        """What a matched call is replaced by; pre and post are both the call."""
        raise NotImplementedError

    def rewrite(self, func):
        """The function with every match replaced."""
        matched = []
        rewrite_call(self.pattern, lambda call, node_map: matched.append(call) or call, func)
        # rewrite_call starts again after every change: what it may do in all is bounded.
        left = len(matched) * (1 if self.rewrite_once else 100)

        def replace(call, node_map):
            nonlocal left
            left -= 1
            new = self.callback(call, call, node_map) if left >= 0 else None
            return call if new is None else new

        return rewrite_call(self.pattern, replace, func)
'''
_FUNCTION = '''def rewrite(callbacks, func, mod=None):
    """The function rewritten by one callback, or by several in turn until none changes it any more."""
    callbacks = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for _ in range(100):
        before = func
        for callback in callbacks:
            func = callback.rewrite(func)
        if callbacks[-1].rewrite_once or structural_equal(before, func):
            break
    return func
'''


class Callbacks(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.patterns.callback"
    title: ClassVar[str] = "DFPatternCallback and rewrite stand on relax.dpl.rewrite_call"
    explanation: ClassVar[str] = (
        "Relax has no callback classes: rewrite_call takes a pattern, a function and a Relax function. The file gets a"
        " small class of the old name (and the function rewrite, where it is called) that hand callbacks to"
        " rewrite_call, so that their constructors, flags and subclasses stay as they are. rewrite_call replaces until"
        " nothing matches; rewrite_once is kept by replacing no more often than the pattern matched in the beginning."
        " pre and post are the same call; as in Relay, a callback that gives None or post leaves it."
    )
    facts: ClassVar[str] = (
        "PatternRewriter of TVM 0.19 (rounds, at most 100); relax.dpl.rewrite_call in TVM 0.21 and 0.27"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.relay.dataflow_pattern import DFPatternCallback
from tvm.relax.dpl import is_op, wildcard


class DropCopy(DFPatternCallback):
    def __init__(self):
        super().__init__(require_type=True)
        self.x = wildcard()
        self.pattern = is_op("relax.nn.relu")(self.x)

    def callback(self, pre, post, node_map):
        return node_map[self.x][0]
""",
            "from tvm.relax.dpl import rewrite_call\nfrom tvm.relax.dpl import is_op, wildcard\n\n\n"
            + _CLASS
            + """

class DropCopy(DFPatternCallback):
    def __init__(self):
        super().__init__(require_type=True)
        self.x = wildcard()
        self.pattern = is_op("relax.nn.relu")(self.x)

    def callback(self, pre, post, node_map):
        return node_map[self.x]
""",
        ),
        Example(
            """from tvm.relay.dataflow_pattern import rewrite
from mine import Fuse, Drop

def run(mod):
    mod["main"] = rewrite([Fuse(), Drop()], mod["main"])
    return mod
""",
            """from tvm_ffi import structural_equal
from mine import Fuse, Drop


"""
            + _FUNCTION
            + """

def run(mod):
    mod["main"] = rewrite([Fuse(), Drop()], mod["main"])
    return mod
""",
        ),
        Example(
            """from mine import Fuse


def run(mod):
    from tvm.relay.dataflow_pattern import rewrite

    return rewrite(Fuse(), mod["main"])
""",
            "from mine import Fuse\n\n\nfrom tvm_ffi import structural_equal\n\n\n"
            + _FUNCTION
            + """

def run(mod):

    return rewrite(Fuse(), mod["main"])
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from mine import DFPatternCallback\n\n\nclass A(DFPatternCallback):\n    pass\n",
        "from tvm.relax.dpl import rewrite_call\n\nf = rewrite_call(p, r, f)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm.relay.dataflow_pattern import rewrite\n\nrewrite_call = 3\nf = rewrite(c, f)\n"
            "structural_equal = 1\n",
            "structural_equal means something else",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "DFPatternCallback" in text or ("rewrite" in text and "dataflow_pattern" in text) or "node_map" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        bases, calls = file.uses_of((_BASE,)), file.uses_of((_REWRITE,))
        if bases or calls:
            yield from self._stand_ins(file, bases, calls, target)
        if any(name.startswith(OLD_MODULE) for name in file.uses):
            for function in file.functions:
                if (name := _node_map(function)) is not None:
                    yield from self._lookups(file, function, name)

    def _stand_ins(self, file: SourceFile, bases: list[Use], calls: list[Use], target: Target) -> Iterator[Planned]:
        uses = sorted((*bases, *calls), key=lambda use: (file.span(use.node).line, file.span(use.node).column))
        needed = [f"{NEW_MODULE}.rewrite_call"] * bool(bases) + [target.word("structural_equal")] * bool(calls)
        ways = [way_to(file, uses[0], name) for name in needed]
        for way in ways:
            if isinstance(way, NameTaken):
                yield self.refuse(file, uses[0].node, way.reason, way.hint, tuple(use.node for use in uses))
                return
        text = "\n\n".join([_CLASS] * bool(bases) + [_FUNCTION] * bool(calls))
        for way, name in zip(ways, needed, strict=True):
            assert not isinstance(way, NameTaken)
            written = cst.Module([]).code_for_node(way.expression)
            text = text.replace(f"{name.rpartition('.')[2]}(", f"{written}(")
        imports = tuple(item for way in ways if not isinstance(way, NameTaken) for item in way.imports)
        # What is written stands outside of the function that a file may import the old names in.
        inner = [item for item in imports if file.around(item.beside, cst.FunctionDef) is not None]
        imports = tuple(item for item in imports if item not in inner)
        text = "".join(f"from {item.package} import {item.name}\n" for item in inner) + "\n\n" * bool(inner) + text
        statement = _top(file, uses[0].node)
        plain = tuple(use.node for use in uses if isinstance(use.node, cst.Name))
        yield Edit(self.id, statement, lambda node: _before(node, text), imports, claims=plain)
        for use in uses:
            if isinstance(use.node, cst.Attribute):
                last = cst.Name(use.node.attr.value)
                yield Edit(self.id, use.node, put(last))

    def _lookups(self, file: SourceFile, function: cst.FunctionDef, name: str) -> Iterator[Planned]:
        for found in m.findall(function.body, m.Subscript(value=m.Subscript(value=m.Name(name)))):
            assert isinstance(found, cst.Subscript)
            if _index(found) == "0":
                yield Edit(self.id, found, _first)
            else:
                hint = "one expression matches each pattern in Relax, no list of them"
                yield self.refuse(file, found, "more than the first match of a pattern is asked for", hint)


def _top(file: SourceFile, node: cst.CSTNode) -> cst.CSTNode:
    """The statement of the module that a node stands in."""
    while not isinstance(file.parent(node), cst.Module):
        parent = file.parent(node)
        assert parent is not None, "every use stands in a module"
        node = parent
    return node


def _before(node: cst.CSTNode, text: str) -> cst.FlattenSentinel[cst.CSTNode]:
    body = definitions(text)
    lines = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
    body = [body[0].with_changes(leading_lines=lines), *body[1:]]
    own = tuple(getattr(node, "leading_lines", ()))
    blank = sum(line.comment is None for line in own)
    node = node.with_changes(leading_lines=(*lines[blank:], *own))
    return cst.FlattenSentinel([*body, node])


def _node_map(function: cst.FunctionDef) -> str | None:
    """The parameter that maps patterns to what they matched: the fourth of ``callback``, or one of this name."""
    names = [parameter.name.value for parameter in function.params.params]
    if function.name.value == "callback" and len(names) == 4 and names[0] == "self":
        return names[3]
    return "node_map" if "node_map" in names else None


def _index(node: cst.Subscript) -> str:
    item = node.slice[0].slice if len(node.slice) == 1 else None
    return item.value.value if isinstance(item, cst.Index) and isinstance(item.value, cst.Integer) else ""


def _first(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Subscript)
    return node.value.with_changes(lpar=node.lpar, rpar=node.rpar)


RULE = Callbacks()
