"""Calls of what is no operator on tensors, as scripts: calls of kernels, closures and foreign functions, memory, shapes
as values, devices, collectives. `record_builtins` writes down what releases make of them.

A row is the lines of a function's body, whose result ``gv`` is looked at. ``OUT``, ``TYPES`` and ``Object`` stand for
what a release calls the result type's keyword, the keyword of several types, and the top type. The function's
parameters are those that the lines mention.
"""

import re

PARAMETERS = {
    "x": 'R.Tensor((2, 3), "float32")',
    "y": 'R.Tensor((2, 3), "float32")',
    "xn": 'R.Tensor(("n", 3), "float32")',
    "xnm": 'R.Tensor(("n", "m"), "float32")',
    "x2": 'R.Tensor(dtype="float32", ndim=2)',
    "xu": 'R.Tensor(dtype="float32")',
    "xd": "R.Tensor((2, 3))",
    "xx": "R.Tensor()",
    "h": 'R.Tensor((2, 3), "float16")',
    "v1": 'R.Tensor((3,), "int64")',
    "vn": 'R.Tensor(("n",), "int64")',
    "v": 'R.Tensor(dtype="int64", ndim=1)',
    "f1": 'R.Tensor((3,), "float32")',
    "x8": 'R.Tensor((8, 4), "float32")',
    "xn8": 'R.Tensor(("n", 4), "float32")',
    "b": 'R.Tensor((), "bool")',
    "b1": 'R.Tensor((1,), "bool")',
    "bu": 'R.Tensor(dtype="bool", ndim=0)',
    "i": 'R.Tensor((), "int32")',
    "pair": 'R.Tuple(R.Tensor((2, 3), "float32"), R.Tensor((2, 3), "float32"))',
    "s": "R.Shape([2, 3])",
    "sn": 'R.Shape(["n", 3])',
    "s2": "R.Shape(ndim=2)",
    "su": "R.Shape()",
    "o": "Object",
    "c": 'R.Callable((R.Tensor((2, 3), "float32"),), R.Tensor((2, 3), "float32"), True)',
    "storage": "Object",
}

KERNELS = """
@T.prim_func(private=True)
def same(A: T.Buffer((T.int64(2), T.int64(3)), "float32"), B: T.Buffer((T.int64(2), T.int64(3)), "float32")):
    T.evaluate(0)

@T.prim_func(private=True)
def two(A: T.Buffer((T.int64(2), T.int64(3)), "float32"), B: T.Buffer((T.int64(2), T.int64(3)), "float32"), C: T.Buffer((T.int64(2),), "float32")):
    T.evaluate(0)

@T.prim_func(private=True)
def open(var_A: T.handle, var_B: T.handle):
    n = T.int64()
    m = T.int64()
    A = T.match_buffer(var_A, (n, m), "float32")
    B = T.match_buffer(var_B, (n * T.int64(2), m), "float32")
    T.evaluate(0)

@T.prim_func(private=True)
def free(A: T.Buffer((T.int64(2), T.int64(3)), "float32"), var_B: T.handle):
    n = T.int64()
    B = T.match_buffer(var_B, (n,), "float32")
    T.evaluate(0)

@T.prim_func(private=True)
def scaled(A: T.Buffer((T.int64(2), T.int64(3)), "float32"), k: T.int64, B: T.Buffer((T.int64(2), T.int64(3)), "float32")):
    T.evaluate(0)

@R.function(private=True)
def relax_same(a: R.Tensor((2, 3), "float32")) -> R.Tensor((2, 3), "float32"):
    return a
"""  # noqa: E501
"""Functions of every module; those that are not mentioned are left out."""

HEAD = """# from tvm.script import ir as I
# from tvm.script import {tir} as T
# from tvm.script import relax as R

@I.ir_module
class Module:
"""

ROWS: list[str] = []


def row(*lines: str) -> None:
    ROWS.append("\n".join(lines))


def call(text: str) -> None:
    row(f"gv = R.{text}")


