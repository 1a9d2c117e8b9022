"""A report as one HTML file that needs nothing else: no network, no other file, no server.

Everything that comes from models is data: JSON in a script element of a type that browsers do not run. What runs is
listed by its digest in the page's content security policy, which also forbids any request.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from migrate.strict_json import strict
from tensor_core import codes
from tensor_core.diagnostics import fail

FORMAT = 1
"""Of the embedded data; docs/reference/page.schema.json describes it."""
_WEB = files("migrate.report.page") / "web"
_STYLES = ("vendor/uPlot.min.css", "page.css")
_LIBRARIES = ("vendor/cytoscape.min.js", "vendor/d3-dag.iife.min.js", "vendor/uPlot.iife.min.js")
_SCRIPTS = (
    "state.js",
    "text.js",
    "compare.js",
    "graph.js",
    "model_graph.js",
    "details.js",
    "plot.js",
    "tables.js",
    "passes.js",
    "matrix.js",
    "filters.js",
    "main.js",
)


def document(
    title: str,
    model: Mapping[str, Any] | None = None,
    passes: list[dict[str, Any]] | None = None,
    campaign: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What a page shows, as data."""
    made: dict[str, Any] = {"format": FORMAT, "title": title, "version": version("relay2relax")}
    return {**made, "model": model, "passes": passes, "campaign": campaign}


def html(page: Mapping[str, Any]) -> str:
    """The file. R2R0703 when jinja2 is not installed."""
    try:
        import jinja2
        from markupsafe import Markup
    except ImportError as error:
        hint = "pip install 'relay2relax[report]'"
        raise fail(codes.BAD_OPTION, "a report in HTML needs jinja2", hint=hint) from error
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    style, libraries, script = map(Markup, assets())
    return environment.from_string(_read("page.html")).render(
        page=page,
        policy=policy(),
        style=style,
        libraries=libraries,
        script=script,
        licences=_read("vendor/LICENSES.txt"),
        data=Markup(embedded(page)),
    )


def embedded(data: Any) -> str:
    """JSON that stays data inside of a script element, whatever names it holds: nothing in it ends the element, begins
    a comment, or is a line break that only JavaScript knows.
    """
    text = json.dumps(strict(data), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def policy() -> str:
    """The content security policy: only what is in the file, nothing from anywhere."""
    style, *scripts = (f"'sha256-{_digest(text)}'" for text in assets())
    return (
        f"default-src 'none'; script-src {' '.join(scripts)}; style-src {style}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=1)
def assets() -> tuple[str, str, str]:
    """The contents of the style element and of both script elements: libraries, and the page's own."""
    style = "\n".join(map(_read, _STYLES))
    own = '"use strict";\n(() => {\n' + "\n".join(map(_read, _SCRIPTS)) + "\n})();\n"
    return style, "\n;\n".join(map(_read, _LIBRARIES)), own


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _read(name: str) -> str:
    return (_WEB / name).read_text("utf-8")
