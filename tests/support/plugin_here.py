"""How to give a pytest the plugin of this tree, where the environment's packages do not bring it."""

from importlib.metadata import entry_points

_PLUGIN = "relay2relax.pytest_plugin"
NEEDED = not any(point.value == _PLUGIN for point in entry_points(group="pytest11"))
OPTIONS = ("-p", _PLUGIN) if NEEDED else ()
VARIABLES = {"PYTEST_PLUGINS": _PLUGIN} if NEEDED else {}
