"""Adds what is compiled into the C++ module to a bill of materials (CycloneDX, JSON).

`python tools/release/sbom.py FILE` rewrites FILE, which `cyclonedx-py environment` made: that finds
only what pip installed. pybind11 is taken in the version beside this Python, libdeflate in the one
that cmake/libdeflate.txt names.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBDEFLATE = Path(__file__).resolve().parents[2] / "cmake" / "libdeflate.txt"

Json = dict[str, Any]


def compiled_parts() -> list[Json]:
    """The components that are in the module and in no Python package."""
    found = re.search(r"sources of libdeflate (\d[\d.]*\d)", LIBDEFLATE.read_text("utf-8"))
    if found is None:
        raise SystemExit(f"{LIBDEFLATE}: expected 'sources of libdeflate VERSION' in its comment")
    return [
        component("libdeflate", found[1], "MIT", f"pkg:github/ebiggers/libdeflate@v{found[1]}"),
        component("pybind11", it := version("pybind11"), "BSD-3-Clause", f"pkg:pypi/pybind11@{it}"),
    ]


def component(name: str, version: str, licence: str, purl: str) -> Json:
    """One library as CycloneDX writes it."""
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": [{"license": {"id": licence}}],
        "description": "compiled into digitcli's C++ module",
    }


def add(bom: Json, parts: list[Json]) -> Json:
    """`bom` with `parts`, on which digitcli depends."""
    packages = [*bom["components"], bom.get("metadata", {}).get("component", {})]
    ours = next((one["bom-ref"] for one in packages if one.get("name") == "digitcli"), None)
    if ours is None:
        raise SystemExit("the bill of materials does not name digitcli: is it installed there?")
    edges = {edge["ref"]: edge for edge in bom.get("dependencies", [])}
    needed = {*edges.get(ours, {}).get("dependsOn", []), *(one["bom-ref"] for one in parts)}
    edges[ours] = {"ref": ours, "dependsOn": sorted(needed)}
    edges |= {one["bom-ref"]: {"ref": one["bom-ref"]} for one in parts}
    return bom | {
        "components": [*bom["components"], *parts],
        "dependencies": sorted(edges.values(), key=lambda edge: edge["ref"]),
    }


if __name__ == "__main__":
    file = Path(sys.argv[1])
    bom = add(json.loads(file.read_text("utf-8")), compiled_parts())
    file.write_text(json.dumps(bom, indent=2) + "\n", "utf-8")
