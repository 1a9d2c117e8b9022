"""Relay programs as text, before and after a pass."""

from relay_compat.structural import structural_equal
from relay_compat.text.parser import parse
from relay_compat.text.printer import pretty_print
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext, Sequential

HEADER = '#[version = "0.0.5"]\n'


def module(text: str) -> IRModule:
    """A typed module; a text that defines no function is the body of @main()."""
    return parse(HEADER + (text if "def @" in text else f"def @main() {{ {text} }}"))


def check(passes: Pass | list[Pass], before: str, after: str | None = None) -> None:
    """The passes make ``after`` of ``before``, or leave it as it is, and do not touch their argument."""
    program = module(before)
    printed = pretty_print(program)
    with PassContext(opt_level=4):
        found = Sequential(passes if isinstance(passes, list) else [passes])(program)
    assert pretty_print(program) == printed
    wanted = module(after or before)
    assert structural_equal(found, wanted, map_free_vars=True), f"{pretty_print(found)}\n{pretty_print(wanted)}"
