"""``unbind`` of importers: the slices of a tensor along an axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import put
from migrate.codemods.helpers import AS_FUNCTION, spelled
from migrate.codemods.imports import NameTaken
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_OLD, _NEW = "tvm.relay.frontend.common.unbind", "unbind"
_HELPER = '''def unbind(data, axis=0):
    """The slices of data along an axis, which is gone from them, as one tuple."""
    sizes = as_function(data).body.{type}.shape
    if axis >= len(sizes):
        raise AttributeError(f"data of rank {len(sizes)} has no axis {axis}")
    parts = {relax}.op.split(data, int(sizes[axis]), axis)
    return {relax}.Tuple([{relax}.op.squeeze(parts[index], axis=[axis]) for index in range(int(sizes[axis]))])
'''


class Unbind(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.expressions.unbind"
    title: ClassVar[str] = "unbind of relay.frontend.common splits and squeezes"
    explanation: ClassVar[str] = (
        "Importers of recurrent layers take a tensor apart along an axis. Relax has no function for that: the file gets"
        " one of the same name, of split and squeeze; its result can be indexed, counted and walked over as before."
    )
    facts: ClassVar[str] = "relay.frontend.common of TVM 0.19; split, squeeze and Tuple of TVM 0.21 and 0.27 (run)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax
from tvm.relay.frontend.common import unbind


def steps(data):
    return [step for step in unbind(data, 1)]
""",
            "from tvm import relax\n\n\n"
            + AS_FUNCTION.replace("{relax}", "relax")
            + "\n\n"
            + _HELPER.replace("{relax}", "relax").replace("{type}", "ty")
            + """

def steps(data):
    return [step for step in unbind(data, 1)]
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine.common import unbind\n\nparts = unbind(data, 0)\n",)

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "unbind" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for use in file.uses_of((_OLD,)):
            found = spelled(file, use, (_HELPER, AS_FUNCTION), target)
            if isinstance(found, NameTaken):
                yield self.refuse(file, use.node, found.reason, found.hint)
                continue
            helpers, imports = found
            yield Edit(self.id, use.node, put(cst.Name(_NEW)), imports, helpers=helpers)


RULE = Unbind()
