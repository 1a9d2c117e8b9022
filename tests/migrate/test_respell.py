"""A Relax script said anew for another release computes what it computed, and real releases agree on the spelling."""

from typing import Any

import numpy as np
from click.testing import CliRunner

import migrate
from migrate.cli.main import main
from migrate.report.model import Outcome

OLD = """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((2, 3, 4), "float32"), g: R.Tensor((3,), "float32"), i: R.Tensor((2,), "int64")):
        with R.dataflow():
            r = R.round(x)
            b = R.nn.batch_norm(r, g, g, g, g, axis=1, epsilon=0.001)
            p = R.nn.pad(b[0], pad_width=[0, 0, 0, 0, 1, 1], pad_value=R.const(2.0, "float32"), pad_mode="constant")
            t = R.take(p, i, axis=0)
            R.output(t)
        return t
"""


def arguments() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    halves = rng.integers(-6, 6, (2, 3, 4)) / 2
    return {"x": halves.astype("float32"), "g": rng.random(3).astype("float32"), "i": np.array([1, 0])}


def test_meaning_is_kept_where_releases_differ():
    module = migrate.load(OLD, release="0.19")
    result = migrate.convert(module, target="0.27")
    script = result.script()
    assert "R.round" not in script
    assert "training=True" in script
    assert "pad_value=2.0" in script
    outcomes = {item.op.removeprefix("relax."): item.outcome for item in result.report.conversions}
    assert outcomes == {
        "round": Outcome.EXPANDED,
        "nn.batch_norm": Outcome.DIRECT,
        "nn.pad": Outcome.DIRECT,
        "take": Outcome.DIRECT,
    }
    new = migrate.load(script, release="0.27")
    for one, other in zip(migrate.run(module, arguments()), migrate.run(new, arguments()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_the_way_back_is_the_way_it_came():
    # batch_norm of 0.21 does not normalise by the batch and advance: it is written out.
    without = OLD.replace("R.nn.batch_norm(r, g, g, g, g, axis=1, epsilon=0.001)", "(r, g)")
    module = migrate.load(without, release="0.19")
    same = migrate.convert(module, target="0.19")
    assert same.report.counts[Outcome.DIRECT] == len(same.report.conversions) == 3
    back = migrate.convert(migrate.load(migrate.convert(module, "0.21").script(), release="0.21"), "0.19")
    assert back.script() == same.script()


def test_an_operator_that_the_target_lacks_is_said_in_another_way():
    new = OLD.replace("R.round(x)", "R.trunc(x)").replace('R.const(2.0, "float32")', "2.0")
    module = migrate.load(new, release="0.27")
    result = migrate.convert(module, target="0.19")
    said = {item.op: item for item in result.report.conversions}["relax.trunc"]
    assert said.outcome is Outcome.EXPANDED
    assert "no spelling in Relax 0.19" in said.reason
    old = migrate.load(result.script(), release="0.19")
    np.testing.assert_allclose(migrate.run(module, arguments()), migrate.run(old, arguments()), rtol=1e-6)


def test_the_command_names_both_releases(tmp_path):
    path = tmp_path / "old.py"
    path.write_text(OLD)
    result = CliRunner().invoke(main, ["convert", str(path), "--from-release", "0.19", "--target", "0.26"])
    assert result.exit_code == 0
    assert "Relax 0.19 to Relax 0.26" in result.stderr


def test_a_converted_script_says_what_it_is_for():
    new = migrate.convert(migrate.load(OLD, release="0.19"), "0.21").script()
    assert new.startswith("# Relax of TVM 0.21\n")
    assert migrate.load(new).release == "0.21"
