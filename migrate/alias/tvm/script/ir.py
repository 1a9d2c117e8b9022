"""tvm.script.ir, and tvm.script.parser.ir: modules."""

from migrate.alias.lazy import lazy

__getattr__ = lazy(
    "tvm.script.ir tvm.script.parser.ir",
    {
        "migrate.alias.script.decorators": "ir_module",
        "migrate.alias.script.statements": "module_attrs module_global_infos",
        "migrate.alias.ir.global_info": "dummy_global_info lookup_vdevice vdevice=make_vdevice",
        "migrate.alias.ir.range": "Range",
    },
)
