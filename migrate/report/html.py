"""An inventory as one HTML page that needs nothing else: no network, no other file; light or dark as its reader is."""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files

from migrate.codemods.driver import Level
from migrate.report.pass_drawing import HEIGHT, drawing
from migrate.report.porting import Inventory
from migrate.report.scan_terminal import duration
from tensor_core import codes
from tensor_core.diagnostics import fail


def html(inventory: Inventory, title: str) -> str:
    """The page. R2R0703 when jinja2 is not installed."""
    try:
        import jinja2
    except ImportError as error:
        raise fail(
            codes.BAD_OPTION, "--html needs jinja2", hint="pip install 'relay2relax[report]', or use --json"
        ) from error
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False)
    template = environment.from_string((files("migrate.report") / "templates" / "inventory.html").read_text("utf-8"))
    report = inventory.to_json()
    return template.render(
        title=title,
        report=report,
        concerned=[file for file in report["files"] if file["places"] or file["diagnostics"]],
        levels=[level.value for level in Level],
        duration=duration,
        drawing=drawing(report["passes"]),
        box_height=HEIGHT,
        version=version("relay2relax"),
    )
