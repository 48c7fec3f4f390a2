"""USPS: digits from envelopes, in the format of LIBSVM."""

from __future__ import annotations

from .dataset import DataFile, DataSet, Form

USPS = DataSet(
    name="usps",
    title="USPS: digits of ZIP codes on envelopes",
    files=(
        DataFile("train", (Form("usps.bz2", None, md5="ec16c51db3855ca6c91edd34d0e9b197"),)),
        DataFile("test", (Form("usps.t.bz2", None, md5="8ea070ee2aca1ac39742fdd1ef5ed118"),)),
    ),
    counts={"train": 7_291, "test": 2_007},
    mirrors=("https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass/",),
    licence="none stated",
    citation=(
        "J. J. Hull: A Database for Handwritten Text Recognition Research. IEEE Transactions on "
        "Pattern Analysis and Machine Intelligence 16(5), 550-554, 1994"
    ),
    homepage="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
    hashes="the publisher states none; md5 as torchvision, sizes are stated nowhere",
    layout="libsvm",
)
