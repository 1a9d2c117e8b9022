"""``infer_shape``, ``infer_value`` and their siblings: types and values of expressions that stand by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import put
from migrate.codemods.helpers import AS_FUNCTION, spelled
from migrate.codemods.imports import NameTaken
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_TYPE = '''def infer_type(expr, mod=None):
    """The body of a function of an expression, which has a type, as global functions have; a function itself."""
    del mod
    typed = as_function(expr)
    return typed if isinstance(expr, {relax}.Function) else typed.body
'''
_SHAPE = '''def infer_shape(expr, mod=None):
    """The sizes of an expression, numbers where they are known; of what is no tensor its type."""
    del mod
    found = as_function(expr).body.{type}
    if not isinstance(found, {relax}.{TensorType}):
        return found
    return tuple(getattr(size, "value", size) for size in found.shape)
'''
_VALUE = '''def infer_value(expr, params, mod=None):
    """What an expression of parameters, and of functions of a module, comes to, on the processor."""
    main = as_function(expr).with_attr("global_symbol", "inferred")
    whole = {tvm}.IRModule(dict(mod.functions) if mod is not None else {})
    whole["inferred"] = main
    built = {relax}.build({relax}.transform.DeadCodeElimination(["inferred"])(whole), "llvm")
    arguments = [params[var.{name_hint}] for var in main.params]
    return {relax}.VirtualMachine(built, {tvm}.cpu())["inferred"](*arguments)
'''
_TRY = '''def try_infer_value(expr, on_success=None, on_failure=None, parameters=None):
    """What an expression comes to as NumPy's array, and whether that can be told; else the expression itself."""
    try:
        value = infer_value(expr, parameters or {}).numpy()
        return (on_success(value) if on_success else value), True
    except Exception:
        return (on_failure() if on_failure else expr), False
'''
_COMMON = "tvm.relay.frontend.common"
_OURS: Mapping[str, tuple[str, tuple[str, ...], int]] = {
    f"{_COMMON}.infer_type": ("infer_type", (_TYPE, AS_FUNCTION), 2),
    "tvm.relay.testing.run_infer_type": ("infer_type", (_TYPE, AS_FUNCTION), 1),
    f"{_COMMON}.infer_shape": ("infer_shape", (_SHAPE, AS_FUNCTION), 2),
    f"{_COMMON}.infer_value": ("infer_value", (_VALUE, AS_FUNCTION), 3),
    f"{_COMMON}.try_infer_value": ("try_infer_value", (_TRY, _VALUE, AS_FUNCTION), 4),
}
"""By old name: the new one, what is defined for it, and how many arguments it takes."""


class Inferred(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.expressions.inferred"
    title: ClassVar[str] = "infer_shape, infer_value and infer_type of importers and tests ask a function around"
    explanation: ClassVar[str] = (
        "Relay's importers and tests ask for the type, or value, of an expression that stands in no function yet. The"
        " file gets functions of these names: they put the expression into a function of its free variables, whose"
        " builder deduces the types, and run it in a virtual machine for a value. A module beside it tells nothing of"
        " types, since global functions have theirs; it lends its functions to the machine."
    )
    facts: ClassVar[str] = (
        "tvm.relay.frontend.common and relay.testing of TVM 0.19; BlockBuilder, build and VirtualMachine in TVM 0.21"
        " and 0.27 (run)"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relax
from tvm.relay.frontend.common import infer_shape


def rank(expr):
    return len(infer_shape(expr))
""",
            "from tvm import relax\n\n\n"
            + AS_FUNCTION.replace("{relax}", "relax")
            + "\n\n"
            + _SHAPE.replace("{relax}", "relax").replace("{type}", "ty").replace("{TensorType}", "TensorType")
            + """

def rank(expr):
    return len(infer_shape(expr))
""",
        ),
        Example(
            """import tvm
from tvm import relax
from tvm.relay.testing import run_infer_type


def typed(expr):
    return run_infer_type(expr)
""",
            "import tvm\nfrom tvm import relax\n\n\n"
            + AS_FUNCTION.replace("{relax}", "relax")
            + "\n\n"
            + _TYPE.replace("{relax}", "relax")
            + """

def typed(expr):
    return infer_type(expr)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine import infer_shape\n\nsizes = infer_shape(expr)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm.relay.frontend.common import infer_shape\n\nsizes = infer_shape(*args)\n", "known at run time"
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "infer_" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for old, (new, texts, most) in _OURS.items():
            for use in file.uses_of((old,)):
                yield self._defined(file, use, new, texts, most, target)

    def _defined(
        self, file: SourceFile, use: Use, new: str, texts: tuple[str, ...], most: int, target: Target
    ) -> Planned:
        if use.call is not None and (len(use.call.args) > most or any(arg.star for arg in use.call.args)):
            return self.refuse(file, use.node, "its arguments are known at run time only", "write them out")
        found = spelled(file, use, texts, target)
        if isinstance(found, NameTaken):
            return self.refuse(file, use.node, found.reason, found.hint)
        helpers, imports = found
        return Edit(self.id, use.node, put(cst.Name(new)), imports, helpers=helpers)


RULE = Inferred()
