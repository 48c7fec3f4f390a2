"""`digitcli.bench/1` documents without a measurement."""

from __future__ import annotations

import copy
from typing import Any

MACHINE = {
    **{"cpu": "Chip 9", "architecture": "x86_64", "cores": 8, "usable_cores": 4, "isa": "avx2"},
    **{"caches": {"L2": "1024K"}, "system": "An OS", "kernel": "K 1", "python": "CPython 3.11"},
    **{"digitcli": "0.1.0", "commit": None, "time": "2026-11-22T10:00:00+00:00"},
}


def row(median_us: float = 100.0, **changes: Any) -> dict[str, Any]:
    """One quiet row of our own engine."""
    batch = changes.get("batch", 1)
    plain = {
        **{"engine": "digitcli", "variant": "avx2", "version": "0.1.0", "precision": "fp32"},
        **{"scope": "model", "threads": 1, "batch": batch, "min_us": 0.9 * median_us},
        **{"mean_us": median_us, "median_us": median_us, "p90_us": 1.1 * median_us},
        **{"p99_us": 1.2 * median_us, "p999_us": 1.3 * median_us, "spread": 0.02, "repeats": 500},
        **{"median_interval_us": [0.99 * median_us, 1.01 * median_us], "steady": True},
        **{"outliers": 0, "drift": 0.0, "warnings": [], "images_per_s": 1e6 * batch / median_us},
        **{"gflops": 10.0, "agrees": True, "largest_difference": 1e-7, "equal_labels": 1.0},
        **{"accuracy": 0.9962, "speedup": {}},
    }
    return plain | changes


def document(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A whole document around these rows."""
    plain = {
        **{"schema": "digitcli.bench/1", "machine": MACHINE, "network": "tiny", "data": "mnist"},
        **{"weights": "tiny.npz", "weights_sha256": "ab", "flops_per_image": 1_000_000},
        **{"scope": "model", "pinned": False, "compared_images": 1000, "tolerance": 1e-5},
        **{"least_equal": 0.99, "seconds_per_row": 1.0, "least_rounds": 10},
        **{"agrees": True, "rows": list(rows), "failures": [], "left_out": [], "notes": []},
    }
    return copy.deepcopy(plain | changes)
