"""Python source as a concrete syntax tree, or one coded diagnostic.

CPython's own parser looks first. Its limits (nesting, stack) are safe ones, while libcst's parser takes memory that
grows with the square of the nesting and its visitors recurse.
"""

from __future__ import annotations

import ast
import io
import tokenize
import warnings

import libcst as cst

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.spans import Source, Span

PYTHON_BYTES = 4 << 20
"""Source text beyond this is generated, and takes gigabytes of memory as a syntax tree."""
MAX_DEPTH = 120
"""Levels of nested syntax that are accepted. A chain of ``elif`` or of ``+`` counts one level per link."""


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text of a source file and its encoding, which is UTF-8 unless the file declares another (PEP 263).

    Line ends are kept as they are. Raises DiagnosticError R2R0801.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise fail(
            codes.BAD_PYTHON,
            f"byte {data[error.start]:#04x} is not {error.encoding}",
            Span(name, line, column, line, column + 1),
            hint="declare the file's encoding in its first line, or save it as UTF-8",
        ) from error
    except SyntaxError as error:
        raise fail(
            codes.BAD_PYTHON,
            f"the encoding cannot be told: {error.msg}",
            Span(name, 1, 1, 1, 2),
            hint="save the file as UTF-8",
        ) from error


def parse(text: str, name: str) -> cst.Module:
    """The syntax tree of a source text; printing it gives the text back byte for byte. R2R0801 when there is none."""
    check(text, name)
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise _refused(text, name, error.message, error.raw_line, error.raw_column + 1) from error
    if module.code != text:
        # Seen with lines that end in a carriage return alone.
        raise _refused(text, name, "the text cannot be read and printed without loss; are its line ends mixed?", 1, 1)
    return module


def too_deep(name: str) -> DiagnosticError:
    """The refusal of a source that is nested beyond what can be visited."""
    return fail(
        codes.BAD_PYTHON,
        f"{name} is nested more than {MAX_DEPTH} levels deep",
        hint="split the expression (or the chain of elif) into several statements",
    )


def check(text: str, name: str) -> None:
    """Raises DiagnosticError R2R0801 when the text is not Python, or is nested too deeply; cheaper than parsing."""
    try:
        with warnings.catch_warnings():
            # Warnings about the user's literals are not this tool's business.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        raise _refused(text, name, error.msg, error.lineno or 1, error.offset or 1) from error
    except ValueError as error:
        raise _refused(text, name, str(error), 1, 1) from error
    except (RecursionError, MemoryError) as error:
        raise too_deep(name) from error
    level: list[ast.AST] = [tree]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise too_deep(name)
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def fault(text: str) -> SyntaxError | None:
    """Why Python does not compile a text; None where it does. More than :func:`check` finds: what stands in a place
    that the language has not for it (``return`` outside of functions, ``from __future__`` after other lines).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    return None


def check_new(old: str, new: str, name: str) -> None:
    """Raises DiagnosticError R2R0811 when Python compiled the old text and does not compile what it became."""
    error = fault(new) if new != old else None
    if error is None or fault(old) is not None:
        return
    line = (new.splitlines()[(error.lineno or 1) - 1 :] or [""])[0].strip()
    raise fail(
        codes.PORT_FAILED,
        f"{name} is left as it is: what it became does not compile ({error.msg}): {line[:80]}",
        Span(name, 1, 1, 1, 2),
        hint="please report it; --disable leaves out a rule",
    )


_NEWER_PYTHON = "the file must parse under the Python that runs this command"
_PYTHON_2 = "this looks like Python 2: bring it to Python 3 first, with 2to3 for instance"
_SIGNS_OF_PYTHON_2 = (
    "Missing parentheses in call to",
    "multiple exception types must be parenthesized",
    "leading zeros in decimal integer literals",
    "<> instead of !=",
)


def _refused(text: str, name: str, message: str, line: int, column: int) -> DiagnosticError:
    return fail(
        codes.BAD_PYTHON,
        message,
        Span(name, line, max(1, column), line, max(1, column) + 1),
        hint=_PYTHON_2 if any(sign in message for sign in _SIGNS_OF_PYTHON_2) else _NEWER_PYTHON,
        source=Source(name, text),
    )
