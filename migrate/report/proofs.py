"""How a proof of a port is told on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from migrate.verify.ported.checked import Checks
    from migrate.verify.ported.files import FileProof, Trial
    from migrate.verify.ported.real import RealProof


def tell(found: FileProof) -> None:
    """What was found under the aliases."""
    proof = found.proof
    changed = f"{proof.changed} of them changed by the original, {proof.changed_on_relax} by the port"
    click.echo(f"{proof.name}: {proof.programs} programs, {changed}")
    for reason, count in found.refused.items():
        click.echo(f"  not taken: {count} programs ({reason})")
    if found.left_out:
        click.echo(f"  patterns without a program: {', '.join(found.left_out)}; give an --example for each")
    _tell_checks(found.checks, "  ")
    if proof.counterexample is not None:
        click.echo(f"  different: {proof.counterexample}")
    elif proof.vacuous:
        click.echo("  vacuous: a version never had anything to do")
    elif proof.missed:
        click.echo(f"  {proof.missed} programs that the original changed are as they were, as\n{proof.first_missed!r}")
    else:
        outcomes = ", ".join(f"{count} {outcome.value}" for outcome, count in proof.outcomes.items())
        click.echo(f"  holds: {outcomes}")


def tell_real(trial: Trial, real: RealProof) -> None:
    """What was found in real TVMs."""
    changed = f"{real.changed} of them changed by the original, {real.changed_on_relax} by the port"
    click.echo(f"  in TVM 0.19 and {trial.target}: {real.programs} programs, {changed}")
    counted = (
        ("not taken by TVM", real.unasked), ("not built after the pass", real.unbuilt),
        ("not run by TVM, but interpreted", real.not_run),
    )  # fmt: skip
    for label, counts in counted:
        for reason, count in counts.items():
            click.echo(f"    {label}: {count} programs ({reason})")
    _tell_checks(real.checks, "    ")
    if real.program is not None:
        click.echo(f"    different: {real.reason}\n{real.program!r}")
    else:
        outcomes = ", ".join(f"{count} {outcome.value}" for outcome, count in real.outcomes.items())
        click.echo(f"    {'holds' if real else 'vacuous'}: {outcomes}")


def _tell_checks(checks: Checks, indent: str) -> None:
    """Which check functions took a match: the others were not tried well."""
    if not checks:
        return
    click.echo(f"{indent}checks that took matches on both sides: {', '.join(checks.taken) or 'none'}")
    if checks.never_taken:
        click.echo(f"{indent}checks that never did: {', '.join(checks.never_taken)}; an --example may reach them")
