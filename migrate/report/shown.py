"""What notebooks and rich show of results: what the commands show."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


class Shown:
    """A report, a verdict or what holds one; :mod:`migrate.report.rich_forms` has their forms."""

    __slots__ = ()

    def __rich__(self) -> RenderableType:
        """For ``rich.print``."""
        from migrate.report.rich_forms import form

        return form(self)

    def _repr_html_(self) -> str:
        """For notebooks."""
        from migrate.report.rich_forms import form, html

        return html(form(self))
