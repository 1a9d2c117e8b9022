"""``relay2relax passes``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrate.cli.common import FINDING, GOOD, command, print_json, write_files
from migrate.cli.completion import passes as known_passes
from migrate.cli.options import Existing, from_release_option, inputs_option, json_option, params_option, seed_option
from tensor_core import codes
from tensor_core.contract import Contract
from tensor_core.diagnostics import fail

if TYPE_CHECKING:
    from migrate.verify.proof import Proof


class _NameOrCommand(click.Group):
    """A group whose first argument may also be a pass's name, which is then shown."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["show", *args]
        # ``passes --json NAME`` means the same as ``passes NAME --json``.
        return super().resolve_command(ctx, [*args, "--json"] if ctx.params.get("as_json") else args)


@click.group(
    cls=_NameOrCommand,
    invoke_without_command=True,
    subcommand_metavar="[NAME | order [NAME]... | verify NAME | bisect MODEL NAMES | scaffold NAME]",
)
@json_option
@click.pass_context
def passes(ctx: click.Context, as_json: bool) -> None:
    """Show what became of each Relay pass, or prove a ported one.

    Without a name the whole ledger.

    \b
    Example: relay2relax passes
             relay2relax passes FoldConstant
             relay2relax passes order PartitionGraph
             relay2relax passes verify FoldConstant
    """
    if ctx.invoked_subcommand is None:
        _list(as_json)


@passes.command(hidden=True)
@click.argument("name", shell_complete=known_passes)
@json_option
@command
def show(name: str, as_json: bool) -> int:
    """Show the row of one pass.

    \b
    Example: relay2relax passes show FoldConstant
    """
    from migrate.passes.ledger import exists_on_relay, row

    found = row(name)
    if as_json:
        print_json({"exit_code": GOOD, **found.to_json(), "on_relay": exists_on_relay(found)})
        return GOOD
    fields = [
        ("on Relay", "as in TVM 0.19" if exists_on_relay(found) else "not here"),
        ("status", found.status.value),
        ("TVM offers in Relax", found.offers.value),
        *((f"in Relax {release}", ", ".join(names) or "-") for release, names in found.relax.items()),
        ("contract", found.contract.value if found.contract else ""),
        ("needs", ", ".join(found.needs)),
        ("assumes", "; ".join(found.assumes)),
        ("evidence", ", ".join(found.evidence)),
        ("reason", found.reason),
        ("note", found.note),
    ]
    click.echo(found.name)
    for label, value in fields:
        if value:
            click.echo(f"  {label + ':':<21} {value}")
    return GOOD


@passes.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=known_passes)
@json_option
@command
def order(names: tuple[str, ...], as_json: bool) -> int:
    """Show in which order passes are ported: NAMES and what they build on, or all passes.

    Those of one step need only passes of the steps before.

    \b
    Example: relay2relax passes order PartitionGraph FakeQuantizationToInteger
    """
    from migrate.passes.order import porting_order

    steps = porting_order(names)
    if as_json:
        print_json({"exit_code": GOOD, "steps": [[item.to_json() for item in step] for step in steps]})
        return GOOD
    width = max(len(item.name) for step in steps for item in step)
    for number, step in enumerate(steps, 1):
        click.secho(f"step {number}", bold=True)
        for item in step:
            needs = f"after {', '.join(item.needs)}" if item.needs else ""
            click.echo(f"  {item.name:<{width}}  {item.status.value:<10}  {needs}".rstrip())
    return GOOD


@passes.command()
@click.argument("name", shell_complete=known_passes)
@click.option("--programs", default=100, show_default=True, type=click.IntRange(min=1), help="How many to generate.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the generated programs."
)
@click.option("--backend", is_flag=True, help="Run the ported version compiled as well.")
@json_option
@command
def verify(name: str, programs: int, seed: int, backend: bool, as_json: bool) -> int:
    """Prove a ported or bridged pass on generated Relay programs: one of the ledger, of a vendor's package, or
    package.module:ATTRIBUTE.

    Each program runs as it is, after the Relay version, and converted after the Relax version. All results must agree,
    and both versions must have done what they promise; without a program that they changed the proof is vacuous, which
    is a finding as well. A bridged pass is its own Relax version: it runs on what the
    converter makes of the program taken back to Relay. A failure is reduced to the smallest program found.

    \b
    Example: relay2relax passes verify FoldConstant --programs 1000
    """
    from migrate.cli.progress import stages
    from migrate.passes.ledger import row
    from migrate.passes.ports import named
    from migrate.verify.proof import prove

    port = named(name)
    if port is None:
        raise fail(
            codes.BAD_OPTION,
            f"{name} is {row(name).status.value}: there are no two versions to compare",
            hint="passes that are ported or bridged can be proven; 'relay2relax passes' lists them",
        )
    with stages(enabled=not as_json) as progress:

        def tick(done: int) -> None:
            if progress is not None:
                progress("programs", done, programs)

        proof = prove(port, programs, seed, backend=backend, tick=tick)
    code = GOOD if proof and not proof.vacuous else FINDING
    if as_json:
        print_json({"exit_code": code, "seed": seed, **proof.to_json()})
    else:
        _tell(proof, seed)
    return code


