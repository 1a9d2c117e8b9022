"""The names of a text: scopes of variables, graph variables, globals, constructors and the metadata section.

TVM prints names that its own parser cuts (``%input.1``, ``%conv-weight``). They are read whole and resolved here: the
longest declared reading wins, so ``%t.0`` is field 0 of ``%t`` unless a variable ``t.0`` is declared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from relay_compat.history.upgrade import Upgrade
from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import GlobalVar, TupleGetItem, Var
from relay_compat.ir.values import Record
from relay_compat.json.builders import BUILDERS
from relay_compat.json.decode import Decoder
from relay_compat.json.graph import Graph
from relay_compat.text.attributes import AttributeParser
from relay_compat.text.literals import plain_name
from relay_compat.text.tokens import Tokens
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import did_you_mean
from tensor_core.limits import Limits
from tensor_core.module import Expr
from tensor_core.spans import Span
from tensor_core.types import Type

_FEW = 8
_SPAN = re.compile(r"(.*):([0-9]{1,9}):([0-9]{1,9})(?:-([0-9]{1,9}):([0-9]{1,9}))?", re.DOTALL)
"""A source, line and column, and in the lossless form where the span ends."""


class NameParser(AttributeParser):
    """Declares and resolves names. ``recorded`` collects the texts of ``ty=`` comments by the node they follow.

    ``upgrade`` makes what an older release wrote mean the same now; None for a text of 0.19.
    """

    upgrade: Upgrade | None = None

    def __init__(self, tokens: Tokens, limits: Limits, recorded: dict[Expr, str] | None = None) -> None:
        super().__init__(tokens, limits)
        self.comments = tokens.comments
        self.recorded = recorded
        self.constructors: dict[str, Constructor] = {}
        self.globals: dict[str, GlobalVar] = {}
        self.global_uses: dict[str, int] = {}
        self._graph: dict[str, Expr] = {}
        self._locals: dict[str, Var] = {}
        self._free: dict[str, Var] = {}
        self._undo: list[tuple[str, Var | None]] = []
        self._declared: dict[str, Span | None] = {}
        self._metadata: dict[str, Any] | None = None
        self._given: Mapping[str, Sequence[Any]] = {}
        self.lossless = False
        self._by_token: dict[str, Var] = {}
        self.decoder: Decoder | None = None

    def begin(self, given: Mapping[str, Sequence[Any]]) -> None:
        """Take objects that ``meta`` references mean beside those of the text's own metadata section."""
        self._given = given

    # ------------------------------------------------------------ spans and comments

    def place(self, start: int) -> Span:
        """The span of what was read from token ``start`` on, with the span that the comment behind it declares."""
        end = self.starts[self.position - 1] + len(self.texts[self.position - 1])
        comment = self.comments.get(end)
        declared = self._declared_span(comment) if comment is not None else None
        return self.source.span(self.starts[start], end, declared)

    def recorded_type(self) -> str | None:
        """The text behind ``ty=`` in the comment at the position."""
        comment = self.comments.get(self.end_offset())
        if comment is None or not comment.startswith("/* ty="):
            return None
        span = comment.rfind(" span=")
        return comment[6 : span if span >= 0 else -2].strip()

    def note(self, node: Expr) -> None:
        """Remember the recorded type of a node, where somebody asks for them."""
        if self.recorded is not None:
            text = self.recorded_type()
            if text is not None:
                self.recorded[node] = text

    def _declared_span(self, comment: str) -> Span | None:
        start = comment.rfind(" span=")
        if start < 0:
            return None
        text = comment[start + 6 : -2].rstrip()
        if text not in self._declared:
            found = _SPAN.fullmatch(text)
            if found is None:
                self._declared[text] = None
            else:
                line, column, end_line, end_column = (int(number or 0) for number in found.groups()[1:])
                self._declared[text] = Span(found[1], line, column, end_line, end_column)
        return self._declared[text]

    # ------------------------------------------------------------ variables

    def scope(self) -> int:
        """A mark to which :meth:`leave` returns."""
        return len(self._undo)

    def leave(self, mark: int) -> None:
        """Forget the variables declared since ``mark``."""
        undo, names = self._undo, self._locals
        while len(undo) > mark:
            name, previous = undo.pop()
            if previous is None:
                del names[name]
            else:
                names[name] = previous

    def declare(self, start: int, annotation: Type | None, name: str, device: Record | None = None) -> Var:
        """A new variable in scope, read from token ``start`` to the position. In the lossless form, a token that was
        there before is the same variable.
        """
        var = self._by_token.get(name)
        if var is None:
            var = self._new_var(start, annotation, name, device)
        self._undo.append((name, self._locals.get(name)))
        self._locals[name] = var
        return var

    def declare_free(self, start: int, annotation: Type | None, name: str, device: Record | None = None) -> None:
        """A free variable. It stays in scope to the end of the text: it may be used outside the block that names it."""
        self._free[name] = self._new_var(start, annotation, name, device)

    def _new_var(self, start: int, annotation: Type | None, name: str, device: Record | None) -> Var:
        var = Var(plain_name(name), annotation, self.place(start), device)
        self.note(var)
        if self.lossless:
            self._by_token[name] = var
            base, mark, _ = name.rpartition("~")
            first = self._by_token.get(base) or self._by_token.get(base.removesuffix("#0")) if mark else None
            if first is not None:
                var.memo("identity", first.vid)
        return var

    def new_name(self, where: str) -> str:
        """Read the name of a variable that is being declared, without the percent sign."""
        index = self.position
        name = self.expect("local", where)[1:]
        if ":" in name and "`" not in name and self.kinds[index + 1] != ":":
            head, _, tail = name.rpartition(":")
            if tail in self.type_names or tail in self.type_scope:
                self.tokens.split(index, len(head.rstrip(":")) + 1)
                name = head.rstrip(":")
        return name

    def device(self) -> Record | None:
        """Read the virtual device of a variable if there is one. R2R0105 for another attribute."""
        if self.kinds[self.position] != "{":
            return None
        opened = self.position
        self.position += 1
        attrs = self.attributes()
        self.expect("}", "after the virtual device", opened)
        value, index = attrs.get("virtual_device", (None, opened))
        if len(attrs) != 1 or not isinstance(value, Record | None):
            raise self.error(
                codes.BAD_ATTRIBUTE, "expected virtual_device=meta[VirtualDevice][...]", self.span_of(index)
            )
        return value

    def bind_graph(self, name: str, value: Expr) -> None:
        """Bind a graph variable. They are global to the text, and the first binding stays."""
        self._graph.setdefault(name, value)

    def variable(self, index: int) -> Expr:
        """The expression behind a local or graph variable at a token, which has been stepped over. R2R0103 where there
        is none.
        """
        text = self.texts[index]
        if self.kinds[index] == "graph":
            found = self._graph.get(text)
            if found is None:
                raise self.error(
                    codes.UNDEFINED_NAME,
                    f"undefined variable {text}",
                    self.span_of(index),
                    "it must be bound before its use",
                )
            return found
        name = text[1:]
        return self._locals.get(name) or self._free.get(name) or self._partial(name, index)

    def _partial(self, name: str, index: int) -> Expr:
        """A name of which only a part is declared: a projection, or an operator without blanks around it."""
        head, _, field = name.rpartition(".")
        var = self._locals.get(head) or self._free.get(head)
        if var is not None and field.isdigit() and len(field) < 10:
            item = TupleGetItem(var, int(field), self.place(index))
            self.note(item)
            return item
        for length in range(len(name) - 1, 0, -1):
            if name[length] in "+-" and name[:length] in self._locals:
                self.tokens.split(index, length + 1)
                return self._locals[name[:length]]
        known = [f"%{other}" for other in (*self._locals, *self._free)]
        hint = did_you_mean(f"%{name}", known)
        if not hint and 0 < len(known) <= _FEW:
            hint = f"in scope: {', '.join(known)}"
        raise self.error(codes.UNDEFINED_NAME, f"undefined variable %{name}", self.span_of(index), hint)

    def global_var(self, index: int) -> GlobalVar:
        """The global at a token; it may be defined later."""
        name = plain_name(self.texts[index][1:])
        var = self.globals.get(name)
        if var is None:
            var = self.globals[name] = GlobalVar(name, self.span_of(index))
        self.global_uses.setdefault(name, index)
        return var

    # ------------------------------------------------------------ metadata

    def resolve_meta(self, index: int) -> Any:
        """The object of the meta reference at a token; R2R0107 when the metadata section does not have it."""
        return self.resolve_meta_text(self.texts[index], self.span_of(index))

    def resolve_meta_text(self, text: str, span: Span) -> Any:
        """The object of a meta reference that stands at ``span``. R2R0107 where the metadata does not have it."""
        key, number = text[5:-1].split("][")
        if key in self._given and number.isdigit() and len(number) < 10 and int(number) < len(self._given[key]):
            return self._given[key][int(number)]
        if self._metadata is None:
            self._metadata = self._load_metadata()
        found = self._metadata.get(key)
        if not isinstance(found, tuple):
            hint = did_you_mean(key, self._metadata)
            raise self.error(codes.BAD_METADATA, f"the text has no metadata of kind {key}", span, hint)
        entries = cast("tuple[Any, ...]", found)
        if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number) < len(entries)):
            message = f"there is no {key} number {number}, the metadata section has {len(entries)}"
            raise self.error(codes.BAD_METADATA, message, span)
        return entries[int(number)]

    def _load_metadata(self) -> dict[str, Any]:
        if self.tokens.metadata is None:
            return {}
        graph = Graph(self.source, self.tokens.metadata, self.limits)
        self.decoder = Decoder(graph, BUILDERS, self.upgrade)
        self.decoder.global_vars = self.globals
        self.decoder.global_type_vars = self.type_names
        table = self.decoder.decode(graph.root)
        if not isinstance(table, Attrs):
            raise self.error(codes.BAD_METADATA, "the metadata section holds no map", graph.span(graph.root))
        return dict(table)
