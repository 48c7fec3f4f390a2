"""Can a network learn from the files that other programs write, and what is left out of them?

Each source is made of MNIST's pictures (scikit-learn's are its own) by the program that its row
names; a source whose program is not here is a row without numbers. `tiny` is trained on it for one
epoch and evaluated, each in a process of its own. Two pictures without ink and a README are among
each kind that can hold them. Prints a table; the last line of stdout is the same data as one JSON
document. What it needs beside the extras `train` and `data`:
pip install scikit-learn datasets idx2numpy pandas; apt-get install pigz octave.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent))  # PYTHONSAFEPATH leaves it out

from common import DIGITCLI, TEST_DATA

from digitcli.data.store import load_split

LEARN, TEST = 1_500, 300  # pictures
BLANKS = 2

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def keras_folders(out: Path, data: Arrays) -> None:
    """Folders 0 to 9 in training and testing, as PNG files."""
    import keras

    for part, images, labels in (("training", *data[:2]), ("testing", *data[2:])):
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            file = out / "mnist_png" / part / str(label) / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            keras.utils.save_img(file, image[..., None], scale=False)
    (out / "mnist_png/README.md").write_text("about")
    (out / "mnist_png/training/0/Thumbs.db").write_bytes(b"no picture")


def pillow_list(out: Path, data: Arrays) -> None:
    """A labels.csv with ten writers; dark ink on light, 112 x 112 pixels, as JPEG."""
    from PIL import Image

    rows = ["file,label,writer"]
    for number, (image, label) in enumerate(zip(*data[:2], strict=True)):
        Image.fromarray(255 - image).resize((112, 112)).save(out / f"{number}.jpg", quality=95)
        rows.append(f"{number}.jpg,{label},w{number % 10}")
    (out / "labels.csv").write_text("\n".join(rows))


def idx(out: Path, data: Arrays) -> None:
    """An IDX pair with the names that 7-Zip gives it."""
    import idx2numpy

    for name, array in zip(("images.idx3", "labels.idx1"), data[:2], strict=True):
        idx2numpy.convert_to_file(str(out / f"train-{name}-ubyte"), array)


def pigz(out: Path, data: Arrays) -> None:
    """Two IDX pairs, compressed by pigz."""
    import idx2numpy

    names = ("train-images", "train-labels", "t10k-images", "t10k-labels")
    for name, array in zip(names, data, strict=True):
        idx2numpy.convert_to_file(str(out / name), array)
        subprocess.run(["pigz", str(out / name)], check=True)
    (out / "README").write_text("about")


def pandas_kaggle(out: Path, data: Arrays) -> None:
    """Kaggle's train.csv, and its test.csv without labels."""
    import pandas

    pixels = [f"pixel{number}" for number in range(784)]
    table = pandas.DataFrame(data[0].reshape(-1, 784), columns=pixels)
    table[:50].to_csv(out / "test.csv", index=False)
    table.insert(0, "label", data[1])
    table.to_csv(out / "train.csv", index=False)


def numpy_table(out: Path, data: Arrays) -> None:
    """The same table without a heading."""
    rows = np.concatenate([data[1][:, None], data[0].reshape(-1, 784)], axis=1)
    np.savetxt(out / "mnist.csv", rows, "%d", delimiter=",")


def keras_archive(out: Path, data: Arrays) -> None:
    """The archive of keras.datasets.mnist."""
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez_compressed(out / "mnist.npz", **dict(zip(names, data, strict=True)))


def plain_archive(out: Path, data: Arrays) -> None:
    """Fractions and labels of 64 bits."""
    np.savez(out / "own.npz", images=data[0] / 255.0, labels=data[1].astype(np.int64))


