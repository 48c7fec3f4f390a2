"""Sets stored in four files of MNIST's names: Fashion-MNIST and Kuzushiji-MNIST."""

from __future__ import annotations

from .dataset import DataFile, DataSet, Form

FASHION_MNIST = DataSet(
    name="fashion-mnist",
    title="Fashion-MNIST: articles of clothing",
    files=(
        DataFile(
            "train-images",
            (
                Form(
                    "train-images-idx3-ubyte.gz",
                    26_421_880,
                    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                    "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                ),
            ),
        ),
        DataFile(
            "train-labels",
            (
                Form(
                    "train-labels-idx1-ubyte.gz",
                    29_515,
                    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                    "25c81989df183df01b3e8a0aad5dffbe",
                ),
            ),
        ),
        DataFile(
            "test-images",
            (
                Form(
                    "t10k-images-idx3-ubyte.gz",
                    4_422_102,
                    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                    "bef4ecab320f06d8554ea6380940ec79",
                ),
            ),
        ),
        DataFile(
            "test-labels",
            (
                Form(
                    "t10k-labels-idx1-ubyte.gz",
                    5_148,
                    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                    "bb300cfdad3c16e7a12a480ee83cd310",
                ),
            ),
        ),
    ),
    counts={"train": 60_000, "test": 10_000},
    mirrors=(
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",  # the copy of Keras
    ),
    licence="MIT (Zalando SE)",
    citation=(
        "H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking "
        "Machine Learning Algorithms. arXiv:1708.07747, 2017"
    ),
    homepage="https://github.com/zalandoresearch/fashion-mnist",
    hashes="md5 as the publisher's README states; sha256 and sizes as TensorFlow Datasets",
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
)

KMNIST = DataSet(
    name="kmnist",
    title="Kuzushiji-MNIST: ten hiragana in cursive script",
    files=(
        DataFile(
            "train-images",
            (
                Form(
                    "train-images-idx3-ubyte.gz",
                    18_165_135,
                    "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                    "bdb82020997e1d708af4cf47b453dcf7",
                ),
            ),
        ),
        DataFile(
            "train-labels",
            (
                Form(
                    "train-labels-idx1-ubyte.gz",
                    29_497,
                    "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                    "e144d726b3acfaa3e44228e80efcd344",
                ),
            ),
        ),
        DataFile(
            "test-images",
            (
                Form(
                    "t10k-images-idx3-ubyte.gz",
                    3_041_136,
                    "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                    "5c965bf0a639b31b8f53240b1b52f4d7",
                ),
            ),
        ),
        DataFile(
            "test-labels",
            (
                Form(
                    "t10k-labels-idx1-ubyte.gz",
                    5_120,
                    "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
                    "7320c461ea6c1c855c0b718fb2a4b134",
                ),
            ),
        ),
    ),
    counts={"train": 60_000, "test": 10_000},
    mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    licence=(
        "CC BY-SA 4.0: KMNIST Dataset (created by CODH), adapted from Kuzushiji Dataset (created "
        "by NIJL and others), doi:10.20676/00000341"
    ),
    citation=(
        "T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto, D. Ha: Deep Learning for "
        "Classical Japanese Literature. arXiv:1812.01718, 2018"
    ),
    homepage="https://github.com/rois-codh/kmnist",
    hashes=(
        "the publisher states none; sha256 and sizes as TensorFlow Datasets, md5 as torchvision"
    ),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
)
