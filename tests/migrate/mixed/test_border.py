"""Functions written by hand in Relax among Relay functions: what fits, what is refused, what is checked on the way."""

import numpy as np
import pytest

import migrate
from migrate import mixed
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.global_functions import register_func, remove_global_func
from tensor_core.ndarray import ndarray

MODULE = """#[version = "0.0.5"]
def @main(%x: Tensor[(2, 3), float32]) -> Tensor[(2, 3), float32] { add(@double(%x), @halve(%x)) }
def @double(%x: Tensor[(2, 3), float32]) -> Tensor[(2, 3), float32] { add(%x, %x) }
def @halve(%x: Tensor[(2, 3), float32]) -> Tensor[(2, 3), float32] { multiply(%x, 0.5f) }
"""
X = np.arange(6, dtype="float32").reshape(2, 3)


def script(body: str) -> str:
    head = (
        "# from tvm.script import ir as I\n# from tvm.script import relax as R\n# from tvm.script import tir as T\n\n"
    )
    return head + "@I.ir_module\nclass Module:\n" + body


def double(param: str, result: str, body: str) -> str:
    return script(
        f"    @R.function\n    def double(x: {param}) -> {result}:\n        gv: {result} = {body}\n        return gv\n"
    )


TENSOR = 'R.Tensor((2, 3), dtype="float32")'


def adopted(text: str, name: str = "double") -> mixed.MixedModule:
    return mixed.adopt(mixed.begin(migrate.load(MODULE)), name, migrate.load(text))


def refused(action) -> DiagnosticError:
    with pytest.raises(DiagnosticError) as refusal:
        action()
    assert refusal.value.diagnostics[0].code is codes.BORDER
    return refusal.value


def test_a_function_by_hand_takes_the_place_of_a_relay_function():
    state = adopted(double(TENSOR, TENSOR, "R.multiply(x, R.const(2.0, 'float32'))"))
    assert mixed.check(state) == []
    assert np.array_equal(mixed.run(state, [X])[0], X * 2.5)


def test_a_function_by_hand_brings_its_helpers_and_calls_relay_functions():
    text = script(
        f"""    @T.prim_func
    def halve1(x: T.Buffer((2, 3), "float32"), y: T.Buffer((2, 3), "float32")):
        for i, j in T.grid(2, 3):
            with T.block("b"):
                vi, vj = T.axis.remap("SS", [i, j])
                y[vi, vj] = x[vi, vj] * T.float32(4)

    @R.function(private=True)
    def scale(x: {TENSOR}) -> {TENSOR}:
        cls = Module
        gv: {TENSOR} = R.call_tir(cls.halve1, (x,), out_sinfo={TENSOR})
        return gv

    @R.function
    def halve(x: {TENSOR}) -> {TENSOR}:
        gv: {TENSOR} = R.zeros_like(x)
        return gv

    @R.function
    def double(x: {TENSOR}) -> {TENSOR}:
        cls = Module
        lv: {TENSOR} = cls.scale(x)
        gv: {TENSOR} = cls.halve(lv)
        return gv
"""
    )
    state = adopted(text)
    # The script's own halve is not asked: the program has one, which is Relay.
    assert np.array_equal(mixed.run(state, [X])[0], X * 2.5)
    assert state.side("halve") == "relay"
    assert {var.name for var in state.relax} == {"double", "halve", "scale", "halve1"}
    both = mixed.adopt(state, "halve", migrate.load(text))
    assert not mixed.run(both, [X], "double")[0].any()


@pytest.mark.parametrize(
    ("param", "result", "said"),
    [
        ('R.Tensor((2, 4), dtype="float32")', 'R.Tensor((2, 4), dtype="float32")', "argument 0"),
        ('R.Tensor((2, 3), dtype="int32")', 'R.Tensor((2, 3), dtype="int32")', "argument 0"),
        ("R.Shape([2, 3])", TENSOR, "argument 0"),
    ],
)
def test_parameters_must_take_what_relay_gives(param, result, said):
    body = "R.zeros(R.shape([2, 3]), 'float32')" if "Shape" in param else "R.add(x, x)"
    assert said in str(refused(lambda: adopted(double(param, result, body))))


