"""Which passes a source tree holds, which of them use which, and in which order they are ported.

A pass is what a person moves in one piece: a function or class under ``function_pass`` or ``module_pass``, a visitor or
mutator of expressions, a pattern callback, a pattern table. One uses another when its code names it, directly or
through helper functions and classes of the tree. Names are followed through imports; nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate.codemods.modules import Definition, Module, absolute, read_module, resolve

if TYPE_CHECKING:
    import networkx

DECORATORS = {
    "function_pass": "function pass",
    "module_pass": "module pass",
    "dataflowblock_pass": "dataflow block pass",
    "register_pattern_table": "pattern table",
}
BASES = {
    "DFPatternCallback": "pattern callback",
    "ExprMutator": "mutator",
    "MixedModeMutator": "mutator",
    "PyExprMutator": "mutator",
    "ExprVisitor": "visitor",
    "MixedModeVisitor": "visitor",
    "PyExprVisitor": "visitor",
    "ExprFunctor": "functor",
    "TypeMutator": "type mutator",
    "TypeVisitor": "type visitor",
}
"""What a class is by the last name of a base that it has from outside of the tree."""


@dataclass(frozen=True, slots=True)
class PassNode:
    """One pass: its dotted name in the tree, where it stands, and the names of passes that it uses."""

    name: str
    kind: str
    path: Path
    line: int
    end_line: int
    uses: tuple[str, ...]
    step: int
    """Passes of one step use only passes of steps before; those that use each other stand in one step."""

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "name": self.name,
            "kind": self.kind,
            "place": f"{self.path}:{self.line}",
            "uses": list(self.uses),
            "step": self.step,
        }


def pass_graph(texts: Mapping[Path, str], modules: Mapping[Path, str]) -> tuple[PassNode, ...]:
    """The passes of a tree in porting order: by step, then by name. ``modules``: the dotted name of each file.

    Texts that Python does not parse are passed over; the port of the file says so.
    """
    found: dict[str, Module] = {}
    for path, text in texts.items():
        module = read_module(text, path, modules[path])
        if module is not None:
            found[modules[path]] = module
    definitions = {
        f"{name}.{local}": item for name, module in found.items() for local, item in module.definitions.items()
    }
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(definitions)
    for name, item in definitions.items():
        home = found[modules[item.path]]
        for used in sorted(item.names):
            target = resolve(absolute(used, home, modules[item.path]), found)
            if target is not None and target != name and target in definitions:
                graph.add_edge(name, target)
    kinds = _kinds(definitions, found, modules)
    uses = {name: _reached(graph, name, kinds) for name in kinds}
    return _in_order(definitions, kinds, uses)


# ---- passes


def _kinds(
    definitions: Mapping[str, Definition], modules: Mapping[str, Module], names: Mapping[Path, str]
) -> dict[str, str]:
    """What kind of pass each definition is that is one; classes are what their bases are, in the tree or out of it."""
    kinds: dict[str, str] = {}
    derived: dict[str, list[str]] = {}
    pending: list[tuple[str, str]] = []
    for name, item in definitions.items():
        home = modules[names[item.path]]
        for decorator in item.decorators:
            kind = DECORATORS.get(decorator.rpartition(".")[2])
            if kind is not None:
                pending.append((name, kind))
        for base in item.bases:
            target = resolve(absolute(base, home, names[item.path]), modules)
            if target is not None:
                derived.setdefault(target, []).append(name)
            elif (kind := BASES.get(base.rpartition(".")[2])) is not None:
                pending.append((name, kind))
    while pending:
        name, kind = pending.pop()
        if name not in kinds:
            kinds[name] = kind
            pending += [(child, kind) for child in derived.get(name, [])]
    return kinds


def _reached(graph: networkx.DiGraph[str], start: str, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """The passes that one uses, through helpers that are none."""
    found: set[str] = set()
    seen = {start}
    pending = [start]
    while pending:
        for used in graph.successors(pending.pop()):
            if used in seen:
                continue
            seen.add(used)
            if used in kinds:
                found.add(used)
            else:
                pending.append(used)
    return tuple(sorted(found))


def _in_order(
    definitions: Mapping[str, Definition], kinds: Mapping[str, str], uses: Mapping[str, Sequence[str]]
) -> tuple[PassNode, ...]:
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(uses)
    graph.add_edges_from((used, name) for name, targets in uses.items() for used in targets)
    groups = networkx.condensation(graph)
    steps: dict[str, int] = {}
    for step, generation in enumerate(networkx.topological_generations(groups), 1):
        for group in generation:
            members: Iterable[str] = groups.nodes[group]["members"]
            steps.update(dict.fromkeys(members, step))
    nodes = (
        PassNode(
            name,
            kinds[name],
            item.path,
            item.node.lineno,
            item.node.end_lineno or item.node.lineno,
            tuple(uses[name]),
            steps[name],
        )
        for name, item in definitions.items()
        if name in kinds
    )
    return tuple(sorted(nodes, key=lambda node: (node.step, node.name)))
