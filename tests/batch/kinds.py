"""Shards of every kind, made in a folder."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from pictures import digit_picture, encoded, templates

from digitcli.data.idx import write_idx

PICTURES = [encoded(digit_picture(digit)) for digit in range(10)]


def make_zip(path: Path, digits: str = "123") -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for digit in digits:
            archive.writestr(zipfile.ZipInfo(f"in/{digit}.png"), PICTURES[int(digit)])


def make_tar(path: Path, digits: str = "123", mode: str = "w") -> None:
    """As WebDataset writes it: each picture beside its label."""
    with tarfile.open(path, mode) as archive:
        for digit in digits:
            for suffix, data in (("png", PICTURES[int(digit)]), ("cls", digit.encode())):
                member = tarfile.TarInfo(f"00{digit}.{suffix}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))


def make_table(path: Path, digits: str = "123") -> None:
    """As Hugging Face's datasets write it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    images = [{"bytes": PICTURES[int(digit)], "path": f"{digit}.png"} for digit in digits]
    pq.write_table(pa.table({"image": images, "label": [int(digit) for digit in digits]}), path)


def make_idx(path: Path, digits: str = "123") -> None:
    write_idx(path, templates()[[int(digit) for digit in digits]])