T23, T3, TN = 'R.Tensor((2, 3), "float32")', 'R.Tensor((3,), "float32")', 'R.Tensor((n, 3), "float32")'

# ---- call_tir and its kin
for name in ("call_tir", "dist.call_tir_local_view"):
    call(f"{name}(cls.same, (x,), {T23})")
call(f"call_tir(cls.same, x, {T23})")
call(f"call_tir(cls.same, (x,), OUT={T23})")
call(f"call_tir(cls.same, (x,), [{T23}])")
call(f"call_tir(cls.same, (x,), [{T23}, {T3}])")
call(f"call_tir(cls.same, (x,), {T3})")
call('call_tir(cls.same, (x,), R.Tensor((2, 3), "float16"))')
call(f"call_tir(cls.same, (h,), {T23})")
call(f"call_tir(cls.same, (x, x), {T23})")
call(f"call_tir(cls.same, (x, x, x), {T23})")
call(f"call_tir(cls.same, (), {T23})")
call(f"call_tir(cls.same, (x2,), {T23})")
call(f"call_tir(cls.same, (xu,), {T23})")
call(f"call_tir(cls.same, (xd,), {T23})")
call(f"call_tir(cls.same, (s,), {T23})")
call(f"call_tir(cls.same, pair, {T23})")
call(f"call_tir(cls.same, (xn,), {T23})")
row("n = T.int64()", f"gv = R.call_tir(cls.same, (xn,), {TN})")
call(f'call_tir(cls.two, (x,), [{T23}, R.Tensor((2,), "float32")])')
call(f"call_tir(cls.two, (x,), [{T23}, {T3}])")
call(f"call_tir(cls.two, (x,), {T23})")
call('call_tir(cls.two, (x, x), R.Tensor((2,), "float32"))')
call('call_tir(cls.open, (x,), R.Tensor((4, 3), "float32"))')
call(f"call_tir(cls.open, (x,), {T23})")
row("n = T.int64()", 'gv = R.call_tir(cls.open, (xn,), R.Tensor((n * 2, 3), "float32"))')
row("n = T.int64()", 'gv = R.call_tir(cls.open, (xn,), R.Tensor((2 * n, 3), "float32"))')
row("n = T.int64()", f"gv = R.call_tir(cls.open, (xn,), {TN})")
call('call_tir(cls.open, (x2,), R.Tensor((4, 3), "float32"))')
call('call_tir(cls.open, (f1,), R.Tensor((4, 3), "float32"))')
call('call_tir(cls.free, (x,), R.Tensor((7,), "float32"))')
call('call_tir(cls.free, (x,), R.Tensor((7, 2), "float32"))')
call('call_tir(cls.free, (x,), R.Tensor((7,), "float16"))')
call(f"call_tir(cls.scaled, (x, R.prim_value(3)), {T23})")
call(f"call_tir(cls.scaled, (x, x), {T23})")
call(f"call_tir(cls.scaled, (x,), {T23})")
call(f"call_tir(cls.scaled, (x,), {T23}, tir_vars=R.shape([3]))")
call(f"call_tir(cls.relax_same, (x,), {T23})")
call(f"call_tir(cls.relax_same, (), {T23})")
call(f"call_tir(x, (x,), {T23})")
call(f"call_tir(c, (x,), {T23})")
call(f'call_tir(R.ExternFunc("f"), (x,), {T23})')
call('call_tir(cls.same, (x,), R.Tensor(dtype="float32", ndim=2))')
row("t = (x,)", f"gv = R.call_tir(cls.same, t, {T23})")
call(f"call_tir(cls.same, (R.add(x, x),), {T23})")
for given in ("0", "[0]", "-1", "[-1]", "1", "[0, 0]", "[0, -1]", "2", "[]"):
    call(f"call_tir_inplace(cls.same, (x,), {given}, {T23})")
    call(f"call_tir_inplace(cls.two, (x, y), {given}, [{T23}, {T23}])")
