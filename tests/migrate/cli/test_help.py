"""Help in one style: a sentence, examples that parse, exit codes; what a shell completes; the codes explained."""

import re
import shlex
from collections.abc import Iterator

import click
import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from migrate.cli.exit_codes import MEANINGS
from migrate.cli.main import main
from tensor_core.codes import catalogue


def all_commands(group: click.Group = main, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from all_commands(command, (*before, name))
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield (*before, name)


def examples(text: str) -> list[str]:
    """The lines behind ``Example:``."""
    block = re.search(r"^ *Example: (.*?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert block is not None
    return re.findall(r"^ *(relay2relax .*)$", block[1].replace("Example:", ""), re.MULTILINE)


@pytest.mark.parametrize("path", list(all_commands()), ids=" ".join)
def test_help_has_one_style(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--help"])
    assert told.exit_code == 0
    text = told.output
    assert re.search(r"^  [A-Z][^\n]*", text, re.MULTILINE)
    assert "Exit codes: 0" in text
    assert "--json" in text
    shown = examples(text)
    assert shown
    for line in shown:
        words = shlex.split(line.partition(" |")[0].partition(" >")[0])[1:]
        group: click.Command = main
        while isinstance(group, click.Group) and words and words[0] in group.commands:
            group = group.commands[words.pop(0)]
        if isinstance(group, click.Group):
            continue
        _, left, _ = group.make_parser(click.Context(group)).parse_args(words)
        assert not left, line


def test_the_exit_codes_of_help_are_those_of_the_page() -> None:
    assert {" ".join(path) for path in all_commands()} == set(MEANINGS)


@pytest.mark.parametrize(
    ("words", "start", "found"),
    [
        ([], "con", {"convert"}),
        (["explain"], "R2R070", {f"R2R070{n}" for n in range(1, 6)}),
        (["ops"], "nn.conv2d", {"nn.conv2d", "nn.conv2d_transpose"}),
        (["passes", "verify"], "FoldC", {"FoldConstant"}),
        (["convert", "m.relay"], "--par", {"--params", "--params-out"}),
    ],
)
def test_shells_complete(words: list[str], start: str, found: set[str]) -> None:
    complete = BashComplete(main, {}, "relay2relax", "_RELAY2RELAX_COMPLETE")
    assert found <= {item.value for item in complete.get_completions(words, start)}


def test_the_door_shows_every_command_with_a_whole_sentence() -> None:
    text = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    for name, command in main.commands.items():
        assert f"{name} {command.get_short_help_str(200)}" in text
        assert "..." not in command.get_short_help_str(200)


def test_every_code_is_explained_alone() -> None:
    for code in catalogue():
        told = CliRunner().invoke(main, ["explain", code.id.lower()])
        assert told.exit_code == 0
        assert told.output.split("\n\n") == [f"{code.id}: {code.title}", f"{code.explanation}\n"]
        assert len(code.explanation) > len(code.title)
        assert CliRunner().invoke(main, ["explain", code.id.removeprefix("R2R")]).output == told.output
