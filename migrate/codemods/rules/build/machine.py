"""Methods of Relay's virtual machine and of its executables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.helpers import RUN_FUNCTION
from migrate.codemods.names import SourceFile
from migrate.codemods.objects import attributes_of, method_call
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_MACHINE = "tvm.runtime.vm.VirtualMachine"
_COMPILE = "tvm.relay.vm.compile"
_EXECUTABLE = "tvm.runtime.vm.Executable"
_MAIN = cst.Arg(cst.SimpleString('"main"'))


class Machine(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.machine"
    title: ClassVar[str] = "run and invoke of Relay's virtual machine become a function beside relax.VirtualMachine"
    explanation: ClassVar[str] = (
        "A virtual machine of Relax sets the inputs of a function, runs it and gives what it returned, in three calls;"
        " set_input takes arguments by place and by name, and arrays of numpy. The file gets a function run_function"
        " that makes them. An executable has no bytecode apart from its library: what saves and loads that is left."
    )
    facts: ClassVar[str] = "tvm.runtime.vm of TVM 0.19; tvm.relax.VirtualMachine and VMExecutable of TVM 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.runtime.vm import VirtualMachine

vm = VirtualMachine(exe, dev)
out = vm.invoke("main", x, mask=y)
vm.set_input("main", **inputs)
out = vm.run()
""",
            f"""from tvm.runtime.vm import VirtualMachine


{RUN_FUNCTION}

vm = VirtualMachine(exe, dev)
out = run_function(vm, "main", x, mask=y)
vm.set_input("main", **inputs)
out = run_function(vm, "main")
""",
        ),
        Example(
            "from tvm import runtime\n\nvm = runtime.vm.VirtualMachine(exe, dev)\nout = vm.run()\n",
            'from tvm import runtime\n\nvm = runtime.vm.VirtualMachine(exe, dev)\nout = vm["main"]()\n',
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'from tvm import relax\n\nvm = relax.VirtualMachine(exe, dev)\nout = vm["main"](x)\nvm.run = 3\n',
        "from tvm.runtime.vm import VirtualMachine\n\n\ndef f(vm):\n    return vm.invoke('main')\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused(
            "from tvm import relay\n\nexe = relay.vm.compile(mod, 'llvm')\ncode, lib = exe.save()\n", "no bytecode"
        ),
        Refused(
            "from tvm.runtime.vm import VirtualMachine\n\nvm = VirtualMachine(exe, dev)\nvm.benchmark(dev)\n",
            "has no such benchmark",
        ),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "vm" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        for use in file.uses_of((_MACHINE,)):
            found = attributes_of(file, use.call) if use.call is not None else ()
            set_before = any(node.attr.value == "set_input" for node in found)
            for node in found:
                yield from self._method(file, node, set_before)
        for use in file.uses_of((_COMPILE,)):
            for node in attributes_of(file, use.call) if use.call is not None else ():
                if node.attr.value in ("save", "bytecode", "primitive_ops"):
                    hint = "export the library with export_library, and load it with tvm.runtime.load_module"
                    absent = f"{_EXECUTABLE}.{node.attr.value}"
                    yield self.refuse(file, node, "an executable has no bytecode of its own", hint, absent=absent)

    def _method(self, file: SourceFile, node: cst.Attribute, set_before: bool) -> Iterator[Planned]:
        name, call = node.attr.value, method_call(file, node)
        if name == "run" and call is not None and not call.args and not set_before:
            yield Edit(self.id, call, _called)
        elif name in ("run", "invoke") and call is not None and (call.args or name == "run"):
            yield Edit(self.id, call, _run, helpers=(RUN_FUNCTION,))
        elif name in ("benchmark", "profile") or (name == "get_outputs" and call is not None and not call.args):
            reason = f"relax.VirtualMachine has no such {name}"
            yield self.refuse(file, node, reason, "see time_evaluator, set_instrument", absent=f"{_MACHINE}.{name}")


def _called(node: cst.CSTNode) -> cst.CSTNode:
    """Of a function without parameters."""
    assert isinstance(node, cst.Call)
    machine = cst.ensure_type(node.func, cst.Attribute).value
    main = cst.Subscript(machine, [cst.SubscriptElement(cst.Index(_MAIN.value))])
    return node.with_changes(func=main)


def _run(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    method = cst.ensure_type(node.func, cst.Attribute)
    first = [cst.Arg(method.value), *([_MAIN] if method.attr.value == "run" else [])]
    return node.with_changes(func=cst.Name("run_function"), args=[*first, *node.args])


RULE = Machine()
