"""``relay2relax completion``, and what it completes beside options and files."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from migrate.cli.common import GOOD, command, print_json
from migrate.cli.options import json_option

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@json_option
@command
def completion(shell: str, as_json: bool) -> int:
    """Print what makes SHELL complete commands, options, files, operators, passes and codes.

    \b
    Example: relay2relax completion bash >> ~/.bashrc
             relay2relax completion fish > ~/.config/fish/completions/relay2relax.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root()
    script = kind(root.command, {}, "relay2relax", "_RELAY2RELAX_COMPLETE").source()
    if as_json:
        print_json({"exit_code": GOOD, "shell": shell, "script": script})
    else:
        click.echo(script)
    return GOOD


def codes(context: click.Context, param: click.Parameter, start: str) -> list[CompletionItem]:
    """The diagnostic codes that start so, with their titles."""
    del context, param
    from tensor_core.codes import catalogue

    return [CompletionItem(c.id, help=c.title) for c in catalogue() if c.id.startswith(start.upper())]


def operators(context: click.Context, param: click.Parameter, start: str) -> list[CompletionItem]:
    """The names of operators, in Relay and in Relax, that start so."""
    del context, param
    from tensor_core.ops.registry import registry

    known = registry()
    return [CompletionItem(name) for name in sorted({*known.by_relay, *known.by_relax}) if name.startswith(start)]


def passes(context: click.Context, param: click.Parameter, start: str) -> list[CompletionItem]:
    """The names of Relay passes that start so."""
    del context, param
    from migrate.passes.ledger import ledger

    return [CompletionItem(name) for name in ledger() if name.startswith(start)]
