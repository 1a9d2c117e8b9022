"""``is_tensorrt_runtime_enabled``: whether TVM was built with TensorRT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import put
from migrate.codemods.helpers import spelled
from migrate.codemods.imports import NameTaken
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.contrib.is_tensorrt_runtime_enabled"
_HELPER = '''def is_tensorrt_runtime_enabled():
    """Whether TVM was built with TensorRT."""
    enabled = {tvm}.get_global_func("relax.is_tensorrt_runtime_enabled", True)
    return bool(enabled and enabled())
'''


class RuntimeEnabled(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.runtime_enabled"
    title: ClassVar[str] = "is_tensorrt_runtime_enabled asks Relax's code generator"
    explanation: ClassVar[str] = (
        "Relax's code generator for TensorRT says under another name whether the runtime is there. The file gets a"
        " function of the old name that asks it, and gives False where TVM has no such code generator."
    )
    facts: ClassVar[str] = "tvm.relay.op.contrib.tensorrt of TVM 0.19; get_global_func in TVM 0.21 and 0.27 (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm.relay.op.contrib import tensorrt

SKIP = not tensorrt.is_tensorrt_runtime_enabled()
""",
            "import tvm\n\n\n"
            + _HELPER.replace("{tvm}", "tvm")
            + """

SKIP = not is_tensorrt_runtime_enabled()
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from mine import is_tensorrt_runtime_enabled\n\nx = is_tensorrt_runtime_enabled()\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "is_tensorrt_runtime_enabled" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of((_OLD,)):
            found = spelled(file, use, (_HELPER,), target)
            if isinstance(found, NameTaken):
                yield self.refuse(file, use.node, found.reason, found.hint)
                continue
            helpers, imports = found
            new = cst.Name("is_tensorrt_runtime_enabled")
            yield Edit(self.id, use.node, put(new), imports, helpers=helpers)


RULE = RuntimeEnabled()
