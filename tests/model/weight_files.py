"""Weight files, changed."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np


def rewrite(path, change, compression=zipfile.ZIP_STORED):
    """Pass the members (name -> bytes) through `change` and write them back."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    members = change(members)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)


def npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def replaced(name, data):
    return lambda members: [(n, data if n == name else d) for n, d in members]


def with_header(path, edit):
    """Change the JSON document of the header member."""
    with np.load(path) as archive:
        document = json.loads(archive["header"].tobytes())
    text = json.dumps(edit(document)).encode()
    rewrite(path, replaced("header.npy", npy(np.frombuffer(text, np.uint8))))