@passes.command()
@click.argument("name")
@click.option("--relay", required=True, metavar="PACKAGE.MODULE:NAME", help="What makes the Relay pass.")
@click.option(
    "--relax", metavar="PACKAGE.MODULE:NAME", help="What makes the Relax pass; the Relay pass is bridged without it."
)
@click.option(
    "--example",
    "examples",
    multiple=True,
    required=True,
    type=Existing(),
    help="A file of Relay text with a function main that the pass changes; one for each of its rules.",
)
@click.option(
    "--contract",
    default="exact",
    show_default=True,
    type=click.Choice([item.value for item in Contract]),
    help="What the pass may change about the numbers.",
)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The test file to write.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
@command
def scaffold(
    name: str,
    relay: str,
    relax: str | None,
    examples: tuple[Path, ...],
    contract: str,
    output: Path,
    force: bool,
    as_json: bool,
) -> int:
    """Write the test of a pass of your own and its port.

    The file holds the port, to be registered under the entry point group relay2relax.passes, and tests that prove it
    on programs generated around the examples.

    \b
    Example: relay2relax passes scaffold FoldTwo --relay acme.relay_passes:FoldTwo
             --relax acme.relax_passes:FoldTwo --example two.relay -o test_fold_two.py
    """
    from migrate.passes.scaffold import scaffold

    text = scaffold(name, relay, relax, examples, Contract(contract), output.name)
    write_files({output: text.encode()}, force)
    if as_json:
        print_json({"exit_code": GOOD, "written": [str(output)]})
    else:
        click.echo(f"wrote {output}; run it with: python -m pytest {output}")
    return GOOD


def _tell(proof: Proof, seed: int) -> None:
    changed = f"{proof.changed} of them changed by the Relay version, {proof.changed_on_relax} by the Relax version"
    click.echo(f"{proof.name}: {proof.programs} programs from seed {seed}, {changed}")
    outcomes = ", ".join(f"{count} {outcome.value}" for outcome, count in proof.outcomes.items())
    if proof.counterexample is not None:
        click.echo(f"the property fails: {proof.counterexample}")
    elif proof.vacuous:
        click.echo(f"vacuous: no program gave a version anything to do ({outcomes})")
    else:
        click.echo(f"the property holds: {outcomes}")


@passes.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@params_option
@inputs_option
@seed_option
@from_release_option
@click.option("--backend", is_flag=True, help="Run what the passes make compiled as well.")
@json_option
@command
def bisect(
    model: Path,
    names: tuple[str, ...],
    params: Path | None,
    inputs: Path | None,
    seed: int,
    from_release: str | None,
    backend: bool,
    as_json: bool,
) -> int:
    """Find the pass that changes what a Relay MODEL computes.

    The passes run one after the other, as they are given: passes of Relay by their names, 'convert', then passes of
    Relax; package.module:ATTRIBUTE is one of your own, or a list or Sequential of them. What MODEL computes is asked
    after half of them, then a quarter, and so on. The pass is shown with what it changed in the text.

    \b
    Example: relay2relax passes bisect model.relay SimplifyExpr FoldConstant convert mypasses:PIPELINE
    """
    from migrate.cli.progress import stages
    from migrate.passes.by_name import passes_by_name
    from migrate.verify.localise import first_wrong_pass
    from migrate.verify.reduce.given import read_given

    given = read_given(model, params, inputs, seed, from_release)
    pipeline = passes_by_name(names)
    with stages(enabled=not as_json) as progress:
        found = first_wrong_pass(
            pipeline, given.program, ("interpreter", "backend") if backend else ("interpreter",), progress
        )
    code = GOOD if found is None else FINDING
    if as_json:
        print_json({"exit_code": code, "culprit": None if found is None else found.to_json()})
    elif found is None:
        click.echo(f"all {len(names)} passes keep what {model} computes")
    else:
        click.echo(f"pass {found.number + 1}, {found.stage.name}: {found.check.reason}")
        if found.wrong is not None:
            click.echo(f"first wrong op: {found.wrong.left}")
        click.echo(found.diff())
    return code


def _list(as_json: bool) -> None:
    from migrate.passes.ledger import ledger
    from migrate.passes.ports import vendors_ports

    rows = list(ledger().values())
    if as_json:
        passes = [row.to_json() for row in rows]
        print_json({"exit_code": GOOD, "passes": passes, "of_installed_packages": list(vendors_ports())})
        return
    width = max(len(row.name) for row in rows)
    for row in rows:
        newest = ", ".join(list(row.relax.values())[-1]) if row.relax else ""
        click.echo(f"{row.name:<{width}}  {row.status.value:<10}  {newest}".rstrip())
    for name in vendors_ports():
        click.echo(f"{name:<{width}}  ported      by an installed package")
    counts = Counter(row.status.value for row in rows)
    click.echo(f"{len(rows)} passes: " + ", ".join(f"{count} {status}" for status, count in counts.items()), err=True)
