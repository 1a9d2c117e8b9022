"""A program of which some functions are Relay and the others Relax."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
import relay_compat.ir.types as relay_types
from migrate.forward.convert import Groundwork, convert_part, groundwork
from migrate.forward.dynamic.requests import Dims, dim_requests
from migrate.forward.names import legal
from migrate.forward.options import Options, expandable
from migrate.mixed.border import check_callee, check_signature, relax_signature
from migrate.mixed.constants import inlined
from migrate.mixed.merge import merge, needed
from migrate.reading import is_relax
from migrate.report.model import Report
from migrate.respell import respell
from relax_core.ir.types import FuncType
from relax_core.names import NameTable
from relax_core.normalize import normalize
from relax_core.text.profiles import profile
from relax_core.text.release import NEWEST
from relax_core.types.leaves import type_of
from relax_core.well_formed import check as check_relax
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, Severity, fail
from tensor_core.module import Declaration, GlobalVar, IRModule
from tensor_core.types import Type

Side = Literal["relay", "relax"]

RELAY = "@"
"""What functions are called by Relay code begins with this in a linked program: no Relax function is called so."""


@dataclass(frozen=True, slots=True, eq=False)
class MixedModule:
    """A Relay module of which the functions ``moved`` are Relax; make one with :func:`begin`.

    A state is a value: moving a function gives another MixedModule. ``source`` is the whole program in Relay, typed and
    without polymorphic functions: what it says of a function is what both sides believe of it; ``ground`` is what
    conversions have to know of it. ``names`` are the
    functions' names in Relax, ``impure`` are those with effects. ``relax`` holds the Relax functions with what they
    need beside them, and declares the Relay functions that they call. ``reports`` says of converted functions what
    became of their op calls.
    """

    ground: Groundwork
    relax: relax.IRModule
    options: Options = field(default_factory=Options)
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    impure: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    reports: Mapping[str, Report] = field(default_factory=dict[str, Report])

    @property
    def source(self) -> IRModule:
        """The whole program in Relay."""
        return self.ground.module

    def side(self, name: str) -> Side:
        """The IR in which a function is; R2R0603 for a name that the program does not have."""
        self.source.get_global_var(name)
        return "relax" if name in self.moved else "relay"

    @property
    def sides(self) -> dict[str, Side]:
        """All functions, in the order of the source."""
        return {var.name: self.side(var.name) for var in self.source.functions}

    def signature(self, name: str) -> relay_types.FuncType:
        """The Relay type of a function."""
        function = self.source[name]
        assert isinstance(function, relay.Function)
        return cast(relay_types.FuncType, function.checked_type)

    def relay(self) -> IRModule:
        """The Relay side: functions that have not moved; the others are declared."""
        side = self.source.copy()
        for name in self.moved:
            side[side.get_global_var(name)] = Declaration(self.signature(name), RELAY + name)
        return side


def begin(
    module: IRModule,
    target: str = "0.27",
    *,
    expand: Collection[str] = (),
    dims: Dims | None = None,
    assume_equal: bool = False,
) -> MixedModule:
    """The state from which a Relay module starts: all functions are Relay.

    Polymorphic functions are copied for the types that they are called with. The options are those of
    :func:`migrate.convert`. R2R0403 when the copies have no end, R2R0405 for an unknown target, R2R0503 for a Relax
    module, R2R0703 for a dimension that is not there; errors of type inference.
    """
    profile(target)
    if is_relax(module):
        raise fail(codes.BAD_INPUTS, "a mixed module starts as a Relay module", hint="give the Relay module")
    options = Options(target, expandable(expand), dim_requests(dims or {}), assume_equal)
    ground = groundwork(infer_types(module), options)
    source = ground.module
    # The names that converting the whole module gives them.
    taken = NameTable()
    names = {var.name: taken.unique(legal(var.name)) for var in source.functions}
    relax_side = relax.IRModule(attrs=source.attrs, params=source.params, release=target)
    impure = frozenset(var.name for var, function in source.functions.items() if function in ground.effects.impure)
    return MixedModule(ground, relax_side, options, names, impure)


def convert_function(state: MixedModule, name: str) -> MixedModule:
    """The program with one more function in Relax, converted from its Relay form.

    A function whose op calls cannot all be said stays what it is: R2R0401 to R2R0403 with all reasons. R2R0603 for an
    unknown name.
    """
    state.side(name)
    part = convert_part(state.ground, state.options, only={name})
    if not part.report.complete:
        errors = [item for item in part.report.diagnostics if item.severity is Severity.ERROR]
        raise DiagnosticError(*(errors or part.report.diagnostics))
    found = {relay_name: var for relay_name, var in part.names.items() if relay_name in state.names}
    moved = _moved(state, name, part.module, found)
    return replace(moved, reports={**state.reports, name: part.report})


def adopt(state: MixedModule, name: str, script: IRModule, symbol: str | None = None) -> MixedModule:
    """The program with one more function in Relax, taken from a Relax module: written by hand, or ported otherwise.

    ``symbol``: what the function is called there, by default as converting calls it. Functions of the program that it
    calls are those of the program, be they Relay or Relax; whatever else it uses comes with it. R2R0411 when its
    signature does not fit the Relay function's, R2R0603 when either module lacks it, errors of well-formedness.
    """
    return take(state, name, checked(state, script), symbol)


def checked(state: MixedModule, script: IRModule) -> relax.IRModule:
    """A Relax module in normal form, said for the program's release, whose functions have no more parameters than the
    program's of the same names have in Relay: large constants are in their bodies. R2R0503 for a module of another IR,
    R2R0401 for what the release cannot say, errors of well-formedness.
    """
    if not is_relax(script):
        raise fail(codes.BAD_INPUTS, "functions are adopted from a Relax module", hint="give a Relax script")
    if (script.release or NEWEST) != state.options.target:
        script, report = respell(script, state.options.target)
        if not report.complete:
            raise DiagnosticError(*report.diagnostics)
    result = normalize(script)
    faults = check_relax(result)
    if faults:
        raise DiagnosticError(*faults)
    assert isinstance(result, relax.IRModule)
    return inlined(result, {symbol: len(state.signature(name).arg_types) for name, symbol in state.names.items()})


def take(state: MixedModule, name: str, script: relax.IRModule, symbol: str | None = None) -> MixedModule:
    """As :func:`adopt`, from a module that :func:`checked` gave. R2R0603 for what is no Relax function."""
    state.side(name)
    var = script.get_global_var(symbol or state.names[name])
    function = script[var]
    if not isinstance(function, relax.Function):
        raise fail(codes.NO_SUCH_FUNCTION, f"{var.name} is no Relax function", hint="name a Relax function")
    _check_against(state, name, function, script.params)
    known = {relay_name: script.get_global_var(own) for relay_name, own in state.names.items() if own in script}
    found = known | {name: var}
    called, _ = needed(script, var, set(found.values()))
    for other, place in found.items():
        if other != name and place in called:
            actual = relax_signature(state.signature(other), other, other not in state.impure)
            check_callee(other, type_of(script[place]), actual, name, function.span)
    return _moved(state, name, script, found)


def check(state: MixedModule) -> list[Diagnostic]:
    """Every fault of a state: of its Relay side by the declared types of the functions in Relax, of its Relax side, and
    of signatures that do not fit each other. States made by this module have none.
    """
    found: list[Diagnostic] = []
    try:
        infer_types(state.relay())
    except DiagnosticError as error:
        found += error.diagnostics
    found += check_relax(state.relax)
    for name in sorted(state.moved):
        function = state.relax[state.names[name]]
        assert isinstance(function, relax.Function)
        try:
            _check_against(state, name, function, state.relax.params)
        except DiagnosticError as error:
            found += error.diagnostics
    return found


def _check_against(state: MixedModule, name: str, function: relax.Function, params: Mapping[str, Any]) -> None:
    """R2R0411 unless a Relax function can take the place of a Relay function."""
    wanted = relax_signature(state.signature(name), name, name not in state.impure)
    given = _without_own_params(function, params, len(wanted.params or ()))
    check_signature(name, wanted, given, function.span)


def _without_own_params(function: relax.Function, params: Mapping[str, Any], count: int) -> Type | None:
    """The type of a function, last parameters left out that are arrays of its module (lifted constants)."""
    type_, own = type_of(function), function.params[count:]
    if not isinstance(type_, FuncType) or type_.params is None or not all(param.name in params for param in own):
        return type_
    return FuncType(type_.params[:count], type_.ret, type_.pure)


def _moved(state: MixedModule, name: str, module: relax.IRModule, found: Mapping[str, GlobalVar]) -> MixedModule:
    """``found``: what the functions of the program are called in ``module``, as far as it knows them."""
    side = state.relax.copy()
    called, _ = needed(module, found[name], set(found.values()))
    wanted = {name, *(own for own, var in found.items() if var in called)}
    places = {found[own]: _place(state, side, own, found[own]) for own in wanted}
    merge(side, module, found[name], places)
    side.params.update(module.params)
    return replace(state, relax=side, moved=state.moved | {name})


def _place(state: MixedModule, side: relax.IRModule, name: str, var: GlobalVar) -> GlobalVar:
    """The name in the Relax side of a function of the program, which is declared there unless it is in Relax."""
    symbol = state.names[name]
    if symbol in side:
        return side.get_global_var(symbol)
    made = GlobalVar(symbol)
    type_ = var.checked or relax_signature(state.signature(name), name, name not in state.impure)
    made.memo("checked", type_)
    side[made] = Declaration(type_, symbol)
    return made
