"""digitcli's C++ engine and IDX parser."""

from typing import Any

import numpy as np
import numpy.typing as npt

class UnknownIsaError(RuntimeError): ...
class BadNetworkError(ValueError): ...

def available_isas() -> list[str]: ...
def default_isa() -> str: ...
def run_layers(
    layers: list[dict[str, Any]], x: npt.NDArray[np.float32], isa: str = "", threads: int = 1
) -> npt.NDArray[np.float32]: ...

class Engine:
    def __init__(
        self,
        input: tuple[int, ...],
        scale: float,
        layers: list[dict[str, Any]],
        isa: str = "",
    ) -> None: ...
    def run(self, images: npt.NDArray[np.uint8], threads: int = 1) -> npt.NDArray[np.float32]: ...
    @property
    def isa(self) -> str: ...
