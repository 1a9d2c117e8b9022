"""Relay text format 0.0.5 to modules and expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import GlobalVar
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import GlobalTypeVar, TypeData
from relay_compat.json.reader import infer_in
from relay_compat.text.exprs import ExprParser
from relay_compat.text.literals import plain_name
from relay_compat.text.old_calls import upgrade_for
from relay_compat.text.tokens import tokenize
from tensor_core import codes
from tensor_core.collection import collection_paused
from tensor_core.diagnostics import did_you_mean
from tensor_core.limits import DEFAULT, Limits
from tensor_core.module import Expr
from tensor_core.spans import Source
from tensor_core.trampoline import run

LOSSLESS = "lossless"
"""What a second header says of a text in which equal tokens mean one variable."""
_ATTRIBUTES = "attributes"
_HEADER = '#[version = "0.0.5"]'


def parse(
    text: str,
    source_name: str = "from_string",
    init_module: IRModule | None = None,
    init_meta_table: Mapping[str, Sequence[Any]] | None = None,
    *,
    limits: Limits | None = None,
    infer: bool = True,
    recorded: dict[Expr, str] | None = None,
    release: str | None = None,
) -> IRModule:
    """The module in a text, with its types inferred (tvm.relay.fromtext in TVM 0.19).

    ``span=`` comments become ``Span.declared`` of the node they follow. ``ty=`` comments are not trusted: types are
    inferred; only a call of an operator that no card knows takes its type from its comment. ``recorded`` collects their
    texts by node, for comparison. ``release``: the release (0.7 to 0.19) that wrote the text, whose header does not say
    so; by default the one that the metadata section names, else 0.19. Operators mean what they meant there.
    ``init_module``: what it defines is there already and part of the result. ``init_meta_table``: objects by kind that
    ``meta[kind][number]`` refers to before the metadata section of the text.

    DiagnosticError with codes R2R01xx for text that is no module, R2R02xx for one that is ill-typed, R2R0305 for an
    unknown release, R2R0306 for what an older one meant differently and cannot be said with certainty. No other
    exception is raised for any text.
    """
    source = Source(source_name, text)
    with collection_paused():
        tokens = tokenize(source, limits or DEFAULT)
        parser = _ModuleParser(tokens, limits or DEFAULT, recorded)
        parser.upgrade = upgrade_for(tokens, release)
        parser.begin(init_meta_table or {})
        parser.infer = infer
        module = parser.module(IRModule() if init_module is None else init_module)
        return infer_in(module, source) if infer else module


fromtext = parse


def parse_expr(
    text: str, source_name: str = "from_string", *, limits: Limits | None = None, release: str | None = None
) -> Expr:
    """The expression in a text, without type inference (tvm.relay.parse_expr in TVM 0.19). A header is optional.

    ``release`` and errors as in :func:`parse`.
    """
    tokens = tokenize(Source(source_name, text), limits or DEFAULT)
    parser = _ModuleParser(tokens, limits or DEFAULT)
    parser.upgrade = upgrade_for(tokens, release)
    return parser.lone_expr()


class _ModuleParser(ExprParser):
    """Reads definitions."""

    def module(self, known: IRModule) -> IRModule:
        """Read a module on top of a known one."""
        self.globals.update({var.name: cast(GlobalVar, var) for var in known.functions})
        for data in known.type_definitions.values():
            self.type_names[data.header.name] = data.header
            self.constructors.update({constructor.name: constructor for constructor in data.constructors})
        if self.kinds[self.position] != "header":
            raise self._bad_header("the text does not start with a version")
        self._header()
        definitions, ends = self._type_definitions()
        functions: dict[Any, Any] = dict(known.functions)
        attrs = dict(known.attrs)
        while self.kinds[self.position] != "end":
            start = self.position
            if start in ends:
                self.position = ends[start]
            elif self.texts[start] == _ATTRIBUTES and self.kinds[start + 1] == "{":
                self.position += 2
                attrs |= {name: value for name, (value, _) in self.attributes().items()}
                self.expect("}", "after the attributes of the module", start + 1)
            elif self.accept("def"):
                index = self.position
                name = plain_name(self.expect("global", "after def")[1:])
                var = self.globals.get(name) or GlobalVar(name, self.span_of(index))
                self.globals[name] = var
                functions[var] = run(self.function(start))
            else:
                raise self.unexpected("expected a definition (def, type or extern type)")
        self._check_globals(functions)
        return IRModule(functions, {**known.type_definitions, **definitions}, attrs)

    def lone_expr(self) -> Expr:
        if self.kinds[self.position] == "header":
            self._header()
        result = run(self.expr())
        if self.kinds[self.position] != "end":
            raise self.unexpected("expected the end of the expression")
        return result

    def _header(self) -> None:
        name, _, version = self.texts[self.position][2:-1].partition("=")
        if name.strip() != "version" or version.strip() != '"0.0.5"':
            raise self._bad_header("the text is not of version 0.0.5")
        self.position += 1
        if self.kinds[self.position] == "header" and self.texts[self.position][2:-1].strip() == LOSSLESS:
            self.position += 1
            self.lossless = True
            self.type_tokens = {}

    def _bad_header(self, message: str) -> Exception:
        return self.error(codes.BAD_HEADER, message, self.span_of(self.position), f"the first line must be {_HEADER}")

    def _check_globals(self, functions: dict[Any, Any]) -> None:
        defined = {var.name for var in functions}
        for name, index in self.global_uses.items():
            if name not in defined:
                hint = did_you_mean(f"@{name}", [f"@{known}" for known in defined])
                raise self.error(codes.UNDEFINED_NAME, f"undefined function @{name}", self.span_of(index), hint)

    # ------------------------------------------------------------ type definitions

    def _type_definitions(self) -> tuple[dict[GlobalTypeVar, TypeData], dict[int, int]]:
        """Read all type definitions ahead of the functions, which may use them before they stand in the text.

        Also the position behind each by the position where it starts.
        """
        body = self.position
        places = [index for index, kind in enumerate(self.kinds) if kind == "type" and self._defines(index)]
        for index in places:
            self.position = index + 1
            name = plain_name(self.expect("name", "after type"))
            if name in self.type_names:
                raise self.error(codes.DUPLICATE_NAME, f"type {name} is defined twice", self.span_of(index + 1))
            self.type_names[name] = GlobalTypeVar(name)
        definitions: dict[GlobalTypeVar, TypeData] = {}
        ends: dict[int, int] = {}
        for index in places:
            extern = index > 0 and self.kinds[index - 1] == "extern"
            self.position = index + 1
            data = self._type_definition(extern)
            definitions[data.header] = data
            ends[index - extern] = self.position
        self.position = body
        return definitions, ends

    def _defines(self, index: int) -> bool:
        """Whether the keyword ``type`` starts a definition: inside a type it means a name."""
        return index == 0 or self.kinds[index - 1] in ("header", "}", "]", "extern", "name")

    def _type_definition(self, extern: bool) -> TypeData:
        header = self.type_names[plain_name(self.texts[self.position])]
        self.position += 1
        outer = self.type_scope
        params = self.type_params()
        constructors: list[Constructor] = []
        opened = self.position
        if self.accept("{"):
            while not self.accept("}"):
                constructors.append(self._constructor(header, len(constructors)))
                if not self.accept(",") and self.kinds[self.position] != "}":
                    raise self.unexpected("expected ',' or '}' after a constructor", opened)
        self.type_scope = outer
        return TypeData(header, params, tuple(constructors), extern)

    def _constructor(self, header: GlobalTypeVar, tag: int) -> Constructor:
        index = self.position
        name = plain_name(self.expect("name", "as a constructor"))
        if name in self.constructors:
            raise self.error(codes.DUPLICATE_NAME, f"constructor {name} is defined twice", self.span_of(index))
        inputs = self.types("(", ")", 0) if self.kinds[self.position] == "(" else []
        result = self.constructors[name] = Constructor(name, tuple(inputs), header, tag)
        return result
