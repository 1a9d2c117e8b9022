"""What a release needs besides its own code: a bill of materials (CycloneDX JSON), and notices with licences.

    python release/third_party.py sbom build/relay2relax.cdx.json
    python release/third_party.py notices THIRD_PARTY.md

Both follow from the metadata of the packages that are installed: relay2relax, what it requires, and so on.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from email.message import Message
from importlib import import_module
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, cast

PACKAGE = "relay2relax"
_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*")
_LICENSE = "License :: "


def required(name: str = PACKAGE) -> list[Distribution]:
    """What a package requires without extras, directly or not, by name; what is not installed here is left out."""
    found: dict[str, Distribution] = {}
    pending = list(_requirements(distribution(name)))
    while pending:
        wanted = _normal(pending.pop())
        if wanted in found:
            continue
        try:
            found[wanted] = distribution(wanted)
        except PackageNotFoundError:
            continue
        pending += _requirements(found[wanted])
    return [found[key] for key in sorted(found)]


def licence(of: Distribution) -> str:
    """As its metadata says: the SPDX expression, else the classifiers, else the first line of the field."""
    told = cast("Message", of.metadata)
    if expression := told.get("License-Expression"):
        return expression
    classified = [item.rpartition(" :: ")[2] for item in told.get_all("Classifier") or [] if item.startswith(_LICENSE)]
    return ", ".join(classified) or (told.get("License") or "unknown").splitlines()[0]


def notices() -> str:
    """A table of what is required at run time, and a pointer to what is shipped inside."""
    rows = [f"| {item.name} | {licence(item)} | {_home(item)} |" for item in required()]
    return f"""<!-- Made by release/third_party.py: do not edit. -->

# Third-party software

relay2relax requires these packages at run time; they are installed beside it, and none of them is part of it.

| package | licence | home |
|---|---|---|
{chr(10).join(rows)}

The report in the browser embeds JavaScript libraries, unchanged; their licences are in
`migrate/report/page/web/vendor/LICENSES.txt` of every wheel.
"""


def sbom() -> str:
    """The bill of materials: relay2relax, and a component for each package that it requires."""
    # By name: its types say less than it does.
    factories: Any = import_module("cyclonedx.contrib.license.factories")
    boms: Any = import_module("cyclonedx.model.bom")
    components: Any = import_module("cyclonedx.model.component")
    written: Any = import_module("cyclonedx.output.json")
    urls: Any = import_module("packageurl")

    def component(of: Distribution, kind: str) -> Any:
        url = urls.PackageURL("pypi", name=_normal(of.name), version=of.version)
        told = [] if licence(of) == "unknown" else [factories.LicenseFactory().make_from_string(licence(of))]
        is_a = components.ComponentType(kind)
        return components.Component(
            name=of.name, version=of.version, type=is_a, licenses=told, purl=url, bom_ref=str(url)
        )

    bom = boms.Bom()
    own = component(distribution(PACKAGE), "application")
    bom.metadata.component = own
    parts = [component(item, "library") for item in required()]
    bom.components.update(parts)
    bom.register_dependency(own, parts)
    return written.JsonV1Dot6(bom).output_as_string(indent=2)


def _requirements(of: Distribution) -> Iterator[str]:
    for line in of.requires or []:
        name = _NAME.match(line)
        if name is not None and "extra ==" not in line:
            yield name[0]


def _home(of: Distribution) -> str:
    told = cast("Message", of.metadata)
    urls = dict(item.split(", ", 1) for item in told.get_all("Project-URL") or [] if ", " in item)
    lower = {key.lower(): value for key, value in urls.items()}
    names = ("homepage", "home", "source", "source code", "repository", "documentation")
    return told.get("Home-page") or next((lower[name] for name in names if name in lower), "")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    what, where = sys.argv[1:]
    path = Path(where)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text({"sbom": sbom, "notices": notices}[what](), "utf-8")
