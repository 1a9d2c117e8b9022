"""No recursion over program depth: long chains and deep branches convert and print."""

import migrate
import relay_compat.ir.expr as relay
from migrate.report.model import Outcome
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
