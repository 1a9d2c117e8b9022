"""The page of exit codes, from what the commands' help is made of."""

from __future__ import annotations

from markup import code, table

from migrate.cli.exit_codes import BAD, MEANINGS


def page() -> str:
    """One row per command."""
    rows = ((code(name), good, finding or "never") for name, (good, finding) in MEANINGS.items())
    return f"""# Exit codes

Every command ends with 0, 1 or 2, so that it can stand in a script. 2: {BAD}. Of `as-tvm` the exit code is that of the
command that it ran.

{table(("command", "0", "1"), rows)}"""
