"""Relax scripts as modules: what this package prints, and what TVM 0.19 to 0.27 print of the same constructs."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, cast

from relax_core.ir.expr import ExternFunc, GlobalVar, IRModule
from relax_core.ir.global_info import GlobalInfo, VDevice
from relax_core.text.prim_func import read_prim_func
from relax_core.text.read_function import FunctionReader
from relax_core.text.read_meaning import check_rounding
from relax_core.text.read_metadata import Metadata, section_of
from relax_core.text.read_values import ModuleScope
from relax_core.text.release import Release, release_of
from relax_core.text.script import Script, dotted
from relax_core.types.leaves import type_of
from tensor_core import codes
from tensor_core.collection import collection_paused
from tensor_core.module import BaseFunc

__all__ = ["Release", "read", "read_object", "release_of"]


def read(
    text: str, source_name: str = "from_string", release: str | None = None, names: Mapping[str, object] | None = None
) -> IRModule:
    """The module that a script says: in normal form, every expression typed. Nothing of the script is executed.

    ``release`` is the TVM release the script was written for; by default its syntax says so (:func:`release_of`).
    ``names`` are values for names that the script takes from around it, as data: numbers, strings, tuples, arrays,
    symbolic variables, types, expressions, modules; functions among them that the script uses join the module.
    Any fault of the text raises DiagnosticError with a span: R2R0101 to R2R0114 for what cannot be read, R2R0201 to
    R2R0205 for what does not type. An operator that no card knows is kept when its result is annotated, else R2R0104.
    """
    found = release_of(text, source_name, release)
    with collection_paused():
        return _ModuleReader(Script(text, source_name), found, names or {}).read()


def read_object(
    text: str, source_name: str = "from_string", release: str | None = None, names: Mapping[str, object] | None = None
) -> IRModule | BaseFunc:
    """As :func:`read`; a text of one function that stands in no module is that function, as in TVM."""
    found = release_of(text, source_name, release)
    with collection_paused():
        reader = _ModuleReader(Script(text, source_name), found, names or {})
        module = reader.read()
    return module if reader.has_class or len(module) != 1 else next(iter(module.functions.values()))


class _ModuleReader:
    def __init__(self, script: Script, release: Release, names: Mapping[str, object]) -> None:
        self._script = script
        self._release = release.name
        self._scope = ModuleScope(candidates=release.candidates, outer=names)
        self._attrs: dict[str, Any] = {}
        self._functions: dict[GlobalVar, ast.FunctionDef] = {}
        self._externs: dict[GlobalVar, ExternFunc] = {}
        self.has_class = False

    def read(self) -> IRModule:
        for statement in self._script.tree.body:
            self._top(statement)
        if not self._functions and not self._scope.names:
            span = self._script.source.span(0)
            raise self._script.error(
                span, codes.NOT_TEXT, "the text holds no Relax module", "it starts with @I.ir_module"
            )
        return IRModule(
            self._read_functions(), attrs=self._attrs, global_infos=self._scope.global_infos, release=self._release
        )

    def _top(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if dotted(call.func) == "TypeVar":
                if call.keywords or [type(item) for item in call.args] != [ast.Constant]:
                    raise self._script.error(node, codes.SYNTAX, "expected TypeVar(name)")
                self._scope.type_vars.add(name)
            case ast.ClassDef():
                self._class(node)
            case ast.FunctionDef():
                self._declare(node)
            case ast.Assign(targets=[ast.Name(id="metadata")], value=value):
                text = section_of(value)
                if text is None:
                    problem = "a metadata section is tvm.ir.load_json of a text"
                    raise self._script.error(node, codes.BAD_METADATA, problem)
                self._scope.metadata = Metadata(self._script, text)
            case _:
                self._script.unsupported(node, f"{type(node).__name__} statements are not read at the top of a script")

    def _class(self, node: ast.ClassDef) -> None:
        names = [dotted(item.func if isinstance(item, ast.Call) else item) for item in node.decorator_list]
        if self._script.type_params(node):
            self._script.unsupported(node, "modules have no type parameters")
        # A class under R.rewriter is a module as well, one with a pattern and its replacement.
        if [name.rpartition(".")[2] for name in names] not in (["ir_module"], ["rewriter"]):
            raise self._script.error(node, codes.NOT_TEXT, f"class {node.name} is no module: it lacks @I.ir_module")
        if node.keywords or any(not dotted(base) for base in node.bases):
            self._script.unsupported(node, "a module is a plain class")
        for item in node.decorator_list:
            self._options(item)
        if self.has_class:
            raise self._script.error(node, codes.DUPLICATE_NAME, "the text holds two modules")
        self.has_class = True
        self._scope.names.add(node.name)
        for statement in node.body:
            match statement:
                case ast.FunctionDef():
                    self._declare(statement)
                case ast.Pass() | ast.Expr(value=ast.Constant()):
                    pass
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call) if _is_extern(call):
                    self._extern(name, call)
                case ast.Expr(value=ast.Call() as call) if dotted(call.func) == "I.module_attrs":
                    self._module_attrs(call)
                case ast.Expr(value=ast.Call() as call) if dotted(call.func) == "I.module_global_infos":
                    self._global_infos(call)
                case _:
                    self._script.unsupported(statement, "only functions and I.module_attrs are read in a module")

    def _options(self, node: ast.expr) -> None:
        """What a decorator of a module says in its brackets: truth values, which change nothing of the program."""
        if not isinstance(node, ast.Call):
            return
        values = [item.value for item in node.keywords]
        if node.args or any(not isinstance(item, ast.Constant) or not isinstance(item.value, bool) for item in values):
            raise self._script.error(node, codes.SYNTAX, "expected options that are True or False")

    def _module_attrs(self, node: ast.Call) -> None:
        reader = FunctionReader(self._script, self._release, self._scope)
        written = reader.value(reader.one(node))
        if not isinstance(written, dict):
            raise self._script.error(node, codes.SYNTAX, "expected a dictionary of attributes")
        self._attrs.update(written)  # pyright: ignore[reportUnknownArgumentType]

    def _extern(self, name: str, node: ast.Call) -> None:
        """``name = R.ExternFunc("symbol")``: a function of the runtime under a name of the module."""
        found = FunctionReader(self._script, self._release, self._scope).value(node)
        assert isinstance(found, ExternFunc)
        if name in self._scope.functions:
            raise self._script.error(node, codes.DUPLICATE_NAME, f"the module has two functions called {name}")
        var = self._scope.functions[name] = GlobalVar(name, self._script.span(node))
        var.memo("checked", type_of(found))
        self._externs[var] = found

    def _global_infos(self, node: ast.Call) -> None:
        reader = FunctionReader(self._script, self._release, self._scope)
        where = reader.one(node)
        if not isinstance(where, ast.Dict):
            raise self._script.error(node, codes.SYNTAX, "expected a dictionary of global information")
        for key, items in zip(where.keys, where.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) else None
            found = reader.value(items)
            if not isinstance(name, str) or not isinstance(found, list):
                raise self._script.error(key or items, codes.SYNTAX, "expected names in quotes and lists")
            entries = cast("list[Any]", found)
            for item in entries:
                if not isinstance(item, GlobalInfo) or (name == "vdevice" and not isinstance(item, VDevice)):
                    raise self._script.error(items, codes.SYNTAX, f"this is no global information of kind {name}")
            self._scope.global_infos[name] = entries

    def _declare(self, node: ast.FunctionDef) -> None:
        if node.name in self._scope.functions:
            raise self._script.error(node, codes.DUPLICATE_NAME, f"the module has two functions called {node.name}")
        var = self._scope.functions[node.name] = GlobalVar(node.name, self._script.span(node))
        self._functions[var] = node

    def _read_functions(self) -> dict[GlobalVar, BaseFunc]:
        """Kernels, then signatures, then bodies: a body may call what stands below it."""
        result: dict[GlobalVar, BaseFunc] = {}
        readers: dict[GlobalVar, FunctionReader] = {}
        for var, node in self._functions.items():
            decorator = node.decorator_list[0] if node.decorator_list else None
            name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) if decorator else ""
            if name.rpartition(".")[2] == "prim_func":
                check_rounding(self._script, node, self._scope.candidates)
                type_vars = self._scope.type_vars | set(self._script.type_params(node))
                scope = self._scope
                function = read_prim_func(self._script, node, type_vars, self._release, scope.functions, scope.outer)
                result[var] = function
                var.memo("checked", type_of(function))
                continue
            if name.rpartition(".")[2] != "function":
                raise self._script.error(node, codes.SYNTAX, f"{node.name} needs @R.function or @T.prim_func")
            reader = readers[var] = FunctionReader(self._script, self._release, self._scope)
            var.memo("checked", reader.signature(node) or reader.opaque())
        for var, reader in readers.items():
            function = reader.body(self._functions[var], {} if reader.private else {"global_symbol": var.name})
            result[var] = function
            var.memo("checked", type_of(function))
        result |= self._externs
        places = [var for var in self._scope.functions.values() if var in result]
        return {var: result[var] for var in places} | self._scope.added


def _is_extern(node: ast.Call) -> bool:
    return dotted(node.func) == "R.ExternFunc"
