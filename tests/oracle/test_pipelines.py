"""TVM's pipeline on converted models: what it leaves builds and runs in real TVM, and computes what it computed."""

from collections.abc import Callable, Sequence

import models
import pytest
from recorded import rows

import migrate
from migrate.execution import bind_args
from oracle import Oracle
from relax_core.transform import (
    AnnotateTIROpPattern,
    FoldConstant,
    FuseOps,
    FuseTIR,
    LegalizeOps,
    LowerAllocTensor,
    RemovePurityChecking,
    RewriteDataflowReshape,
    StaticPlanBlockMemory,
    ToNonDataflow,
)
from tensor_core.passes import Pass, Sequential

pytestmark = pytest.mark.oracle

FUSING: Sequence[Pass] = (LegalizeOps(), AnnotateTIROpPattern(), FoldConstant(), FuseOps(), FuseTIR())
PLANNING: Sequence[Pass] = (
    RewriteDataflowReshape(), ToNonDataflow(), RemovePurityChecking(), StaticPlanBlockMemory(), LowerAllocTensor(),
)  # fmt: skip
NAMES = [name for name in ("mlp", "bert_tiny") if any(row["name"] == name for row in rows("models"))]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [FUSING, (*FUSING, *PLANNING)], ids=["fused", "planned"])
def test_what_the_pipeline_leaves_runs_in_tvm(
    name: str, steps: Sequence[Pass], corpus, tmp_path_factory, tvm: Callable[[str], Oracle]
):
    model = models.load(corpus("models"), name, tmp_path_factory.mktemp(name))
    result = migrate.convert(model.module)
    values = bind_args(result.module, bind_args(model.module, model.args))
    script = migrate.convert(Sequential([*steps])(result.module)).script()
    [expected] = tvm("0.27").relax_run(result.script(), values)
    [found] = tvm("0.27").relax_run(script, values)
    models.assert_answer(found, expected)
