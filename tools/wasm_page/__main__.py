"""Make the page: `python -m wasm_page OUT.html [WEIGHTS]`; `small` is the default."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from digitcli.errors import ModelError
from digitcli.model.weights import find_weights, load_weights

from .module import compile_module
from .page import compressed_size, make_page
from .weights import pack


def main(out: Path, name: str = "small") -> None:
    """Compile, pack and write `out`; say how large it is."""
    if shutil.which("emcc") is None:
        sys.exit("emcc: not found; `apt-get install emscripten` has it")
    try:
        weights = load_weights(find_weights(name))
        packed = pack(weights)
    except (ModelError, ValueError) as error:
        sys.exit(str(error))
    page = make_page(compile_module(), packed, weights.spec.name)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    print(f"{out}: {len(page):,} bytes, {compressed_size(page):,} by gzip -9")


main(Path(sys.argv[1]), *sys.argv[2:])