def test_results_must_be_what_relay_expects():
    text = double(TENSOR, 'R.Tensor((3, 2), dtype="float32")', "R.permute_dims(x)")
    assert "gives" in str(refused(lambda: adopted(text)))


def test_arguments_are_counted():
    text = script(
        f"    @R.function\n    def double(x: {TENSOR}, y: {TENSOR}) -> {TENSOR}:\n"
        f"        gv: {TENSOR} = R.add(x, y)\n        return gv\n"
    )
    assert "2 arguments in Relax and 1 in Relay" in str(refused(lambda: adopted(text)))


def test_callees_are_what_the_program_has():
    text = script(
        f"""    @R.function
    def halve(x: {TENSOR}, y: {TENSOR}) -> {TENSOR}:
        gv: {TENSOR} = R.add(x, y)
        return gv

    @R.function
    def double(x: {TENSOR}) -> {TENSOR}:
        cls = Module
        gv: {TENSOR} = cls.halve(x, x)
        return gv
"""
    )
    message = str(refused(lambda: adopted(text)))
    assert "@double calls @halve as" in message


def test_a_script_of_another_release_keeps_its_meaning():
    rounded = double(TENSOR, TENSOR, "R.round(x)").replace("# from tvm.script import tir as T\n", "")
    module = migrate.load(rounded, release="0.19")
    state = mixed.adopt(mixed.begin(migrate.load(MODULE)), "double", module)
    halves = np.asarray([[0.5, 1.5, 2.5], [-0.5, -1.5, -2.5]], "float32")
    # TVM 0.19 rounds halves away from zero.
    assert mixed.run(state, [halves], "double")[0].tolist() == [[1, 2, 3], [-1, -2, -3]]
    newest = mixed.adopt(mixed.begin(migrate.load(MODULE)), "double", migrate.load(rounded, release="0.27"))
    assert mixed.run(newest, [halves], "double")[0].tolist() == [[0, 2, 2], [0, -2, -2]]


def test_what_types_leave_open_is_checked_as_it_crosses():
    right = double('R.Tensor(("n", "m"), dtype="float32")', 'R.Tensor(dtype="float32", ndim=2)', "R.add(x, x)")
    assert np.array_equal(mixed.run(adopted(right), [X])[0], X * 2.5)
    wrong = right.replace("R.add(x, x)", "R.permute_dims(x)")
    state = adopted(wrong)
    message = str(refused(lambda: mixed.run(state, [X])))
    assert "the result of @double comes from Relax as a float32 array of shape (3, 2)" in message


def test_relay_functions_check_what_relax_gives_them():
    text = script(
        f"""    @R.function
    def halve(x: {TENSOR}) -> {TENSOR}:
        gv: {TENSOR} = R.zeros_like(x)
        return gv

    @R.function
    def double(x: {TENSOR}) -> {TENSOR}:
        cls = Module
        lv: {TENSOR} = R.call_pure_packed("tests.mixed.turned", x, sinfo_args=({TENSOR},))
        gv: {TENSOR} = cls.halve(lv)
        return gv
"""
    )
    register_func("tests.mixed.turned", lambda x: ndarray(x.numpy().T.copy()))
    try:
        message = str(refused(lambda: mixed.run(adopted(text), [X])))
    finally:
        remove_global_func("tests.mixed.turned")
    assert "argument 0 of @halve comes from Relax as a float32 array of shape (3, 2)" in message


OPAQUE = """#[version = "0.0.5"]
type List[A] { Cons(A, List[A]), Nil }
def @main(%x: Tensor[(2), float32]) -> Tensor[(2), float32] {
  let %cell = ref(%x);
  let %kept = @cell(%cell);
  let %written = ref_write(%kept, @first(@list(Cons(negative(%x), Nil))));
  ref_read(%cell)
}
def @list(%l: List[Tensor[(2), float32]]) -> List[Tensor[(2), float32]] { %l }
def @cell(%r: ref(Tensor[(2), float32])) -> ref(Tensor[(2), float32]) { %r }
def @first(%l: List[Tensor[(2), float32]]) -> Tensor[(2), float32] {
  match? (%l) { Cons(%h, _) => %h }
}
"""


