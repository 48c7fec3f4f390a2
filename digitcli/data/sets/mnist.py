"""MNIST, and the digits that digitcli draws itself."""

from __future__ import annotations

from .dataset import DataFile, DataSet, Form, Role


def _gzipped(role: Role, packed: Form, size: int, sha256: str) -> DataFile:
    """A file that mirrors offer as .gz; `size` and `sha256` describe it unpacked."""
    return DataFile(role, (packed, Form(packed.name.removesuffix(".gz"), size, sha256)))


MNIST = DataSet(
    name="mnist",
    title="MNIST handwritten digits",
    files=(
        _gzipped(
            "train-images",
            Form(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            47_040_016,
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        _gzipped(
            "train-labels",
            Form(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            60_008,
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        _gzipped(
            "test-images",
            Form(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            7_840_016,
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        _gzipped(
            "test-labels",
            Form(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
            10_008,
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    counts={"train": 60_000, "test": 10_000},
    hashes="sha256 of the files that all mirrors serve; it agrees with TensorFlow Datasets",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://yann.lecun.com/exdb/mnist/",  # the original; often down or forbidden
    ),
    licence="CC BY-SA 3.0 (Yann LeCun, Corinna Cortes; derived from NIST Special Database 1 and 3)",
    citation=(
        "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document "
        "recognition. Proceedings of the IEEE 86(11), 2278-2324, 1998"
    ),
    homepage="https://yann.lecun.com/exdb/mnist/",
)

SYNTHETIC = DataSet(
    name="synthetic",
    title="Digits drawn by digitcli from jittered pen strokes",
    files=(
        DataFile(
            "train-images",
            (
                Form(
                    "train-images-idx3-ubyte",
                    9_408_016,
                    "2b2234b289b79a4cc31661d09aacd1f075a990dfea6c38d3a3f3abc7c10f246a",
                ),
            ),
        ),
        DataFile(
            "train-labels",
            (
                Form(
                    "train-labels-idx1-ubyte",
                    12_008,
                    "432633f71c0f909919e4ebd343809fedba6d40b07d9c7ead693ad3f612c03313",
                ),
            ),
        ),
        DataFile(
            "test-images",
            (
                Form(
                    "test-images-idx3-ubyte",
                    1_568_016,
                    "ec33defb465f28f1b0dca1645134c9b18b5dcc1d3f41ed9fddf765af8e86bb06",
                ),
            ),
        ),
        DataFile(
            "test-labels",
            (
                Form(
                    "test-labels-idx1-ubyte",
                    2_008,
                    "6357dc90a0091cfc691024dd592a977716f234abc5aac400b4e5e1cbfde85a1d",
                ),
            ),
        ),
    ),
    counts={"train": 12_000, "test": 2_000},
    hashes="sha256 of what digitcli draws",
    mirrors=(),
    licence="MIT (made by digitcli)",
    citation="none needed",
    homepage="",
    drawn=True,
)
