"""How the ways of running a model stand beside a real TVM's answer, for people."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from migrate.verify.oracles.standing import Standing
from migrate.verify.verdict import Outcome


def show_standing(found: Standing) -> None:
    """One line per side. On stdout."""
    console = Console(highlight=False, soft_wrap=True)
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items() if name != "tvm")
    asked = f"TVM {found.versions.get('tvm', '?')} ({escape(versions)}), executor {found.executor}"
    console.print(f"{asked}: {len(found.outputs)} outputs")
    for side in found.sides:
        style = "green" if side.right else "yellow" if side.outcome in (None, Outcome.INCONCLUSIVE) else "bold red"
        said = side.outcome.value if side.outcome else "not run"
        console.print(f"  {side.name}: [{style}]{said}[/]" + (f": {escape(side.reason[:500])}" if side.reason else ""))
    console.print(f"arguments that were not given drawn from seed {found.seed}")