call(f"call_tir_inplace(cls.same, (x, y), [0], {T23})")
call(f"call_tir_inplace(cls.same, (x, y), [1], {T23})")
call(f"call_tir_inplace(cls.same, (x2, y), [0], {T23})")
call(f"call_tir_inplace(cls.same, (h, y), [0], {T23})")
call(f"call_tir_inplace(cls.same, (f1, y), [0], {T23})")
call(f'call_tir_inplace(cls.two, (x, y), [0, -1], [{T23}, R.Tensor((2,), "float32")])')
call(f'call_tir_inplace(cls.two, (x, y), [-1, 1], [R.Tensor((2,), "float32"), {T23}])')
call(f'call_tir_with_grad(cls.same, (x,), {T23}, te_grad_name="g")')
GIVEN = 'te_grad_kwargs={"k": T.float32(1.0), "x": T.int32(1)}'
call(f'call_tir_with_grad(cls.same, (x,), {T23}, te_grad_name="g", {GIVEN})')
call(f'call_tir_with_grad(cls.same, (x,), {T3}, te_grad_name="g")')
call(f'call_dps_packed("f", (x,), {T23})')
call(f'call_dps_packed("f", (x,), [{T23}, {T3}])')
call(f'call_dps_packed("f", x, {T23})')
call(f'call_dps_packed("f", (x, R.prim_value(3), R.shape([2]), R.str("a")), OUT={T23})')
call(f'call_dps_packed("f", pair, {T23})')
call(f"call_dps_packed(c, (x,), {T23})")
call('call_dps_packed("f", (x,), R.Tensor(dtype="float32", ndim=2))')
call(f'call_py_func("f", (x,), {T23})')
call(f'call_py_func("f", (x,), [{T23}, {T3}])')
call(f'call_py_func("f", x, OUT={T23})')

# ---- foreign functions and closures
call(f'call_packed("f", x, TYPES={T23})')
call(f'call_packed("f", x, TYPES=({T23},))')
call(f'call_packed("f", x, TYPES=[{T23}, {T3}])')
call('call_packed("f", x)')
call('call_packed("f", TYPES=())')
call('call_packed("f", x, x2, a=1, b="c", TYPES=Object)')
for name in ("call_pure_packed", "call_inplace_packed"):
    more = "inplace_indices=0, " if "inplace" in name else ""
    call(f'{name}("f", x, {more}TYPES={T23})')
    call(f'{name}("f", x, {more}TYPES=[{T23}, {T3}])')
    call(f'{name}("f", {more}TYPES={T23})')
    call(f"{name}(c, x, {more}TYPES={T23})")
    call(f"{name}(cls.relax_same, x, {more}TYPES={T23})")
    call(f"{name}(cls.same, x, {more}TYPES={T23})")
call('call_pure_packed("f", x)')
call('call_pure_packed("f", x, TYPES=Object)')
for given in ("0", "[0]", "1", "2", "-1", "[0, 0]", "[0, 1]", "[-1, 1]", "[-1, -1]", "[]"):
    call(f'call_inplace_packed("f", x, y, inplace_indices={given}, TYPES={T23})')
    call(f'call_inplace_packed("f", x, y, inplace_indices={given}, TYPES=[{T23}, {T23}])')
