"""Numbers as people read them."""

from __future__ import annotations

from ...model.layers import Window, pair


def percent(share: float | None, digits: int = 2, none: str = "-") -> str:
    """0.5 as "50.00 %"; `none` where there is no number."""
    return none if share is None else f"{100 * share:.{digits}f} %"


def probability(share: float) -> str:
    """A share in seven columns; "100.0 %" is kept for what is exactly certain."""
    return f"{min(share * 100, 99.9) if share < 1 else 100:5.1f} %"


def exact_probability(share: float) -> str:
    """A share with two decimals; only what is exactly 0 or 1 reads as "0.00 %" or "100.00 %"."""
    if 0.99995 <= share < 1:
        return "> 99.99 %"
    if 0 < share < 0.00005:
        return "< 0.01 %"
    return percent(share)


def latency(microseconds: float) -> str:
    """The time of a call, in three digits: "87.1 us", "4.21 ms", "1.30 s"."""
    value, unit = microseconds, "us"
    for larger in ("ms", "s"):
        if value >= 999.5:
            value, unit = value / 1000, larger
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {unit}"


def duration(seconds: float) -> str:
    """The time of a run: "12.3 s", "3 min 12 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def extent(window: Window) -> str:
    """A window's height and width: "5 x 3"."""
    return " x ".join(map(str, pair(window)))
