"""Passes, sequences, contexts and instruments. What is expected was seen on TVM 0.19, program by program."""

import threading
from typing import Any

import pytest
from relay_build import call, const, module, var

from relay_compat.backend.program import Prepared
from relay_compat.ir.expr import Function
from relay_compat.ir.module import IRModule
from relay_compat.transform import FunctionPass, function_pass, registry
from relay_compat.transform import __getattr__ as transform
from relay_compat.types.infer import is_inferred
from tensor_core.diagnostics import DiagnosticError
from tensor_core.passes import (
    ModulePass,
    PassContext,
    PassInfo,
    PrintIR,
    Sequential,
    module_pass,
    pass_instrument,
)
from tensor_core.passes.instruments import PassPrintingInstrument, PassTimingInstrument, PrintAfterAll

InferType, FoldConstant = transform("InferType"), transform("FoldConstant")


def program() -> IRModule:
    x = var("x", 2)
    return module(call("add", call("add", const([1.0, 2.0]), const([1.0, 2.0])), x), x)


def body_of(mod: Any) -> Any:
    return mod["main"].body


@pass_instrument
class Names:
    def __init__(self) -> None:
        self.seen = list[str]()

    def run_before_pass(self, mod: Any, info: PassInfo) -> None:
        del mod
        self.seen.append(info.name)


def keep(mod: Any, context: PassContext) -> Any:
    del context
    return mod


def test_a_called_pass_runs_at_any_level_and_a_sequence_asks_the_context():
    three, names = module_pass(keep, opt_level=3, name="three", required=["InferType"]), Names()
    with PassContext(opt_level=1, instruments=[names]):
        three(program())
        FoldConstant()(program())
        Sequential([three])(program())
    assert names.seen == ["three", "FoldConstant", "InferType", "sequential"]


def test_a_sequence_runs_what_is_required_and_leaves_out_what_is_disabled():
    three = module_pass(keep, opt_level=3, name="three", required=["relay._transform.InferType"])
    four, names = module_pass(keep, opt_level=4, name="four"), Names()
    with PassContext(3, instruments=[names], disabled_pass=["FoldConstant"], required_pass=["four"]):
        Sequential([three, FoldConstant(), four])(program())
    assert names.seen == ["sequential", "InferType", "three", "four"]


def test_a_required_pass_that_nobody_knows():
    with pytest.raises(DiagnosticError, match="Cannot use Nope to create the pass"):
        Sequential([module_pass(keep, opt_level=0, name="asks", required=["Nope"])])(program())


def test_a_function_pass_sees_what_may_be_optimised_and_infers_types():
    body = InferType()(program())["main"]
    assert isinstance(body, Function)
    marks = {"b": ("Compiler", "x"), "c": ("Extern", 1), "d": ("SkipOptimization", 1), "e": ("Extern", 0)}
    functions = {name: body.with_attr(*mark) for name, mark in marks.items()}
    seen = list[Any]()

    def run(function: Function, mod: Any, context: PassContext) -> Function:
        del context
        seen.append((function, len(mod)))
        return Function(function.params, function.body)

    result = function_pass(run, opt_level=1, name="run")(IRModule({"a": body, **functions}))
    assert seen == [(body, 5), (functions["e"], 5)]
    assert result["a"].checked_type == body.checked_type
    assert result["b"] is functions["b"]


def test_classes_become_passes():
    @function_pass(opt_level=1)
    class Replaced:
        """Takes another function."""

        def __init__(self, new: Function) -> None:
            self.new = new

        def transform_function(self, function: Function, mod: Any, context: Any) -> Function:
            del function, mod, context
            return self.new

    x = var("x", 2)
    made: Any = Replaced(Function((x,), x))
    assert (made.info.name, made.info.opt_level, made.new.body) == ("Replaced", 1, x)
    assert isinstance(made, FunctionPass)
    assert Replaced.__doc__ == "Takes another function."
    assert str(made) == "Run Function pass: Replaced at the optimization level 1"
    assert body_of(made(program())) is x


def test_what_is_no_pass():
    with pytest.raises(ValueError, match="opt_level"):
        module_pass(keep)
    with pytest.raises(TypeError, match="Required"):
        module_pass(keep, opt_level=1, required="InferType")
    with pytest.raises(TypeError, match="list of Pass"):
        Sequential(InferType())
    with pytest.raises(DiagnosticError, match="must return a function"):
        function_pass(lambda *args: args[0].body, opt_level=0)(program())
    with pytest.raises(DiagnosticError, match="must return a module"):
        module_pass(lambda *_: None, opt_level=0)(program())


def test_infer_type_answers_with_a_module_of_its_own():
    first = program()
    second = InferType()(first)
    second["other"] = second["main"]
    assert "other" not in first
    assert InferType()(second) is not second