def handed_on(name: str, value: str = "x") -> str:
    return double("R.Object", "R.Object", value).replace("double", name)


def test_data_and_references_cross_as_objects():
    start = mixed.begin(migrate.load(OPAQUE))
    state = mixed.adopt(start, "list", migrate.load(handed_on("list")))
    state = mixed.adopt(state, "cell", migrate.load(handed_on("cell")))
    assert mixed.check(state) == []
    assert mixed.run(state, [np.asarray([1, 2], "float32")])[0].tolist() == [-1, -2]


@pytest.mark.parametrize(("name", "type_"), [("list", "List"), ("cell", "ref")])
def test_an_object_of_another_kind_does_not_cross(name, type_):
    text = handed_on(name, "R.const([1.0, 2.0], 'float32')")
    state = mixed.adopt(mixed.begin(migrate.load(OPAQUE)), name, migrate.load(text))
    message = str(refused(lambda: mixed.run(state, [np.asarray([1, 2], "float32")])))
    assert f"the result of @{name} comes from Relax as a float32 array of shape (2,), Relay has {type_}" in message


def test_a_reference_holds_what_its_type_says():
    module = OPAQUE.replace("ref_read(%cell)", "ref_read(@cell(%kept))").replace(
        "{ %r }", "{ let %v = ref_read(%r); %r }"
    )
    text = script(
        """    @R.function(pure=False)
    def cell(x: R.Object) -> R.Object:
        gv: R.Object = R.call_packed("tests.mixed.spoiled", x, sinfo_args=(R.Object,))
        return gv
"""
    )

    def spoiled(cell):
        cell.value = np.zeros((3,), "float32")
        return cell

    register_func("tests.mixed.spoiled", spoiled)
    try:
        state = mixed.adopt(mixed.begin(migrate.load(module)), "cell", migrate.load(text))
        assert "a float32 array of shape (3,)" in str(refused(lambda: mixed.run(state, [X[0, :2]])))
    finally:
        remove_global_func("tests.mixed.spoiled")


def test_effects_are_those_that_relay_has():
    text = handed_on("list").replace("@R.function", "@R.function(pure=False)")
    start = mixed.begin(migrate.load(OPAQUE))
    assert "has effects" in str(refused(lambda: mixed.adopt(start, "list", migrate.load(text))))


def test_data_made_in_relax_is_of_a_constructor_that_the_type_has():
    other = migrate.load(OPAQUE.replace("Cons", "Link").replace("Nil", "End"))
    made = """#[version = "0.0.5"]
type List[A] { Cons(A, List[A]), Nil }
def @list(%l: List[Tensor[(2), float32]]) -> List[Tensor[(2), float32]] {
  match? (%l) { Cons(%h, %t) => Cons(negative(%h), %t) }
}
"""
    script = migrate.convert(migrate.load(made)).module
    state = mixed.adopt(mixed.begin(migrate.load(OPAQUE)), "list", script)
    assert mixed.run(state, [np.asarray([1, 2], "float32")])[0].tolist() == [1, 2]
    renamed = migrate.convert(migrate.load(made.replace("Cons", "Link").replace("Nil", "End"))).module
    assert mixed.run(mixed.adopt(mixed.begin(other), "list", renamed), [X[0, :2]])[0].tolist() == [0, 1]
    wrong = migrate.convert(
        migrate.load(
            made.replace("Cons(negative(%h), %t)", "Two(%h, Nil)").replace("Nil }", "Nil, Two(A, List[A]) }", 1)
        )
    ).module
    state = mixed.adopt(mixed.begin(migrate.load(OPAQUE)), "list", wrong)
    assert "a value made by Two" in str(refused(lambda: mixed.run(state, [np.asarray([1, 2], "float32")])))
