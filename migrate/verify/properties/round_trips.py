"""What is written and read again is what it was: text and JSON of Relay, scripts of Relax, the way over and back."""

from __future__ import annotations

import re

import relax_core.structural as relax_structural
import relax_core.text.printer as relax_printer
import relax_core.text.reader as relax_reader
import relay_compat.json.reader as json_reader
import relay_compat.json.writer as json_writer
import relay_compat.text.parser as relay_parser
import relay_compat.text.printer as relay_printer
from migrate.backward.revert import revert
from migrate.reading import is_relax
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import keeps_meaning, to_relax
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import FINE, equal, failed, refused
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule


def relay_text() -> Property:
    """The lossless text of a module is read as that module, and printed again it is the same text."""

    def check(program: Program) -> Check:
        try:
            text = relay_printer.print_module(program.module, lossless=True)
            again = relay_parser.parse(text)
            if not equal(program.module, again):
                return failed("relay text: another module", "the text is read as another module")
            second = relay_printer.print_module(again, lossless=True)
        except DiagnosticError as error:
            return refused("relay text", error)
        return FINE if second == text else failed("relay text: another text", "printed again it is another text")

    return Property("relay text round trip", check)


def relay_json() -> Property:
    """The JSON of a module is read as that module; from the second on, what is saved stays the same text.

    Equal types that a program holds twice are one object when they come from a file.
    """

    def check(program: Program) -> Check:
        try:
            text = json_writer.save_json(program.module)
            again = json_reader.load_json(text)
            if not equal(program.module, again):
                return failed("relay JSON: another module", "the JSON is read as another module")
            second = json_writer.save_json(again)
            third = json_writer.save_json(json_reader.load_json(second))
        except DiagnosticError as error:
            return refused("relay JSON", error)
        return FINE if third == second else failed("relay JSON: another text", "saved again it is another text")

    return Property("relay JSON round trip", check)


def relax_text(target: str = "0.27") -> Property:
    """The script of the converted module is read as that module, and printed again it is the same script."""

    def check(program: Program) -> Check:
        try:
            module = to_relax(program.module, target)
            text = relax_printer.print_module(module, target)
            again = relax_reader.read(text, release=target)
            wrong = relax_structural.first_difference(module, again)
            if wrong is not None:
                return failed("relax script: another module", wrong)
            second = relax_printer.print_module(again, target)
        except DiagnosticError as error:
            return refused("relax script", error)
        return FINE if second == text else failed("relax script: another text", "printed again it is another script")

    return Property(f"relax {target} script round trip", check)


def through_text(module: IRModule) -> IRModule:
    """The module as its lossless text is read."""
    return relay_parser.parse(relay_printer.print_module(module, lossless=True))


def there_and_back(module: IRModule) -> IRModule:
    """A module of either IR in Relay, by way of Relax; DiagnosticError when something of it did not come back."""
    result = revert(module if is_relax(module) else to_relax(module))
    if not result.report.complete:
        raise DiagnosticError(*result.report.diagnostics)
    return result.module


def backward() -> Property:
    """What comes back from Relax computes what the Relay module did."""
    return keeps_meaning("there and back", there_and_back)


def normal_form() -> Property:
    """Over, back, and over again, until two Relax modules that follow each other say the same, but for names: the
    second and the third do, or the third and the fourth.

    The first may differ from them in what nothing uses, which does not come back, and in arms of branches that are
    functions of their own because of it; the second one holds calls of such functions, which are like all others in the
    third.
    """

    def check(program: Program) -> Check:
        try:
            before = to_relax(there_and_back(program.module))
            for _ in range(2):
                after = to_relax(there_and_back(before))
                if _say_the_same(before, after):
                    return FINE
                before = after
        except DiagnosticError as error:
            return refused("normal form", error)
        return failed("normal form: another module", "one more trip changes the module")

    return Property("normal form", check)


def _say_the_same(one: IRModule, other: IRModule) -> bool:
    if relax_structural.structural_equal(one, other):
        return True
    first, second = (_unnamed(relax_printer.print_module(module)) for module in (one, other))
    return first == second


def _unnamed(script: str) -> str:
    """A script with its variables numbered in the order in which they appear."""
    numbers: dict[str, str] = {}
    return re.sub(r"\b[a-zA-Z_]\w*(?=:|\b)", lambda found: numbers.setdefault(found[0], f"v{len(numbers)}"), script)
