"""Puts module, weights, style and scripts into one HTML file that asks for nothing else."""

from __future__ import annotations

import base64
import gzip
import zlib
from importlib.resources import files
from pathlib import Path

HERE = Path(__file__).parent


def make_page(module: bytes, weights: bytes, name: str) -> str:
    """The page; `name` is that of the network."""
    palette = files("digitcli.report").joinpath("templates/page.css").read_text(encoding="utf-8")
    parts = {
        "style": palette + _text("page.css"),
        "name": name,
        "module": _packed(module),
        "weights": _packed(weights),
        "reader": _text("reader.js"),
        "page": _text("page.js"),
    }
    page = _text("page.html")
    for part, text in parts.items():
        page = page.replace("{{" + part + "}}", text)
    return page


def compressed_size(page: str) -> int:
    """Bytes of the page as a web server sends it: gzip -9."""
    return len(gzip.compress(page.encode(), 9))


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _packed(data: bytes) -> str:
    """gzip in base64. Weights hold nothing that repeats: there Huffman codes alone are smaller."""
    strategies = zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY
    return base64.b64encode(min((_gzip(data, one) for one in strategies), key=len)).decode()


def _gzip(data: bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS, 9, strategy)
    return packer.compress(data) + packer.flush()
