"""Text to tokens, with one compiled expression and no Python code per character.

The lexical rules are those of TVM 0.19 (tokenizer of the Relay parser), widened where its printer writes what its own
parser cannot read: names with ``. : - $`` and letters of any alphabet, ``nanf``, ``inff64``, escapes in strings. The
lossless form quotes names in backquotes and tells equal ones apart by a number behind ``#``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.limits import Limits
from tensor_core.spans import Source

_WORDS = [
    "let",
    "fn",
    "def",
    "if",
    "else",
    "type",
    "match",
    "match?",
    "extern",
    "free_var",
    "ref",
    "ref_read",
    "ref_write",
    "_",
]
KEYWORDS = {word: word for word in _WORDS} | {"True": "bool", "False": "bool"}

_DIM = r"(?:\d+(?:i64)?|\?)"
# A colon belongs to a name where it starts no type: doubled, before a digit, or inside a word that no bracket follows.
_COLON = r"::(?=\w)|:(?=\d)|:(?=(?!Tensor\b|fn\b|_\b|u?int\d|float\d|bool\b)[^\W\d][\w.:/-]*+(?=[ ,;)}]|: ))"
_QUOTED = r"`[^`\\]*+(?:\\.[^`\\]*+)*+`"
_TOKEN = re.compile(
    rf"""[ \t\r\n]*+(?:
      (?P<graph>%\d++)
    | (?P<local>%(?:{_QUOTED}|(?:[^\W\d]|/)(?:[\w/$~|^&']|[.+-]++(?=[\w/$~|^&'])|{_COLON})*+)(?:\#\d++(?:~\d++)?)?)
    | (?P<comment>/\*(?:[^*]++|\*(?!/))*+\*/|//[^\n]*+)
    | (?P<punct>->|=>|[=<>!]=|[(),;={{}}:<>\[\].?])
    | (?P<tensor>Tensor\[\((?:{_DIM}(?:,\ ?{_DIM})*+)?\),\ ?\w++\])
    | (?P<number>-*+(?:\d[0-9.eE+-]*+(?:[if][0-9.eE+-]*+)?|(?:inf|nan)f\d*+(?![A-Za-z_/])))
    | (?P<meta>meta\[[^\]\n]*+\]\[[^\]\n]*+\])
    | (?P<name>match\?|(?:{_QUOTED}|[A-Za-z_][A-Za-z0-9_/]*+(?:\.[A-Za-z_/][A-Za-z0-9_/]*+)*+)(?:\#\d++)?)
    | (?P<global>@(?:{_QUOTED}|[\w/](?:[\w/]|[.$:-]++(?=\w))*+))
    | (?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+")
    | (?P<header>\#\[[^\]]*+\])
    | (?P<operator>[/+*-])
    | (?P<bad>[^ \t\r\n])
    )""",
    re.VERBOSE | re.DOTALL,
)
_NESTED = re.compile(r"/\*|\*/")


@dataclass(slots=True)
class Tokens:
    """Parallel lists: kinds (a mark or keyword is its own kind), texts and offsets; the last kind is ``end``.

    ``comments`` holds the ``/* ty=... */`` and ``/* span=... */`` comments by the offset where the token before them
    ends. ``metadata`` is the offset behind ``#[metadata]``, where the JSON starts.
    """

    source: Source
    kinds: list[str] = field(default_factory=list[str])
    texts: list[str] = field(default_factory=list[str])
    starts: list[int] = field(default_factory=list[int])
    comments: dict[int, str] = field(default_factory=dict[int, str])
    metadata: int | None = None

    def split(self, index: int, length: int) -> None:
        """Cut token ``index`` after ``length`` characters and read the rest of it as tokens of its own."""
        start, text = self.starts[index], self.texts[index]
        rest = Tokens(self.source)
        _scan(rest, start + length, start + len(text), Limits())
        self.texts[index] = text[:length]
        self.kinds[index + 1 : index + 1] = rest.kinds
        self.texts[index + 1 : index + 1] = rest.texts
        self.starts[index + 1 : index + 1] = rest.starts


def tokenize(source: Source, limits: Limits, start: int = 0, end: int | None = None) -> Tokens:
    """The tokens of ``source.text[start:end]``.

    DiagnosticError R2R0102 for a comment that does not end, R2R0111 for a text beyond the limits.
    """
    stop = len(source.text) if end is None else end
    _check_encodable(source)
    if stop - start > limits.bytes:
        raise fail(
            codes.LIMIT,
            f"the text has {stop - start} characters, the limit is {limits.bytes}",
            source.span(0),
            source=source,
        )
    tokens = Tokens(source)
    stop = _scan(tokens, start, stop, limits)
    # Twice, so that looking one token ahead is always possible.
    tokens.kinds += ("end", "end")
    tokens.texts += ("", "")
    tokens.starts += (stop, stop)
    return tokens


def _check_encodable(source: Source) -> None:
    try:
        source.text.encode(errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise fail(
            codes.SYNTAX, "a character that is no Unicode scalar", source.span(error.start), source=source
        ) from None


def _scan(tokens: Tokens, start: int, stop: int, limits: Limits) -> int:
    """Append the tokens between two offsets; the offset where reading ended (``stop``, or a metadata section)."""
    position: int | None = start
    while position is not None:
        start = position
        position = _scan_until_nested(tokens, start, stop)
        if len(tokens.kinds) > limits.nodes:
            message = f"the text has more than {limits.nodes} tokens"
            raise fail(codes.LIMIT, message, tokens.source.span(tokens.starts[limits.nodes]), source=tokens.source)
    if tokens.metadata is None:
        return stop
    tokens.kinds.pop()
    tokens.texts.pop()
    return tokens.starts.pop()


def _scan_until_nested(tokens: Tokens, start: int, stop: int) -> int | None:
    """Append tokens up to a nested comment, behind which to go on; None at the end."""
    kinds, texts, starts, comments = tokens.kinds, tokens.texts, tokens.starts, tokens.comments
    keyword = KEYWORDS.get
    for match in _TOKEN.finditer(tokens.source.text, start, stop):
        kind = match.lastgroup
        text = match[match.lastindex or 0]
        if kind == "punct":
            kind = text
        elif kind == "name":
            kind = keyword(text, "name")
        elif kind == "comment":
            if "/*" in text[2:] and text[1] == "*":
                return _end_of_nested(tokens.source, match.end() - len(text), stop)
            if starts and text.startswith(("/* ty=", "/* span=")):
                comments.setdefault(starts[-1] + len(texts[-1]), text)
            continue
        elif kind == "operator":
            if text == "/" and tokens.source.text.startswith("*", match.end(), stop):
                raise _unfinished(tokens.source, match.end() - 1)
            kind = text
        kinds.append(kind or "bad")
        texts.append(text)
        starts.append(match.end() - len(text))
        if kind == "header" and text[2:-1].strip() == "metadata":
            tokens.metadata = match.end()
            return None
    return None


def _end_of_nested(source: Source, start: int, stop: int) -> int:
    depth = 0
    for match in _NESTED.finditer(source.text, start, stop):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    raise _unfinished(source, start)


def _unfinished(source: Source, start: int) -> Exception:
    return fail(
        codes.UNEXPECTED_END, "the comment is never closed", source.span(start, start + 2), "close it with */", source
    )
