"""One call of every command for each of its exit codes, and the files that the calls are about."""

from pathlib import Path
from zipfile import ZipFile

from alias_python import alias_python
from click.testing import CliRunner, Result

from migrate.cli.main import main

V = "Tensor[(3), float32]"
HEAD = '#[version = "0.0.5"]\n'
FILES = {
    "m.relay": f"{HEAD}def @main(%x: {V}) {{ nn.relu(exp(%x)) }}\n",
    "other.relay": f"{HEAD}def @main(%x: {V}) {{ nn.relu(tanh(%x)) }}\n",
    "open.relay": f"{HEAD}def @main(%x: Tensor[(?, 4), float32]) {{ nn.relu(%x) }}\n",
    "sub.relay": f"{HEAD}def @main(%x: {V}, %y: {V}) {{ subtract(%x, %y) }}\n",
    "opaque.relay": f"{HEAD}def @main(%x: {V}) {{ acme.probe(%x) /* ty={V} */ }}\n",
    "bad.relay": "nonsense\n",
    "fork/a.py": "from tvm import relay\n\n\ndef f(x):\n    return relay.nn.relu(x)\n",
    "plain/a.py": "print(1)\n",
    "served.html": "<!doctype html><p>a report",
    "told.py": "print('told')\n",
    "ends.py": "raise SystemExit(3)\n",
    "one.py": """import numpy as np
import tvm
from tvm import relay

x = relay.var("x", shape=(2, 3))
module = tvm.IRModule.from_expr(relay.Function([x], relay.nn.relu(x)))
executor = relay.create_executor("debug", mod=module, device=tvm.cpu(), target="llvm")
executor.evaluate()(np.ones((2, 3), "float32"))
""",
    "mine.py": """from dataclasses import replace

from migrate.passes.ports import named
from migrate.verify.properties import Check, Property
from migrate.verify.verdict import Outcome

WRONG = Property("wrong", lambda program: Check(Outcome.DIFFERENT, "always"))
LAZY = replace(named("FoldConstant"), relax=lambda module: module)
""",
    "asks.py": "from tvm import relay\n\nf = relay.nn.batch_matmul\n",
    "no_relay.py": """# from tvm.script import ir as I
# from tvm.script import relax as R
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((3,), "float32")) -> R.Tensor((3,), "float32"):
        y = R.call_pure_packed("my.function", x, sinfo_args=(R.Tensor((3,), "float32"),))
        return y
""",
    "rewrites.py": """from tvm import relay
from tvm.relay.dataflow_pattern import DFPatternCallback, is_op, wildcard


class OneRelu(DFPatternCallback):
    def __init__(self):
        super().__init__()
        self.x = wildcard()
        self.pattern = is_op("nn.relu")(is_op("nn.relu")(self.x))

    def callback(self, pre, post, node_map):
        return relay.nn.relu(node_map[self.x][0])
""",
}

