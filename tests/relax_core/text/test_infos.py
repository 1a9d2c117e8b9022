"""Global information of modules: virtual devices, meshes of devices, and the types and calls that name them."""

from typing import Any

import pytest

from relax_core.ir.distributed import DeviceMesh, DTensorType, Placement
from relax_core.ir.expr import Function
from relax_core.ir.global_info import VDevice
from relax_core.structural import structural_equal
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError

DEVICES = """
@I.ir_module
class Module:
    I.module_global_infos({"dummy": [I.dummy_global_info()], "vdevice": [I.vdevice("llvm"), \
I.vdevice({"kind": "cuda", "arch": "sm_50"}), I.vdevice("llvm -mcpu=x", 1, "shared")]})
    @R.function
    def main(x: R.Tensor((2,), "float32", "llvm:1:shared"), y: R.Tensor("float32", ndim=2, vdevice="llvm")):
        a = R.to_vdevice(x, "cuda:0")
        b = R.hint_on_device(a, R.cuda(1))
        return b
"""
# As TVM 0.19 and 0.27 print such a module; a target that has only a name is not written out.
PRINTED = {
    "0.19": """    I.module_global_infos({"dummy": [I.dummy_global_info()], \
"vdevice": [I.vdevice("llvm", 0, "global"), I.vdevice({"arch": "sm_50", "kind": "cuda"}, 0, "global"), \
I.vdevice("llvm -mcpu=x", 1, "shared")]})
    @R.function
    def main(x: R.Tensor((2,), dtype="float32", vdevice="llvm:1"), y: R.Tensor(dtype="float32", ndim=2, \
vdevice="llvm:0")) -> R.Tensor((2,), dtype="float32", vdevice="cuda:0"):
        a: R.Tensor((2,), dtype="float32", vdevice="cuda:0") = R.to_vdevice(x, dst_vdevice="cuda:0")
        b: R.Tensor((2,), dtype="float32", vdevice="cuda:0") = R.hint_on_device(a, R.device(dev_type=2, dev_id=1))
        return b""",
    "0.27": """    I.module_global_infos({"dummy": [I.dummy_global_info()], \
"vdevice": [I.vdevice("llvm", 0, "global"), I.vdevice({"arch": "sm_50", "kind": "cuda"}, 0, "global"), \
I.vdevice("llvm -mcpu=x", 1, "shared")]})
    @R.function
    def main(x: R.Tensor((2,), dtype="float32", vdevice="llvm:1:shared"), y: R.Tensor(dtype="float32", ndim=2, \
vdevice="llvm:0:global")) -> R.Tensor((2,), dtype="float32", vdevice="cuda:0:global"):
        a: R.Tensor((2,), dtype="float32", vdevice="cuda:0:global") = R.to_vdevice(x, dst_vdevice="cuda:0:global")
        b: R.Tensor((2,), dtype="float32", vdevice="cuda:0:global") = R.hint_on_device(a, \
R.device(device_type=2, index=1), "global")
        return b""",
}


@pytest.mark.parametrize("release", ["0.19", "0.27"])
def test_virtual_devices(release: str):
    module = read(DEVICES, release="0.27")
    text = print_module(module, release, "0.27")
    assert text.partition("class Module:\n")[2] == PRINTED[release]
    assert structural_equal(read(text, release=release), module)


def test_a_type_holds_the_device_of_the_module():
    module = read(DEVICES, release="0.27")
    function = module["main"]
    assert isinstance(function, Function)
    type_: Any = function.params[0].ty
    assert type_.vdevice is module.global_infos["vdevice"][2]
    assert (type_.vdevice.kind, type_.vdevice.memory_scope) == ("llvm", "shared")


def test_a_device_that_the_module_does_not_list_is_refused():
    module = read(DEVICES, release="0.27")
    module.global_infos["vdevice"] = [VDevice("llvm")]
    with pytest.raises(DiagnosticError, match="R2R0407"):
        print_module(module)


MESHES = """
@I.ir_module
class Module:
    I.module_global_infos({"mesh": [R.device_mesh((2, 2), I.Range(0, 4)), R.device_mesh((1,), [1])]})
    @R.function
    def main(x: R.DTensor((4, 4), "float32", "mesh[0]", "S[0], R"), \
y: R.DTensor((4,), device_mesh="mesh[1]", placement="R"), \
z: R.DTensor(dtype="float32", device_mesh="mesh[0]", placement="S[1], S[0]", ndim=2)) \
-> R.DTensor((4, 4), "float32", "mesh[0]", "S[0], R"):
        return x"""


@pytest.mark.parametrize("release", ["0.19", "0.21", "0.25", "0.26", "0.27"])
def test_tensors_over_a_mesh_of_devices(release: str):
    module = read(MESHES, release=release)
    assert print_module(module, release).partition("\n\n")[2] == MESHES.lstrip()
    mesh = module.global_infos["mesh"][0]
    assert isinstance(mesh, DeviceMesh)
    assert mesh.device_range == (0, 4)
    function = module["main"]
    assert isinstance(function, Function)
    type_ = function.params[0].ty
    assert isinstance(type_, DTensorType)
    assert type_.device_mesh is mesh
    assert structural_equal(module, read(MESHES, release=release))
    assert not structural_equal(module, read(MESHES.replace("S[1], S[0]", "R, S[0]"), release=release))


@pytest.mark.parametrize("text", ["S", "S[x]", "R R", "S[-1]", "T[0]", "R,,R"])
def test_texts_that_are_no_placement(text: str):
    with pytest.raises(ValueError, match="not a placement"):
        Placement.from_text(text)
