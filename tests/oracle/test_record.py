"""`record`, `corpus check` and `verify --oracle-python` with real TVM 0.19."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.main import main
from oracle import environments

pytestmark = pytest.mark.oracle

PROGRAM = """
import numpy as np
import pytest
import tvm
from tvm import relay
from tvm.contrib import graph_executor

X, W = np.ones((2, 3), "float32"), np.arange(12, dtype="float32").reshape(4, 3) / 10


def model():
    x, w = relay.var("x", shape=(2, 3)), relay.var("w", shape=(4, 3))
    return tvm.IRModule.from_expr(relay.Function([x, w], relay.nn.softmax(relay.nn.dense(x, w))))


@pytest.mark.parametrize("executor", ["debug", "graph", "vm"])
def test_executors(executor):
    relay.create_executor(executor, mod=model(), device=tvm.cpu(), target="llvm").evaluate()(X, W)


def test_built():
    library = relay.build(model(), target="llvm", params={"w": W})
    graph = graph_executor.GraphModule(library["default"](tvm.cpu()))
    graph.set_input("x", 2 * X)
    graph.run()
    machine = tvm.runtime.vm.VirtualMachine(relay.vm.compile(model(), "llvm", params={"w": W}), tvm.cpu())
    machine.run(3 * X)


def test_data():
    module = tvm.IRModule()
    relay.prelude.Prelude(module)
    a = relay.var("a", shape=(2,))
    read = relay.If(relay.const(True), relay.Tuple([a, relay.negative(a)]), relay.Tuple([a, a]))
    module["main"] = relay.Function([a], read)
    relay.create_executor("debug", mod=module, device=tvm.cpu(), target="llvm").evaluate()(X[0, :2])


def test_passes():
    with tvm.transform.PassContext(opt_level=3, disabled_pass=["FoldScaleAxis"]):
        typed = relay.transform.InferType()(model())
        relay.transform.SimplifyInference()(typed)
        tvm.transform.Sequential([relay.transform.ToANormalForm(), relay.transform.ToGraphNormalForm()])(typed)
        relay.transform.FuseOps(fuse_opt_level=2)(relay.transform.InferType()(model()))
"""


def asked(*command: str) -> dict:
    python = str(environments.interpreter("0.19"))
    result = CliRunner().invoke(main, [command[0], "--oracle-python", python, "--json", *command[1:]])
    return json.loads(result.stdout[result.stdout.index("{") :])


def test_a_suite_is_recorded_and_replays(tmp_path: Path) -> None:
    (tmp_path / "test_fork.py").write_text(PROGRAM)
    out = tmp_path / "corpus"
    told = asked(
        "record", "--out", str(out), "--", "pytest", "-q", "-p", "no:cacheprovider", f"{tmp_path}/test_fork.py"
    )
    assert told["command_exit_code"] == 0
    assert told["skipped"] == []
    assert told["cases"]["passes"] == 3
    assert told["cases"]["evaluated"] >= 4
    checked = CliRunner().invoke(main, ["corpus", "check", str(out), "--json"])
    replayed = json.loads(checked.stdout)
    assert replayed["findings"] == []
    assert checked.exit_code == 0


def test_the_recorder_may_look_inside(tmp_path: Path) -> None:
    (tmp_path / "test_fork.py").write_text(PROGRAM)
    out = tmp_path / "corpus"
    tests = ("pytest", "-q", "-p", "no:cacheprovider", f"{tmp_path}/test_fork.py", "-k", "built")
    told = asked("record", "--inner", "--out", str(out), "--", *tests)
    assert told["cases"]["passes"] > 20
    replayed = json.loads(CliRunner().invoke(main, ["corpus", "check", str(out), "--json"]).stdout)
    assert "different" not in replayed["counts"]["passes as recorded"]


def test_a_model_is_held_to_tvm(tmp_path: Path) -> None:
    text = '#[version = "0.0.5"]\ndef @main(%x: Tensor[(2, 3), float32]) { nn.softmax(exp(%x)) }\n'
    (tmp_path / "m.relay").write_text(text)
    told = asked("verify", str(tmp_path / "m.relay"))
    assert told["exit_code"] == 0
    assert told["oracle"]["tvm"].startswith("0.19")


def test_a_campaign_asks_tvm() -> None:
    told = asked("fuzz", "--programs", "5", "--jobs", "1", "--seed", "3")
    assert told["exit_code"] in (0, 1)
    assert "Relay of" in json.dumps(told)
