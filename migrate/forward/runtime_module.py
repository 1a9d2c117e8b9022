"""The Python module that gives real TVM the functions of :mod:`relax_core.data_functions`.

Its text is the same for every release: which names TVM registers functions under is asked when it is imported. A value
of an algebraic data type is an array of TVM's runtime, the constructor's name first; a reference is a function, which
every release keeps alive as long as something holds it.
"""

from __future__ import annotations

from collections.abc import Iterable

from relax_core.data_functions import FUNCTIONS
from relax_core.ir.expr import ExternFunc
from tensor_core.node import Node, post_order

RUNTIME_NOTE = "# To run it, import its runtime module first: relay2relax.* are functions of that.\n"
"""What a script says that calls these functions."""

RUNTIME_MODULE = '''\
"""What a script converted from Relay calls for algebraic data types and references.

Import this module before the script is run (not needed to read or to build it). It needs TVM, 0.19 to 0.27, and numpy.
"""

import numpy as np
import tvm

register = getattr(tvm, "register_global_func", None) or tvm.register_func


def _truth(value):
    make = getattr(tvm.runtime, "tensor", None) or tvm.nd.array
    return make(np.array(value))


def _kept(value):
    # The memory of an array is used again once no call of the program needs it: what is kept is a copy, in tuples, too.
    # What starts with a name is a value of a data type, which keeps copies already.
    if type(value).__name__ == "Array" and not (len(value) and isinstance(value[0], str)):
        return tvm.runtime.convert([_kept(item) for item in value])
    make = getattr(tvm.runtime, "tensor", None) or tvm.nd.array
    is_array = isinstance(value, getattr(tvm.runtime, "Tensor", None) or tvm.nd.NDArray)
    return make(value.numpy()) if is_array else value


TRUE, FALSE = _truth(True), _truth(False)


class NoArmError(RuntimeError):
    """No arm of a match handles the value."""


@register("relay2relax.data.make", override=True)
def data_make(name, *fields):
    return tvm.runtime.convert([name, *map(_kept, fields)])


@register("relay2relax.data.is", override=True)
def data_is(value, name):
    return TRUE if value[0] == name else FALSE


@register("relay2relax.data.field", override=True)
def data_field(value, index):
    return value[index + 1]


@register("relay2relax.data.unmatched", override=True)
def data_unmatched(place):
    raise NoArmError(f"no arm of the match handles the value {place}".rstrip())


@register("relay2relax.ref.new", override=True)
def ref_new(value):
    held = [_kept(value)]

    def reference(*written):
        held[:] = [_kept(item) for item in written] or held
        return held[0]

    return tvm.runtime.convert(reference)


@register("relay2relax.ref.read", override=True)
def ref_read(reference):
    return reference()


@register("relay2relax.ref.write", override=True)
def ref_write(reference, value):
    reference(value)
    return tvm.runtime.convert([])
'''


def needs_runtime(functions: Iterable[Node]) -> bool:
    """Whether a program calls a function of the runtime module."""
    for node in post_order(list(functions), Node.iter_children):
        if isinstance(node, ExternFunc) and node.name in FUNCTIONS:
            return True
    return False
