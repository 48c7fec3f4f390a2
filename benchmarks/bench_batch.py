"""How fast does `digitcli batch` read with Ray, beside `digitcli predict`, and how does cost grow?

PNG files (28 x 28 to 64 x 64, digits the project draws itself) in tar shards, 5,000 in each, are
read in turn by `predict` and by `batch` with two workers on the same cores, whole processes, into
Parquet. Both must give the same answers. The speed "once started" is that of the later pictures:
the difference between the smallest and a larger size, so that Ray's start does not count.

Asked: `batch` at least 80 % of `predict`, and the time of a picture flat within 10 % from 10,000 to
1,000,000. Prints a table; the last line of stdout is the same data as one JSON document.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

import numpy as np
from common import DIGITCLI, finish, names, parser_of
from PIL import Image

from digitcli.data.drawn import synthetic

SHARD = 5_000  # pictures
ASKED = 0.8  # of predict's pictures a second
DISTINCT = 2_000  # pictures; they repeat


def main() -> None:
    """Write the shards, run, print, end with the JSON document."""
    parser = parser_of(__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="how many pictures")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    sizes = sorted(int(size) for size in names(options.sizes))
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        place = Path(name)
        shard = first_shard(place)
        for size in sizes:
            folder = shards(place / str(size), shard, size)
            rows.append(measure(folder, size, options.rounds, options.weights, options.workers))
            shutil.rmtree(folder)
            print_row(rows[-1], rows[0])
    finish({"schema": "digitcli.bench.batch/1", "asked": ASKED, "shard": SHARD, "rows": rows})


def first_shard(place: Path) -> Path:
    """A tar file of `SHARD` pictures, as WebDataset has them."""
    images, _ = synthetic.draw(DISTINCT, seed=3)
    sides = np.random.default_rng(3).integers(28, 65, SHARD)
    path = place / "shard.tar"
    with tarfile.open(path, "w") as archive:
        for n in range(SHARD):
            file = io.BytesIO()
            picture = Image.fromarray(255 - images[n % DISTINCT])
            picture.resize((int(sides[n]),) * 2).save(file, "png")
            member = tarfile.TarInfo(f"{n:06d}.png")
            member.size = file.tell()
            file.seek(0)
            archive.addfile(member, file)
    return path


def shards(folder: Path, shard: Path, size: int) -> Path:
    """`size` pictures in a folder of shards, which are links to one file."""
    folder.mkdir()
    for number in range(max(1, size // SHARD)):
        (folder / f"{number:05d}.tar").hardlink_to(shard)
    return folder


def measure(folder: Path, size: int, rounds: int, weights: str, workers: int) -> dict[str, float]:
    """The least seconds of some turns of both, and whether they agree."""
    read, batched = [], []
    for _ in range(rounds):
        table, parts = folder.parent / "answers.parquet", folder.parent / "parts"
        shared = ["--weights", weights, "--digits", "one"]
        paths = [str(path) for path in sorted(folder.iterdir())]
        listed = folder.parent / "list.txt"
        listed.write_text("\n".join(paths) + "\n")
        read.append(run(["predict", f"@{listed}", "-o", str(table), "-q", *shared]))
        batched.append(
            run(["batch", str(folder), "-o", str(parts), "-q", "--workers", str(workers), *shared])
        )
        agree(table, parts, size)
        table.unlink()
        shutil.rmtree(parts)
    return {"pictures": size, "predict": min(read), "batch": min(batched)}


def run(arguments: list[str]) -> float:
    """Seconds that a command takes."""
    started = time.perf_counter()
    done = subprocess.run([DIGITCLI, *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: exit code {done.returncode} ({done.stderr})")
    return time.perf_counter() - started


def agree(table: Path, parts: Path, size: int) -> None:
    """End when the two do not give as many answers, or not the same."""
    from pyarrow import dataset, parquet

    ours = parquet.read_table(table, columns=["text"])["text"].to_pylist()
    theirs = dataset.dataset(parts, format="parquet").to_table(columns=["text"])["text"].to_pylist()
    if len(ours) != size or sorted(map(str, ours)) != sorted(map(str, theirs)):
        sys.exit(f"{size} pictures: {len(ours)} answers of predict, {len(theirs)} of batch differ")


def print_row(row: dict[str, float], first: dict[str, float]) -> None:
    """One line of the table."""
    more = row["pictures"] - first["pictures"]
    text = f"{row['pictures']:>9,} pictures"
    for way in ("predict", "batch"):
        row[f"{way}_us"] = 1e6 * row[way] / row["pictures"]
        text += f"   {way} {row[way]:7.1f} s {row[f'{way}_us']:6.0f} us each"
        if more:
            row[f"{way}_later_us"] = 1e6 * (row[way] - first[way]) / more
            text += f" ({row[f'{way}_later_us']:.0f} later)"
    if more:
        row["share_later"] = row["predict_later_us"] / row["batch_later_us"]
        text += f"   batch is {100 * row['share_later']:.0f} % of predict"
    print(text, flush=True)


if __name__ == "__main__":
    main()
