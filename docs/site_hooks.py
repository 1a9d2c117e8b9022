"""What MkDocs calls while it builds the site."""

from __future__ import annotations

import re
from typing import Any

ROLE = re.compile(r":(?:mod|class|func|meth|data|attr):(?=<code>)")


def on_page_content(html: str, **_: Any) -> str:
    """The page without the roles that docstrings put in front of names, as ``:mod:``."""
    return ROLE.sub("", html)