def test_a_pass_that_changes_its_argument_is_found_out():
    def bad(mod: IRModule, context: PassContext) -> IRModule:
        del context
        mod["main"] = Function((), const(1.0))
        return mod

    broken = module_pass(bad, opt_level=0)
    broken(program())
    with (
        PassContext(config={"testing.immutable_module": True}),
        pytest.raises(DiagnosticError, match="modified in pass: bad"),
    ):
        broken(program())


def test_options_are_known_and_of_a_kind():
    context = PassContext(config={"relay.FuseOps.max_depth": 3, "tir.add_lower_pass": [(1, keep)]})
    assert context.config["relay.FuseOps.max_depth"].value == 3
    assert PassContext.list_configs()["tir.UnrollLoop"]["type"] == "tir.transform.UnrollLoopConfig"
    for config in ({"relay.no": 1}, {"relay.FuseOps.max_depth": "x"}, {"relay.FuseOps.max_depth": None}):
        with pytest.raises(AttributeError, match=r"R2R0703.*relay\."):
            PassContext(config=config)


def test_contexts_belong_to_a_thread():
    seen = list[int]()
    with PassContext(opt_level=4) as outer:
        assert PassContext.current() is outer
        thread = threading.Thread(target=lambda: seen.append(PassContext.current().opt_level))
        thread.start()
        thread.join()
        with outer:
            pass
        assert PassContext.current() is outer
    assert seen == [2]
    assert PassContext.current().opt_level == 2


def test_an_error_of_an_instrument_ends_instrumentation():
    events = list[str]()

    @pass_instrument
    class Told:
        def __init__(self, name: str, broken: bool = False) -> None:
            self.id, self.broken = name, broken

        def enter_pass_ctx(self) -> None:
            events.append(f"enter {self.id}")
            if self.broken:
                raise RuntimeError("broken")

        def exit_pass_ctx(self) -> None:
            events.append(f"exit {self.id}")

    context = PassContext(instruments=[Told("1"), Told("2", broken=True), Told("3")])
    with pytest.raises(RuntimeError, match="broken"), context:
        pass
    assert events == ["enter 1", "enter 2", "exit 1"]
    assert not context.instruments
    assert PassContext.current() is not context


def test_texts(capsys: pytest.CaptureFixture[str]):
    assert str(PassInfo(2, "a", ["b", "c"])) == (
        "The meta data of the pass - pass name: a, opt_level: 2, required passes: [\nb, c, ]\n"
    )
    assert str(Sequential([FoldConstant()])).endswith("The passes will be executed are: [FoldConstant ]")
    assert repr(PassContext(config={"relay.fallback_device_type": 3})).splitlines()[5] == (
        '\tconfig: {"relay.fallback_device_type": 3}'
    )
    PrintIR("here")(program())
    assert capsys.readouterr().err.startswith('PrintIR(here):\n#[version = "0.0.5"]\ndef @main(')


def test_timing_shows_nested_passes():
    timing = PassTimingInstrument()
    with PassContext(instruments=[timing]):
        Sequential([InferType(), FoldConstant()])(program())
        lines = timing.render().splitlines()
    names = [line.split(":")[0] for line in lines]
    assert names == ["sequential", "\tInferType", "\tFoldConstant", "\t\tInferType"]
    assert lines[0].endswith("(100.00%; 100.00%)")
    assert timing.render() == ""


def test_instruments_see_what_a_build_runs():
    names = Names()
    with PassContext(instruments=[names]):
        Prepared(program(), interprets=True)
    assert names.seen == ["InferType"]


def test_printing_instruments(capsys: pytest.CaptureFixture[str]):
    with PassContext(instruments=[PassPrintingInstrument(["InferType"], []), PrintAfterAll()]):
        FoldConstant()(program())
    out = capsys.readouterr().out
    assert out.count("Print IR before: InferType\n") == 1
    assert out.count("After Running Pass: The meta data of the pass - pass name: ") == 2


@pytest.mark.parametrize("name", registry.HOME_OF)
def test_every_registered_name_is_there(name: str):
    assert callable(registry.find(name))
    assert isinstance(InferType(), ModulePass)


def test_types_are_inferred_anew_unless_nothing_else_has_a_say_in_them() -> None:
    same = FunctionPass(PassInfo(0, "same"), lambda function, _module, _context: function)
    alone = InferType()(program())
    assert is_inferred(alone)
    assert same(alone)["main"] is alone["main"]
    # Where another function has changed, what is noted of this one may be wrong.
    beside = alone.copy()
    longer = var("x", 3)
    beside["other"] = module(longer, longer)["main"]
    assert not is_inferred(beside)
    other = alone.copy()
    other["main"] = module(call("exp", longer), longer)["main"]
    assert not is_inferred(other)
    assert is_inferred(same(other))
