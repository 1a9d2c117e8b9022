"""Run the named measurements, or all."""

import importlib
import pkgutil
import sys

import benchmarks

NAMES = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name.startswith("measure_")]

for name in NAMES:
    if not sys.argv[1:] or name.removeprefix("measure_") in sys.argv[1:]:
        importlib.import_module(f"benchmarks.{name}").main()
