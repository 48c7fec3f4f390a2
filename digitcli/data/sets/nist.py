"""Sets that were made of NIST's Special Database 19: QMNIST, and two parts of EMNIST."""

from __future__ import annotations

import string
from dataclasses import replace

from .dataset import DataFile, DataSet, Form

QMNIST = DataSet(
    name="qmnist",
    title="QMNIST: MNIST made again with its writers, and 60,000 test digits",
    files=(
        DataFile(
            "train-images",
            (
                Form(
                    "qmnist-train-images-idx3-ubyte.gz",
                    None,
                    md5="ed72d4157d28c017586c42bc6afe6370",
                ),
            ),
        ),
        DataFile(
            "train-labels",
            (
                Form(
                    "qmnist-train-labels-idx2-int.gz",
                    None,
                    md5="0058f8dd561b90ffdd0f734c6a30e5e4",
                ),
            ),
        ),
        DataFile(
            "test-images",
            (
                Form(
                    "qmnist-test-images-idx3-ubyte.gz",
                    None,
                    md5="1394631089c404de565df7b7aeaf9412",
                ),
            ),
        ),
        DataFile(
            "test-labels",
            (
                Form(
                    "qmnist-test-labels-idx2-int.gz",
                    None,
                    md5="5b5b05890a5e13444e108efe57b788aa",
                ),
            ),
        ),
    ),
    counts={"train": 60_000, "test": 60_000},
    mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
    licence="BSD-3-Clause (Facebook; derived from NIST Special Database 19)",
    citation=(
        "C. Yadav, L. Bottou: Cold Case: The Lost MNIST Digits. Advances in Neural Information "
        "Processing Systems 32, 2019. arXiv:1905.10498"
    ),
    homepage="https://github.com/facebookresearch/qmnist",
    hashes="the publisher states none; md5 as torchvision, sizes are stated nowhere",
    layout="qmnist",
)

_EMNIST = DataFile(
    "archive",
    (
        Form(
            "gzip.zip",
            561_753_746,
            "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
            "58c8d27c78d21e728a6bc7b3cc06412e",
        ),
    ),
)

EMNIST_DIGITS = DataSet(
    name="emnist-digits",
    title="EMNIST Digits: 280,000 handwritten digits",
    files=(_EMNIST,),
    counts={"train": 240_000, "test": 40_000},
    mirrors=(
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",  # the older address
    ),
    licence=(
        "none stated; made by Western Sydney University of NIST Special Database 19, published by "
        "NIST"
    ),
    citation=(
        "G. Cohen, S. Afshar, J. Tapson, A. van Schaik: EMNIST: an extension of MNIST to "
        "handwritten letters. arXiv:1702.05373, 2017"
    ),
    homepage="https://www.nist.gov/itl/products-and-services/emnist-dataset",
    hashes="the publisher states none; sha256 and size as TensorFlow Datasets, md5 as torchvision",
    layout="emnist",
    folder="emnist",
)

EMNIST_LETTERS = replace(
    EMNIST_DIGITS,
    name="emnist-letters",
    title="EMNIST Letters: capital and small handwritten letters in 26 classes",
    counts={"train": 124_800, "test": 20_800},
    classes=tuple(string.ascii_uppercase),
)