call(f'call_inplace_packed("f", x, f1, inplace_indices=[1], TYPES={T23})')
call('call_inplace_packed("f", x2, inplace_indices=[0], TYPES=R.Tensor(dtype="float32", ndim=2))')
call('call_inplace_packed("f", x, inplace_indices=[0], TYPES=R.Tensor(dtype="float32", ndim=2))')
call(f'call_inplace_packed("f", x2, inplace_indices=[0], TYPES={T23})')
call('call_builtin_with_ctx("vm.builtin.f", (x,))')
call(f'call_builtin_with_ctx("vm.builtin.f", (x,), TYPES={T23})')
call(f'call_builtin_with_ctx("vm.builtin.f", (x,), TYPES=({T23},))')
call(f'call_builtin_with_ctx("vm.builtin.f", (x,), TYPES=[{T23}, {T3}])')
call('call_builtin_with_ctx("vm.builtin.f", (x, R.prim_value(1), R.dtype("int32"), R.str("s")), TYPES=Object)')
call("make_closure(cls.relax_same, (x,))")
call("make_closure(cls.relax_same, x)")
call("make_closure(c, ())")
for name in ("invoke_closure", "invoke_pure_closure"):
    call(f"{name}(o, (x,), TYPES={T23})")
    call(f"{name}(o, (x,), TYPES=({T23},))")
    call(f"{name}(o, (x,), TYPES=[{T23}, {T3}])")
    call(f"{name}(c, (x,), TYPES=R.Tensor)")
    call(f"{name}(x, (x,), TYPES={T23})")
    call(f"{name}(o, x, TYPES={T23})")
call("null_value()")

# ---- effects
call('print(x, format="{}")')
call('print(format="a")')
call("print(x, y)")
for condition in ("b", "bu", "b1", "i", "x", "xx", "xu", "o", "s", "R.prim_value(True)", "R.prim_value(1)", "True"):
    call(f'assert_op({condition}, format="no")')
call('assert_op(b, [x, y], format="{} {}")')
call('assert_op(b, x, format="{}")')
call("assert_op(b)")

# ---- shapes as values
for name in ("x", "xn", "xnm", "x2", "xu", "xd", "xx", "s", "o", "b"):
    call(f"shape_of({name})")
for name in ("s", "sn", "s2", "su", "x", "o", "R.shape([1, 2])", "R.shape([])"):
    call(f"shape_to_tensor({name})")
for name in ("v1", "vn", "v", "x", "f1", "xu", "xx", "s", "b"):
    call(f"tensor_to_shape({name})")

# ---- memory
for name in ("R.shape([2, 3])", "R.shape([n, 3])", "s", "s2", "su", "x"):
    lines = ["n = T.int64()", "z = R.add(xn, xn)"] if "n," in name else []
    row(*lines, f'gv = R.builtin.alloc_tensor({name}, R.dtype("float32"), R.prim_value(0))')
    row(*lines, f'gv = R.memory.alloc_tensor(storage, R.prim_value(0), {name}, R.dtype("float32"))')
    row(*lines, f'gv = R.vm.alloc_tensor(storage, R.prim_value(0), {name}, R.dtype("float32"))')
call('builtin.alloc_tensor(R.shape([2, 3]), R.dtype("float16"), R.prim_value(0), R.str("global"))')
call('builtin.alloc_tensor(R.shape([2, 3]), "float16", 0)')
call('memory.alloc_storage(R.shape([24]), R.prim_value(0), R.str("global"), R.dtype("float32"))')
call('memory.alloc_storage(R.shape([24]), 0, "global", "float32")')
call('vm.alloc_storage(R.shape([24]), R.prim_value(0), R.dtype("uint8"))')
call('vm.alloc_storage(R.shape([24]), R.prim_value(0), R.dtype("uint8"), R.str("global"))')
for name in ("memory.kill_storage", "memory.kill_tensor", "vm.kill_object"):
    call(f"{name}(storage)")
call("vm.call_tir_dyn(cls.same, (x, y, R.shape([2])))")
for name in ("x", "xn", "x2", "xu", "xx", "s", "o"):
    call(f"memory.ensure_zero_offset({name})")
    call(f"memory.view({name}, R.shape([3, 2]))")
    call(f'memory.view({name}, dtype=R.dtype("int32"))')
    call(f'memory.view({name}, dtype=R.dtype("float64"))')
    call(f"memory.view({name}, relative_byte_offset=R.prim_value(4))")
    call(f"memory.view({name})")
