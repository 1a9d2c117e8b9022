"""The forward converter: a typed Relay module in, a normalised, well-formed, typed Relax module and a report out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import relax_core.ir.expr as relax
import relax_core.ir.types as relax_types
import relay_compat.ir.expr as relay
import relay_compat.ir.types as relay_types
from migrate.forward.arms import separated
from migrate.forward.attributes import PRIVATE, function_attrs, module_attrs
from migrate.forward.bind import with_params_bound
from migrate.forward.closures import Known
from migrate.forward.constant import Constants
from migrate.forward.dynamic.functions import solved, visible
from migrate.forward.dynamic.requests import Dims, dim_requests
from migrate.forward.dynamic.signature import Signature
from migrate.forward.dynamic.solve import Sizes
from migrate.forward.effects import Effects
from migrate.forward.external import can_be_pure
from migrate.forward.function import FunctionConverter
from migrate.forward.large_constants import large_constants
from migrate.forward.left_out import leave_out, refuse
from migrate.forward.names import legal
from migrate.forward.options import QDQ_FORM, Options, expandable
from migrate.forward.result import ConversionResult
from migrate.forward.shared import Shared
from migrate.forward.specialise import specialised
from migrate.forward.survey import Survey
from migrate.forward.types import convert_type, result_type
from migrate.reading import is_relax
from migrate.report.model import Fate, FunctionOutcome, Report
from migrate.respell import respell
from relax_core.names import NameTable
from relax_core.passes.remove_unused import remove_unused
from relax_core.text.profiles import profile
from relax_core.types.plain import of_array
from relay_compat.lowering.captures import Captures
from relay_compat.scopes import Plan
from relay_compat.types.infer import infer_types
from tensor_core import codes
from tensor_core.collection import collection_paused
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import GlobalVar, IRModule
from tensor_core.trampoline import run
from tensor_core.types import tensor_type_of


@collection_paused()
def convert(
    module: IRModule,
    target: str = "0.27",
    *,
    expand: Collection[str] = (),
    dims: Dims | None = None,
    assume_equal: bool = False,
    qnn: str = "exact",
    prefer: str = "",
    bind_params: bool = False,
) -> ConversionResult:
    """Convert a Relay ``module`` to Relax as TVM ``target`` spells it. The module stays as it is.

    A Relax module is said anew for the target (:mod:`migrate.respell`).

    ``expand`` names ops (by card, as "nn.layer_norm") that are to be written out in simpler ops although the target
    could say them in one call: for builds of TVM that cannot compile them.

    ``dims`` says what is known of open dimensions of parameters, by PARAMETER.AXIS: a name (those of one name are
    equal), a size, bounds, as "batch", 16, "1..64", "batch:1..64". ``assume_equal``: open dimensions that meet in a
    broadcast are equal. Both are assumptions, which the converted program checks.

    ``qnn``: "exact" says quantized operators in integer arithmetic, to the bit that of Relay; "qdq" in floats between
    ``dequantize`` and ``quantize``, and the report says of each call how far it may lie from that (``lossy``).

    ``prefer``: "dps" calls the function of a library wherever a card names one (``call_dps_packed``), although Relax
    has the operator; without it only where Relax has none.

    ``bind_params`` makes constants of the parameters whose arrays came with the module; they become parameters again,
    behind the inputs, where they are too large for text. By default all parameters stay where they are.

    A function with a construct that cannot be converted is left out and reported; a call that cannot be said becomes a
    stub that fails when it runs, and is reported. Raises DiagnosticError: R2R0405 for an unknown target, R2R02xx for an
    ill-typed module.

    Shapes and element types of parameters and results stay; ``?`` becomes a symbolic dimension.

    Source: operators mean what TVM 0.19's kernels compute, and are said as the Relax of the target's release defines
    them, which recorded runs of both decide; of 0.20 and 0.22 to 0.24 it is derived from their neighbours.
    """
    profile(target)
    asked = dim_requests(dims or {})
    options = Options(target, expandable(expand), asked, assume_equal, qnn, prefer, bind_params)
    if is_relax(module):
        if bind_params:
            raise fail(codes.BAD_OPTION, "parameters of a Relax module are not bound", hint="see BindParams of TVM")
        return ConversionResult(*respell(module, target))
    bound: Mapping[int, str] = {}
    if bind_params:
        module, bound = with_params_bound(module, Survey(module).called)
    part = convert_part(groundwork(module, options), options, bound=bound)
    return ConversionResult(part.module, part.report)


@dataclass(frozen=True, slots=True)
class Groundwork:
    """What a conversion has to know of a whole Relay module, typed and without polymorphic functions, before it
    converts any function of it. Functions that are converted one by one share it.
    """

    module: IRModule
    survey: Survey
    copies: Collection[GlobalVar]
    unused: Sequence[str]
    effects: Effects
    sizes: Mapping[str, Sizes]
    signatures: Mapping[relay.Function, Signature]


def groundwork(module: IRModule, options: Options) -> Groundwork:
    """Look at a module. R2R0403 when copies of polymorphic functions have no end, R2R0703 for a dimension that is not
    there; errors of type inference.
    """
    if not all(isinstance(f, relay.Function) and f.checked is not None for f in module.functions.values()):
        module = infer_types(module)
    found = specialised(module)
    effects = Effects(found.survey, can_be_pure(options.target))
    sizes, signatures = solved(found.module, effects, options)
    return Groundwork(found.module, found.survey, found.copies, found.unused, effects, sizes, signatures)


@dataclass(frozen=True, slots=True)
class Part:
    """Some functions of a Relay module in Relax, with what was made for them; ``names``: what all are called there."""

    module: relax.IRModule
    report: Report
    names: Mapping[str, GlobalVar]


def convert_part(
    ground: Groundwork, options: Options, only: Collection[str] | None = None, bound: Mapping[int, str] | None = None
) -> Part:
    """As :func:`convert`; with ``only``, the functions of these names alone. They call the others as if these were
    converted, too, so that a function is the same whether it is converted alone or with all. ``bound``: the names of
    arrays that were bound to parameters, by their ``id``.
    """
    module, survey = ground.module, ground.survey
    report = Report(options.target)
    attrs = module_attrs(module.attrs, report)
    result = relax.IRModule(attrs=attrs, params=module.params, release=options.target)
    taken = frozenset(legal(param.name) for function in module.functions.values() for param in _params(function))
    # Functions that are converted alone keep the signature that the others know.
    needed = large_constants(survey) if only is None else {}
    constants = Constants(result, needed, taken, report, bound)
    called = {var: constants.of(survey.globals[var]) for var in survey.called}
    shared = Shared(module, result, options, report, ground.effects, constants, called, NameTable(), ground.sizes)
    report.functions += [FunctionOutcome(name, Fate.UNUSED, reason=_UNUSED) for name in ground.unused]
    _declare(module, shared, only, ground.signatures)
    refused: set[GlobalVar] = set()
    for var, function in sorted(module.functions.items(), key=lambda item: item[0].name):
        if var not in shared.globals or (only is not None and var.name not in only):
            continue
        assert isinstance(function, relay.Function)
        plan = Plan(function.body)
        converter = FunctionConverter(var.name, shared, plan, Captures(plan), may_lift=var not in shared.called)
        attrs = function_attrs(function.attrs, var.name, function.span, report)
        if var not in ground.copies and PRIVATE not in function.attrs:
            # Every global function of Relay may be called from outside; in Relax that takes a symbol.
            attrs["global_symbol"] = var.name
        try:
            needs, is_called = shared.called.get(var, ()), var in shared.called
            converted = run(converter.convert(function, attrs, needs=needs, is_called=is_called))
            if options.qnn == QDQ_FORM:
                # Integers of sums that only other floats were made of.
                converted = remove_unused(converted)
        except DiagnosticError as error:
            refuse(var, function, error, report)
            refused.add(var)
            continue
        name = shared.globals[var].symbol
        if var.name in shared.sizes:
            report.assumptions += shared.sizes[var.name].assumptions
        name.memo("checked", converted.ty)
        result[name] = converted
        report.functions.append(FunctionOutcome(var.name, Fate.CONVERTED, name.name, span=function.span))
    leave_out(refused, survey, shared)
    _separate_arms(result, shared.names)
    return Part(result, report, {var.name: known.symbol for var, known in shared.globals.items()})


def _separate_arms(module: relax.IRModule, names: NameTable) -> None:
    """Make functions of the arms that real TVM would run in memory of arms not taken."""
    for var, function in list(module.functions.items()):
        if not isinstance(function, relax.Function):
            continue

        def name(arm: str, of: str = var.name) -> GlobalVar:
            return GlobalVar(names.unique(f"{of}_{arm}"))

        module[var], made = separated(function, name, module.release or "0.27")
        for made_name, arm in made.items():
            module[made_name] = arm


def _declare(
    module: IRModule,
    shared: Shared,
    only: Collection[str] | None,
    signatures: Mapping[relay.Function, Signature],
) -> None:
    """The Relax names of all functions that can be converted, with their types, so that calls may come before
    bodies.
    """
    for var, function in module.functions.items():
        assert isinstance(function, relay.Function)
        name = GlobalVar(shared.names.unique(legal(var.name)))
        try:
            signature = function.checked_type
            assert isinstance(signature, relay_types.FuncType)
            found = signatures.get(function) or Signature(signature.arg_types, signature.ret_type)
            params = tuple(
                convert_type(type_, param.span or function.span)
                for type_, param in zip(found.params, function.params, strict=True)
            )
            says = result_type if var in shared.called else convert_type
            result = visible(says(found.result, function.span), params)
            params += tuple(of_array(tensor_type_of(item.data)) for item in shared.called.get(var, ()))
            name.memo("checked", relax_types.FuncType(params, result, function not in shared.effects.impure))
        except DiagnosticError as error:
            if only is None or var.name in only:
                refuse(var, function, error, shared.report)
            continue
        shared.globals[var] = Known(name)


_UNUSED = "it is polymorphic and nothing calls it"


def _params(function: object) -> Sequence[relay.Var]:
    return function.params if isinstance(function, relay.Function) else ()
