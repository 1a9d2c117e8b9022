"""No recursion over program depth, and work that grows as the program: chains, branches, functions, lets."""

import numpy as np
from steps import steps

import migrate
import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.report.model import Outcome
from relax_core.block_builder import BlockBuilder
from relax_core.types.plain import of_array
from tensor_core.module import GlobalVar, IRModule
from tensor_core.types import TensorType

KIND = "Tensor[(2), float32]"


def test_a_chain_of_50000_additions():
    length = 50_000
    lines = ["%0 = add(%x, %x);", *(f"%{n} = add(%{n - 1}, %x);" for n in range(1, length - 1))]
    body = "\n".join([*lines, f"add(%{length - 2}, %x)"])
    result = migrate.convert(migrate.load(f'#[version = "0.0.5"]\ndef @main(%x: {KIND}) -> {KIND} {{\n{body}\n}}\n'))
    assert result.report.counts[Outcome.DIRECT] == length
    assert result.script().count("R.add(") == length


def test_branches_in_branches():
    # Python itself reads no more than a hundred levels of indentation, so no script is printed here.
    depth = 300
    text = "exp(%x)"
    for _ in range(depth):
        text = f"if (%c) {{ {text} }} else {{ %x }}"
    module = migrate.load(f'#[version = "0.0.5"]\ndef @main(%c: bool, %x: {KIND}) -> {KIND} {{ {text} }}\n')
    assert migrate.convert(module).report.complete


def test_functions_in_functions():
    """As programs in continuation-passing style nest them, and back."""
    depth = 2_000
    kind = TensorType((2,), "float32")
    x, inner = relay.Var("x", kind), [relay.Var(f"a{n}", kind) for n in range(depth)]
    body: relay.Expr = relay.Call(relay.op("add"), (inner[-1], x))
    for var, outer in zip(reversed(inner), [*reversed(inner[:-1]), x], strict=True):
        body = relay.Call(relay.Function((var,), body, kind), (outer,))
    result = migrate.convert(IRModule({GlobalVar("main"): relay.Function((x,), body, kind)}))
    assert result.report.complete
    assert len(result.module.functions) == depth + 1
    assert len(migrate.revert(result.module).module.functions) == depth + 1


def test_local_functions_in_local_functions_come_back():
    depth = 500
    kind = of_array(TensorType((2,), "float32"))
    builder = BlockBuilder()
    x = relax.Var("x", kind)
    inner = [relax.Var(f"a{n}", kind) for n in range(depth)]
    body: relax.Expr = relax.Call(relax.op("relax.add"), (inner[-1], x))
    for number in reversed(range(depth)):
        result = relax.Var(f"r{number}", kind)
        block = relax.BindingBlock((relax.VarBinding(result, body),))
        function = relax.Function((inner[number],), relax.SeqExpr((block,), result), kind)
        name = relax.Var(f"f{number}")
        called = relax.Call(name, (inner[number - 1] if number else x,))
        value = relax.Var(f"v{number}")
        bindings = (relax.VarBinding(name, function), relax.VarBinding(value, called))
        body = relax.SeqExpr((relax.BindingBlock(bindings),), value)
    with builder.function("main", [x]):
        builder.emit_func_output(builder.emit(body))
    back = migrate.revert(builder.get())
    assert back.report.complete
    (got,) = migrate.run(back.module, [np.ones(2, "float32")], executor="interpreter")
    assert got.tolist() == [2.0, 2.0]


def test_the_work_for_lets_and_closures_grows_as_the_program():
    def closures(count: int) -> IRModule:
        lines = [f"let %f{n} = fn (%a: {KIND}) {{ add(%a, %v{n}) }}; let %v{n + 1} = %f{n}(%x);" for n in range(count)]
        body = "\n".join(["let %v0 = %x;", *lines, f"%v{count}"])
        return migrate.load(f'#[version = "0.0.5"]\ndef @main(%x: {KIND}) -> {KIND} {{ {body} }}\n')

    small, large = closures(100), closures(400)
    assert steps(lambda: migrate.convert(large)) < 4.5 * steps(lambda: migrate.convert(small))