call("memory.view(x, R.shape([7]))")
call("memory.view(x, R.shape([5]), relative_byte_offset=R.prim_value(4))")
call("memory.view(x, R.shape([5]), relative_byte_offset=R.prim_value(8))")
call('memory.view(x, R.shape([12]), R.dtype("float16"))')
call('memory.view(x, R.shape([13]), R.dtype("float16"))')
call("memory.view(x, s2)")
call("memory.view(x, su)")
call("memory.view(x, s)")
call("memory.view(xd, R.shape([7]))")
call("memory.view(xd, R.shape([6]))")
call("memory.view(x, R.shape([6]), R.prim_value(4))")
call("memory.view(x, R.shape([6]), relative_byte_offset=R.str('a'))")
row("n = T.int64()", "gv = R.memory.view(xn, R.shape([n * 3]))")
row("n = T.int64()", "gv = R.memory.view(xn, R.shape([n * 4]))")

# ---- devices, marks of passes
for name in ("x", "xn", "x2", "xx", "s", "o", "pair"):
    call(f"builtin.stop_lift_params({name})")
    for mark in ("no_grad", "start_checkpoint", "end_checkpoint"):
        call(f"grad.{mark}({name})")
    call(f"hint_on_device({name}, R.cpu())")
    call(f'to_vdevice({name}, "llvm")')
call("hint_on_device(x, R.cuda(1))")
call("grad.start_checkpoint(R.add(x, x))")
call("builtin.stop_lift_params(b)")

# ---- collectives
for name in ("x", "xn8", "x8", "x2", "xx", "s"):
    call(f"ccl.allreduce({name})")
    call(f'ccl.allreduce({name}, "max", False)')
    call(f"ccl.allgather({name}, 2)")
    call(f"ccl.allgather({name}, 2, False)")
    call(f"ccl.broadcast_from_worker0({name})")
    call(f"ccl.scatter_from_worker0({name}, 2)")
    call(f"ccl.scatter_from_worker0({name}, 3, 1)")
    call(f"dist.redistribute_replica_to_shard({name}, 2, 0)")
    call(f"dist.redistribute_replica_to_shard({name}, 3, 1)")

# ---- the parts of a tensor's description
for name in ("x", "xn", "x2", "xu", "xx", "s"):
    for part in ("ndim", "dtype_code", "dtype_bits", "dtype_lanes", "byte_offset", "elem_offset"):
        call(f"inspect.tensor_{part}({name})")
    for axis in ("0", "1", "2", "-1"):
        call(f"inspect.tensor_shape_i({name}, R.prim_value({axis}))")
        call(f"inspect.tensor_stride_i({name}, R.prim_value({axis}))")


def worded(text: str, release: str) -> str:
    """The text in the words of a release."""
    older = int(release.split(".")[1]) < 26
    words = {
        "OUT": "out_sinfo" if older else "out_ty",
        "TYPES": "sinfo_args" if older else "ty_args",
        "Object": "R.Object" if older else "R.Any",
    }
    return re.sub(r"\b(OUT|TYPES|Object)\b", lambda match: words[match[0]], text)


def module_text(body: str, release: str) -> str:
    """The script of a module whose function ``main`` has this body, with the parameters and kernels it mentions."""
    kernels = [part for part in KERNELS.strip().split("\n\n") if f"cls.{_name(part)}," in body]
    given = [name for name in PARAMETERS if re.search(rf"\b{name}\b", body)]
    parameters = ", ".join(f"{name}: {PARAMETERS[name]}" for name in given)
    cls = ["cls = Module"] if "cls." in body else []
    main = [f"@R.function(pure=False)\ndef main({parameters}):", *cls, *body.split("\n"), "return gv"]
    parts = [*kernels, "\n    ".join(main)]
    tir = "tir" if int(release.split(".")[1]) < 24 else "tirx"
    functions = "\n\n".join("\n".join("    " + line for line in part.split("\n")) for part in parts)
    return HEAD.format(tir=tir) + worded(functions, release) + "\n"


def _name(kernel: str) -> str:
    match = re.search(r"def (\w+)", kernel)
    assert match is not None
    return match[1]
