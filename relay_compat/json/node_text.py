"""The text of single JSON nodes in the layout of TVM's writer, which sorts fields and leaves blanks at line ends."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring

from relay_compat.json.nodes import Parts


def node_text(parts: Parts, raw: Mapping[str, str], numbers: Sequence[int]) -> str:
    """A node with the texts of its own fields and the numbers of what it refers to, in the order of ``parts``."""
    if parts.refs or raw:
        fields = [*map(quoted, raw.values()), *[f'"{number}"' for number in numbers]]
        return _template(parts.type_key, (*raw, *parts.refs)).format(*fields)
    entries = [f'"type_key": {quoted(parts.type_key)}']
    if parts.text:
        entries.append(_repr_text(parts.text))
    if parts.keys:
        entries.append('"keys": ' + lines(map(quoted, parts.keys), "[", "]", 6))
    if parts.items:
        # The C++ writer breaks lines in lists of more than ten numbers.
        texts = map(str, numbers)
        entries.append('"data": ' + (lines(texts, "[", "]", 6) if len(numbers) > 10 else f"[{', '.join(texts)}]"))
    return lines(entries, "    {", "}", 4)


@lru_cache(maxsize=512)
def _template(type_key: str, names: tuple[str, ...]) -> str:
    """A node with a place for each named field, as ``str.format`` fills it."""
    fields = [f"{_literal(names[n])}: {{{n}}}" for n in sorted(range(len(names)), key=names.__getitem__)]
    attrs = f"{{{{{fields[0]}}}}}" if len(fields) == 1 else lines(fields, "{{", "}}", 6)
    return lines((f'"type_key": {_literal(type_key)}', f'"attrs": {attrs}'), "    {{", "}}", 4)


def _literal(text: str) -> str:
    return quoted(text).replace("{", "{{").replace("}", "}}")


def lines(items: Iterable[str], opening: str, closing: str, indent: int) -> str:
    """Items one a line between brackets."""
    blanks = " " * indent
    inner = f", \n{blanks}  ".join(items)
    return f"{opening}\n{blanks}  {inner}\n{blanks}{closing}"


def _repr_text(text: str) -> str:
    data = text.encode(errors="surrogateescape")
    if all(32 <= byte < 127 for byte in data):
        return f'"repr_str": {quoted(text)}'
    blob = base64.b64encode(len(data).to_bytes(8, "little") + data).decode()
    return f'"repr_b64": "{blob}"'


def quoted(text: str) -> str:
    """A text as a JSON string that keeps characters beyond ASCII."""
    return encode_basestring(text)