SWAP = "reduced_subjects:SWAPPED"
CASES: tuple[tuple[str, int, str], ...] = (
    ("inspect", 0, "m.relay"),
    ("inspect", 0, "open.relay"),
    ("inspect", 2, "bad.relay"),
    ("check", 0, "m.relay m.py"),
    ("check", 2, "m.relay bad.relay"),
    ("convert", 0, "m.relay"),
    ("convert", 1, "opaque.relay"),
    ("convert", 2, "nowhere.relay"),
    ("revert", 0, "m.py"),
    ("revert", 1, "no_relay.py"),
    ("revert", 2, "m.relay"),
    ("verify", 0, "m.relay"),
    ("verify", 1, "m.relay other.relay"),
    ("verify", 2, "m.relay bad.relay"),
    ("report", 0, "m.relay -o m.html"),
    ("report", 1, "opaque.relay -o opaque.html"),
    ("report", 2, "bad.relay -o bad.html"),
    ("serve", 0, "served.html"),
    ("serve", 2, "nowhere.html"),
    ("fuzz", 0, "--programs 1 --jobs 1 --size 2"),
    ("fuzz", 1, "--programs 1 --jobs 1 --size 2 --property mine:WRONG"),
    ("fuzz", 2, "--programs 1 --property nobody"),
    ("reduce", 0, "m.relay"),
    ("reduce", 1, f"sub.relay --property {SWAP} --tries 20"),
    ("reduce", 2, "m.relay --property nobody"),
    ("record", 0, "--oracle-python python --out corpus one.py"),
    ("record", 1, "--oracle-python python --out nothing ends.py"),
    ("record", 2, "--oracle-python python --out fork one.py"),
    ("corpus check", 0, "recorded"),
    ("corpus check", 1, "changed"),
    ("corpus check", 2, "fork"),
    ("step", 0, "m.relay"),
    ("step", 1, "m.relay wrong.py"),
    ("step", 2, "bad.relay"),
    ("scan", 0, "plain"),
    ("scan", 1, "asks.py"),
    ("scan", 2, "nowhere"),
    ("port", 0, "plain --no-lock"),
    ("port", 1, "fork --no-lock"),
    ("port", 2, "nowhere"),
    ("status", 0, "locked"),
    ("status", 1, "worse --check"),
    ("status", 2, "locked --accept nothing --reason none"),
    ("shim", 0, "-o compat.py"),
    ("shim", 2, "-o compat.py --releases 0.1"),
    ("prove", 0, "rewrites.py ported.py --programs 3"),
    ("prove", 0, "rewrites.py ported.py -o test_rewrites.py"),
    ("prove", 1, "rewrites.py lazy.py --programs 3"),
    ("prove", 2, "rewrites.py told.py"),
    ("ops", 0, ""),
    ("ops", 0, "nn.conv2d"),
    ("ops", 2, "nn.conv9d"),
    ("passes", 0, ""),
    ("passes", 2, "Nothing"),
    ("passes show", 0, "FoldConstant"),
    ("passes show", 2, "Nothing"),
    ("passes order", 0, "PartitionGraph"),
    ("passes order", 2, "Nothing"),
    ("passes verify", 0, "FoldConstant --programs 2"),
    ("passes verify", 1, "mine:LAZY --programs 2"),
    ("passes verify", 2, "AnnotateSpans"),
    ("passes bisect", 0, "m.relay FoldConstant"),
    ("passes bisect", 1, "sub.relay reduced_subjects:swap"),
    ("passes bisect", 2, "m.relay Nothing"),
    ("passes scaffold", 0, "P --relay a.b:C --example m.relay -o test_p.py"),
    ("passes scaffold", 2, "P --relay a.b:C --example bad.relay -o test_q.py"),
    ("as-tvm", 0, "--covered"),
    ("as-tvm", 0, "told.py"),
    ("as-tvm", 3, "ends.py"),
    ("as-tvm", 2, "nowhere.py"),
    ("completion", 0, "bash"),
    ("completion", 2, "csh"),
    ("explain", 0, ""),
    ("explain", 0, "r2r0104"),
    ("explain", 2, "R2R9999"),
)
"""Command, exit code, and its arguments before ``--json``."""


def invoke(line: str) -> Result:
    return CliRunner().invoke(main, line.split(), catch_exceptions=False)


def prepare(folder: Path) -> None:
    """Write what the cases are about into the current folder."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    alias_python(folder)
    assert invoke("convert m.relay -o m.py").exit_code == 0
    (folder / "wrong.py").write_text((folder / "m.py").read_text().replace("R.exp", "R.tanh"))
    for name in ("ported.py", "lazy.py"):
        (folder / name).write_text(FILES["rewrites.py"])
        assert invoke(f"port {name} --apply --allow-dirty --no-lock").exit_code in (0, 1)
    ported = (folder / "ported.py").read_text()
    (folder / "lazy.py").write_text(ported.replace("return relax.op.nn.relu(node_map[self.x])", "return pre"))
    for name in ("locked", "worse"):
        (folder / name).mkdir()
        (folder / name / "a.py").write_text("x = 1\n")
        assert invoke(f"status {name} --update").exit_code == 0
    (folder / "worse" / "a.py").write_text(FILES["asks.py"])
    assert invoke("record --oracle-python python --out recorded one.py").exit_code == 0
    (folder / "changed").mkdir()
    with (
        ZipFile(folder / "recorded" / "evaluated.zip") as old,
        ZipFile(folder / "changed" / "evaluated.zip", "w") as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"nn.relu", b"negative"))
