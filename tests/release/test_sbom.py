"""The bill of materials names what is compiled into the module too."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from release import sbom

MADE = {
    "bomFormat": "CycloneDX",
    "components": [
        {"name": "digitcli", "bom-ref": "digitcli==0.1.0"},
        {"name": "numpy", "bom-ref": "numpy==2.3.0"},
    ],
    "dependencies": [
        {"ref": "digitcli==0.1.0", "dependsOn": ["numpy==2.3.0"]},
        {"ref": "numpy==2.3.0"},
    ],
}


def test_compiled_parts_have_the_version_that_was_built():
    parts = {one["name"]: one["version"] for one in sbom.compiled_parts()}

    assert parts.keys() == {"libdeflate", "pybind11"}
    assert parts["pybind11"] == version("pybind11")
    assert all(part.isdigit() for part in parts["libdeflate"].split("."))


def test_digitcli_depends_on_packages_and_compiled_parts():
    part = sbom.component("libdeflate", "1.26", "MIT", "pkg:github/ebiggers/libdeflate@v1.26")

    bom = sbom.add(MADE, [part])

    assert [one["name"] for one in bom["components"]] == ["digitcli", "numpy", "libdeflate"]
    edges = {edge["ref"]: edge.get("dependsOn", []) for edge in bom["dependencies"]}
    assert edges["digitcli==0.1.0"] == ["numpy==2.3.0", part["bom-ref"]]
    assert edges[part["bom-ref"]] == []


def test_a_bill_of_another_environment_is_refused():
    with pytest.raises(SystemExit, match="does not name digitcli"):
        sbom.add({"components": []}, [])
