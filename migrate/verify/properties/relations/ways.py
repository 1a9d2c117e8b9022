"""Different ways to one program: passes before or after the conversion, function by function, cached or not."""

from __future__ import annotations

from migrate.execution import bind_args, compiled, execute
from migrate.mixed import linked
from migrate.mixed.module import begin, convert_function
from migrate.values import leaves
from migrate.verify.agree import compare, same
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import Transform, to_relax
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import FINE, failed, refused
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError


def same_way(name: str, one: Transform, other: Transform, *, exact: bool = True) -> Property:
    """Two transformations of a module give modules that compute the same: to the bit, or within rounding."""

    def check(program: Program) -> Check:
        try:
            results = [
                leaves(execute(module, bind_args(module, program.args), executor="interpreter"))
                for module in (one(program.module), other(program.module))
            ]
        except DiagnosticError as error:
            return refused(name, error)
        wrong = same(*results)
        if not wrong:
            return FINE
        if exact:
            return failed(f"{name}: different", wrong)
        expected = leaves(execute(program.module, program.args, executor="interpreter"))
        outcome, reason = max(
            (compare(program.module, program.args, expected, result) for result in results),
            key=lambda found: found[0] is Outcome.DIFFERENT,
        )
        return Check(outcome, f"{name}: {reason}" if reason else "", f"{name}: {outcome.value}")

    return Property(name, check)


def ported(name: str, relay: Transform, relax: Transform, *, exact: bool = True) -> Property:
    """A pass on Relay and then the conversion, or the conversion and then the pass on Relax: the same, to the bit or
    within rounding.
    """
    return same_way(
        f"{name}, then convert",
        lambda module: to_relax(relay(module)),
        lambda module: relax(to_relax(module)),
        exact=exact,
    )


def commuting(name: str, one: Transform, other: Transform) -> Property:
    """Two passes in either order compute the same."""
    return same_way(f"order of {name}", lambda module: one(other(module)), lambda module: other(one(module)))


def incremental() -> Property:
    """The functions converted one after the other: each mixed program on the way computes what the program does."""

    def check(program: Program) -> Check:
        name = "incremental"
        try:
            expected = leaves(execute(program.module, program.args, executor="interpreter"))
            state = begin(program.module)
            for moved in sorted(state.names):
                state = convert_function(state, moved)
                got = linked.run(state, program.args)
                outcome, reason = compare(program.module, program.args, expected, got)
                if outcome is Outcome.DIFFERENT:
                    return failed(f"{name}: different", f"with {moved} moved: {reason}")
        except DiagnosticError as error:
            return refused(name, error)
        return FINE

    return Property("incremental conversion", check)


def cached() -> Property:
    """A program compiled a second time, when its kernels are known, and one machine run twice, give the same bits."""

    def check(program: Program) -> Check:
        try:
            first = compiled(program.module)
            runs = [leaves(first.run(program.args)), leaves(first.run(program.args))]
            runs.append(leaves(compiled(program.module).run(program.args)))
        except DiagnosticError as error:
            return refused("cached", error)
        wrong = same(runs[0], runs[1]) or same(runs[0], runs[2])
        return failed("cached: different", wrong) if wrong else FINE

    return Property("cached kernels", check)
