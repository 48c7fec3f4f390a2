"""The Python interface: what the package offers by name, with its own docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import digitcli
from digitcli.errors import DigitError

from .exit_codes import error_kinds
from .markdown import table, unwrapped

_FIRST = ("load", "read", "read_many")

_HEAD = """# Python

```python
import digitcli
import numpy as np

images = np.zeros((2, 28, 28), np.uint8)  # light ink on dark
prediction = digitcli.load("small").predict(images)
print(prediction.classes.shape, prediction.probabilities.shape)
```

```text
(2,) (2, 10)
```

[Use it from Python](../guides/python.md) is a guide. What this page documents keeps its meaning
([Versions](../policies/versions.md)); every other module is internal. `import digitcli` loads
neither NumPy nor TensorFlow.
"""


def page() -> str:
    """Every public name."""
    names = sorted(digitcli.__all__, key=lambda name: (name not in _FIRST, name.lower()))
    found = {name: getattr(digitcli, name) for name in names if not name.startswith("_")}
    parts = [_HEAD, *(_entry(name, value) for name, value in found.items()), _errors()]
    return "\n".join(parts)


def _entry(name: str, value: Any) -> str:
    text = f"## digitcli.{name}\n\n"
    if not inspect.isclass(value):
        return text + _callable(f"digitcli.{name}", value)
    text += f"{unwrapped(value.__doc__ or '')}\n"
    return text + "".join(f"\n{part}" for part in _members(name, value))


def _members(name: str, cls: type[Any]) -> Iterator[str]:
    for member, value in vars(cls).items():
        if member.startswith("_") or member == "to_json":
            continue
        if isinstance(value, (property, cached_property)):
            get = value.fget if isinstance(value, property) else value.func
            yield f"### {name}.{member}\n\n{unwrapped(get.__doc__ or '')}\n"
        elif inspect.isfunction(value) and "_core" not in str(inspect.signature(value)):
            yield f"### {name}.{member}()\n\n" + _callable(member, value)


def _callable(name: str, value: Any) -> str:
    signature = (
        str(inspect.signature(value)).replace("self, ", "").replace("(self)", "()").replace("'", "")
    )
    return f"```text\n{name}{signature}\n```\n\n{unwrapped(value.__doc__ or '')}\n"


def _errors() -> str:
    rows = [[f"`{one.__name__}`", unwrapped(one.__doc__ or "")] for one in error_kinds()]
    text = "## Errors\n\nAll are in `digitcli.errors` and have `hint` beside their message. "
    return f"{text}{unwrapped(DigitError.__doc__ or '')}\n\n" + table(("error", "when"), rows)