def sklearn_arrays(out: Path, data: Arrays) -> None:
    """Two .npy files of 1,797 pictures of 8 x 8 pixels, 0 to 16."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    np.save(out / "X.npy", digits.data)
    np.save(out / "y.npy", digits.target)


def sklearn_table(out: Path, data: Arrays) -> None:
    """The same as a table, the label in the last column."""
    from sklearn.datasets import load_digits

    load_digits(as_frame=True).frame.to_csv(out / "digits.csv", index=False)


def hugging_face(out: Path, data: Arrays) -> None:
    """Parquet files of a data set on the hub."""
    import datasets
    from PIL import Image

    names = datasets.ClassLabel(names=[str(digit) for digit in range(10)])
    features = datasets.Features({"image": datasets.Image(), "label": names})
    (out / "mnist").mkdir()
    (out / "README.md").write_text("card")
    for part, images, labels in (("train", *data[:2]), ("test", *data[2:])):
        columns = {"image": [Image.fromarray(image) for image in images], "label": labels.tolist()}
        made = datasets.Dataset.from_dict(columns, features=features)
        made.to_parquet(str(out / "mnist" / f"{part}-00000-of-00001.parquet"))


def turned(out: Path, data: Arrays) -> None:
    """Rows and columns swapped, as EMNIST has them, and dark on light."""
    np.savez(out / "own.npz", images=255 - data[0].transpose(0, 2, 1), labels=data[1])


def octave(out: Path, data: Arrays) -> None:
    """A .mat file of version 7."""
    with tempfile.TemporaryDirectory() as place:
        data[0].tofile(f"{place}/images")
        data[1].tofile(f"{place}/labels")
        lines = (
            f"images = fread(fopen('{place}/images'), [784 Inf], 'uint8=>uint8');",
            "images = permute(reshape(images, 28, 28, []), [3 2 1]);",
            f"labels = fread(fopen('{place}/labels'), Inf, 'uint8=>uint8');",
            f"save('-v7', '{out}/digits.mat', 'images', 'labels');",
        )
        subprocess.run(["octave-cli", "--quiet", "--eval", " ".join(lines)], check=True)


# Name, maker, what it needs, the function, and options of train and eval.
SOURCES: list[tuple[str, str, str, Callable[[Path, Arrays], None], list[str]]] = [
    ("folders 0-9 in training, testing", "Keras", "keras", keras_folders, []),
    ("labels.csv, ten writers", "Pillow", "PIL", pillow_list, []),
    ("IDX, 7-Zip's names", "idx2numpy", "idx2numpy", idx, []),
    ("IDX, compressed", "idx2numpy, pigz", "idx2numpy pigz", pigz, []),
    ("Kaggle's CSV", "pandas", "pandas", pandas_kaggle, []),
    ("CSV without heading", "NumPy", "numpy", numpy_table, []),
    (".npz of Keras", "NumPy", "numpy", keras_archive, []),
    (".npz images, labels", "NumPy", "numpy", plain_archive, []),
    (".npy pair, 8 x 8", "scikit-learn", "sklearn", sklearn_arrays, []),
    ("CSV, 8 x 8, label last", "scikit-learn", "sklearn pandas", sklearn_table, []),
    ("Parquet", "Hugging Face datasets", "datasets pyarrow", hugging_face, []),
    (".mat of version 7", "GNU Octave", "octave-cli", octave, []),
    ("transposed, inverted", "NumPy", "numpy", turned, ["--transpose", "--invert"]),
]


def main() -> None:
    """Make each source, learn from it, measure on it; end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a part of the name of a source")
    arguments = parser.parse_args()
    data = pictures()
    found = []
    for name, maker, needs, make, options in SOURCES:
        if arguments.only not in name:
            continue
        row: dict[str, Any] = {"source": name, "made_by": maker}
        if not (
            missing := [need for need in needs.split() if not (find_spec(need) or which(need))]
        ):
            row |= measured(make, data, options)
        else:
            row["missing"] = missing
        found.append(row)
        print(line(row), flush=True)
    print(json.dumps({"schema": "digitcli.bench-sources/1", "sources": found}))


def pictures() -> Arrays:
    """MNIST's first pictures to learn from, some of them without ink, and to test on."""
    split = {part: load_split("mnist", part, TEST_DATA / "mnist") for part in ("train", "test")}
    learn = split["train"].images[:LEARN].copy()
    learn[:BLANKS] = 0
    test = split["test"]
    return learn, split["train"].labels[:LEARN], test.images[:TEST], test.labels[:TEST]


def measured(
    make: Callable[[Path, Arrays], None], data: Arrays, options: list[str]
) -> dict[str, Any]:
    """What `train` says of a source, and what `eval --json` counts in it."""
    with tempfile.TemporaryDirectory() as folder:
        source, run = Path(folder) / "own", Path(folder) / "run"
        source.mkdir()
        make(source, data)
        file = next(source.iterdir()) if len(list(source.iterdir())) == 1 else source
        chosen = ["--data", str(file), *options]
        said = digitcli("train", "-p", "tiny", "--epochs", "1", "--out", run, *chosen).stderr
        count, tested = re.search(r"([\d,]+) pictures read, ([\d,]+) of them", said).groups()  # type: ignore[union-attr]
        document = digitcli("eval", "-w", run, "--split", "test", "--json", *chosen).stdout
    judged = json.loads(document)
    number = {
        what: sum(one["count"] for one in judged[what]) for what in ("left_out", "passed_over")
    }
    words = {"read": int(count.replace(",", "")), "test": int(tested.replace(",", ""))}
    return {**words, **number, "n": judged["n"], "accuracy": judged["accuracy"]}


def digitcli(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command; its error ends this script."""
    command = [DIGITCLI, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: exit {done.returncode}\n{done.stderr}")
    return done


def line(row: dict[str, Any]) -> str:
    """A row for people."""
    head = f"{row['source']:34} {row['made_by']:22}"
    if "missing" in row:
        return f"{head} not here: {', '.join(row['missing'])}"
    return (
        f"{head} {row['read']:6,} read {row['left_out']:3} left out {row['passed_over']:3} passed "
        f"over; {100 * row['accuracy']:.1f} % of {row['n']:,} right after an epoch"
    )


if __name__ == "__main__":
    main()
