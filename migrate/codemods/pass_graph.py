"""Who uses whom among the passes of a fork: classes and functions of files, and an order to port them in.

A unit is a class or function at the top of a module that has to do with passes: it carries a pass decorator, derives
from a callback, a mutator or a visitor, is a pattern table, or uses one of these. An arrow goes from a unit to what it
uses, within a file or through an import from another file of the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import libcst as cst
import networkx as nx
from libcst import matchers as m

from migrate.codemods.functors import functors_of
from migrate.codemods.names import SourceFile, dotted

_CALLBACK = ("tvm.relay.dataflow_pattern.DFPatternCallback",)
_DECORATORS = {
    "tvm.relay.transform.function_pass": "function pass",
    "tvm.transform.module_pass": "module pass",
    "tvm.relay.contrib.register_pattern_table": "pattern table",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """One class or function. ``kind``: what it is ("callback", "mutator", "function pass", ...), "user" for what only
    uses others; ``module``: the dotted module, or the file's name where there is no package; ``line``: where it stands.
    """

    module: str
    name: str
    kind: str
    line: int = field(compare=False, default=0)

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


def pass_graph(files: Iterable[SourceFile]) -> nx.DiGraph[Unit]:
    """The units of files and what they use. Units that have to do with no pass are left out."""
    found: dict[tuple[str, str], tuple[Unit, cst.CSTNode, SourceFile]] = {}
    for file in files:
        module = module_of(file)
        for statement in file.module.body:
            if isinstance(statement, (cst.ClassDef, cst.FunctionDef)):
                name = statement.name.value
                span = file.span(statement)
                found[module, name] = Unit(module, name, _kind(file, statement), span.line), statement, file
    graph: nx.DiGraph[Unit] = nx.DiGraph()
    names = {key: unit for key, (unit, _, _) in found.items()}
    for unit, statement, file in found.values():
        graph.add_node(unit)
        for other in _used(file, statement, names):
            if other != unit:
                graph.add_edge(unit, other)
    _only_about_passes(graph)
    return graph


def porting_order(graph: nx.DiGraph[Unit]) -> list[Unit]:
    """What is used before what uses it; units that use each other stand next to each other, by name."""
    groups = nx.condensation(graph)
    order: list[Unit] = []

    def first(group: int) -> str:
        return min(map(str, groups.nodes[group]["members"]))

    for group in nx.lexicographical_topological_sort(groups.reverse(), key=first):
        order.extend(sorted(groups.nodes[group]["members"], key=str))
    return order


def module_of(file: SourceFile) -> str:
    """A file's dotted module; its name without the suffix where it is in no package."""
    stem = file.name.replace("\\", "/").rpartition("/")[2].removesuffix(".py")
    package = file.place.package
    if stem == "__init__" and package:
        return package
    return f"{package}.{stem}" if package else stem


def _kind(file: SourceFile, statement: cst.ClassDef | cst.FunctionDef) -> str:
    for item in statement.decorators:
        node = item.decorator.func if isinstance(item.decorator, cst.Call) else item.decorator
        kind = _DECORATORS.get(file.name_of(node))
        if kind is not None:
            return kind
    if isinstance(statement, cst.ClassDef):
        functor = functors_of(file).get(statement.name.value)
        if functor is not None:
            return functor.kind
        if any(file.name_of(arg.value) in _CALLBACK for arg in statement.bases):
            return "callback"
    return "user"


def _used(file: SourceFile, statement: cst.CSTNode, names: Mapping[tuple[str, str], Unit]) -> Iterable[Unit]:
    module = module_of(file)
    for node in m.findall(statement, m.Name()):
        if isinstance(node, cst.Name) and (module, node.value) in names and file.use_of(node) is None:
            yield names[module, node.value]
    for node in m.findall(statement, m.Name() | m.Attribute()):
        use = file.use_of(node)
        if use is None:
            continue
        home, _, last = use.name.rpartition(".")
        unit = names.get((home, last)) or names.get((home.rpartition(".")[2], last))
        if unit is not None and dotted(node):
            yield unit


def _only_about_passes(graph: nx.DiGraph[Unit]) -> None:
    """Leave out units that neither are about passes nor use one that is, or are used by one."""
    about = {unit for unit in graph if unit.kind != "user"}
    near = {other for unit in about for other in (*graph.predecessors(unit), *graph.successors(unit))}
    graph.remove_nodes_from([unit for unit in graph if unit not in about and unit not in near])
