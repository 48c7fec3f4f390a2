"""IDX, .npy and .npz of other programs: paired by name and shape, refused by name."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.data.idx import write_idx
from digitcli.errors import DataError
from digitcli.vision.labelled.kinds import read_labelled

IMAGES, LABELS = draw(20, seed=5)


def save(path, **arrays):
    np.savez(path, **arrays)
    return path


def same(found, images=IMAGES, labels=LABELS):
    return np.array_equal(found.images, images) and np.array_equal(found.labels, labels)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),  # as 7-Zip unpacks them
        ("emnist-digits-train-images-idx3-ubyte.gz", "emnist-digits-train-labels-idx1-ubyte.gz"),
        ("x.idx", "y.idx"),
        ("pictures", "answers"),
    ],
)
def test_an_idx_pair_of_any_name_is_read_as_it_is(tmp_path, images, labels):
    write_idx(tmp_path / images, IMAGES)
    write_idx(tmp_path / labels, LABELS)

    found = read_labelled(tmp_path)

    assert same(found)
    assert (set(found.writers.tolist()), found.is_divided) == ({""}, False)


def test_one_file_of_a_pair_names_both(tmp_path):
    for part, images, labels in (("train", IMAGES, LABELS), ("t10k", IMAGES[:5], LABELS[:5])):
        write_idx(tmp_path / f"{part}-images.idx3-ubyte", images)
        write_idx(tmp_path / f"{part}-labels.idx1-ubyte", labels)
    (tmp_path / "notes.npy").write_bytes(b"\x93NUMPYbroken")

    assert same(read_labelled(tmp_path / "t10k-images.idx3-ubyte"), IMAGES[:5], LABELS[:5])
    assert same(read_labelled(tmp_path / "train-labels.idx1-ubyte"))


def test_a_file_without_its_partner_says_how_pairs_are_named(tmp_path):
    np.save(tmp_path / "x_train.npy", IMAGES)
    np.save(tmp_path / "y_test.npy", LABELS)

    with pytest.raises(DataError, match=r"x_train\.npy: \(20, 28, 28\) alone") as caught:
        read_labelled(tmp_path / "x_train.npy")

    assert "x_train and y_train" in caught.value.hint


def test_keras_s_archive_is_divided(tmp_path):
    path = save(
        tmp_path / "mnist.npz",
        x_train=IMAGES[:15], y_train=LABELS[:15], x_test=IMAGES[15:], y_test=LABELS[15:],
    )  # fmt: skip

    found = read_labelled(path)

    assert found.is_divided
    assert sorted(found.parts.tolist()) == ["test"] * 5 + ["train"] * 15
    assert np.array_equal(found.images[found.parts == "test"], IMAGES[15:])


@pytest.mark.parametrize(
    "images",
    [
        IMAGES.astype(np.float32) / 255,
        IMAGES.astype(np.float64),
        IMAGES.astype(np.int32),
        IMAGES.astype(np.uint16) * 257,
        IMAGES.reshape(20, 784),
        IMAGES[..., None],
        IMAGES[:, None],
        np.asfortranarray(IMAGES),
    ],
    ids=["fractions", "float64", "int32", "uint16", "flat", "channel", "first", "fortran"],
)
def test_every_form_of_the_same_pictures_gives_the_same_bytes(tmp_path, images):
    assert same(read_labelled(save(tmp_path / "own.npz", images=images, labels=LABELS)))


@pytest.mark.parametrize(
    "labels",
    [LABELS.astype(np.int64), LABELS.astype(float), LABELS[:, None], LABELS.astype(str)],
    ids=["int64", "float", "column", "text"],
)
def test_labels_may_be_numbers_of_any_type_or_figures(tmp_path, labels):
    assert same(read_labelled(save(tmp_path / "own.npz", images=IMAGES, labels=labels)))


def test_pictures_of_another_size_are_scaled_as_predict_does_it(tmp_path):
    large = np.pad(np.kron(IMAGES, np.ones((1, 2, 2), np.uint8)), ((0, 0), (9, 30), (4, 0)))

    found = read_labelled(save(tmp_path / "own.npz", images=large, labels=LABELS))

    assert np.abs(found.images.astype(int) - IMAGES).mean() < 12


def test_17_levels_of_grey_become_256(tmp_path):
    sixteenths = np.rint(IMAGES / 255 * 16).astype(np.uint8)

    found = read_labelled(save(tmp_path / "own.npz", images=sixteenths, labels=LABELS))

    assert np.abs(found.images.astype(int) - IMAGES).max() <= 8


def test_a_transposed_and_inverted_source_is_turned(tmp_path):
    turned = 255 - IMAGES.transpose(0, 2, 1)
    path = save(tmp_path / "own.npz", images=turned, labels=LABELS)

    assert same(read_labelled(f"{path}+transpose+invert"))
    assert not same(read_labelled(path))


def test_dark_ink_on_light_is_remarked_unless_it_is_inverted(tmp_path):
    path = save(tmp_path / "own.npz", images=255 - IMAGES, labels=LABELS)

    assert "light at their border" in read_labelled(path).account.in_words()
    assert read_labelled(f"{path}+invert").account.in_words() == ""


def test_pictures_without_ink_are_left_out_and_counted(tmp_path):
    images = IMAGES.copy()
    images[[3, 7]] = 0
    path = save(tmp_path / "own.npz", images=images, labels=LABELS)

    found = read_labelled(path)

    assert same(found, np.delete(images, [3, 7], 0), np.delete(LABELS, [3, 7]))
    assert [(one.reason, one.count) for one in found.account.left_out] == [("blank", 2)]
    assert found.account.left_out[0].first.endswith("images, 3")


def test_other_arrays_are_passed_over_and_counted(tmp_path):
    path = save(tmp_path / "own.npz", images=IMAGES, labels=LABELS, weight=np.ones((20, 3)))

    found = read_labelled(path)

    assert same(found)
    assert "arrays without partner 1 (weight)" in found.account.in_words()


class Trap:
    """Unpickling it fails the test."""

    def __reduce__(self):
        return (pytest.fail, ("it was unpickled",))


@pytest.mark.parametrize("name", ["own.npz", "own.npy"])
def test_objects_are_refused_and_never_unpickled(tmp_path, name):
    objects = np.array([Trap()] * 20, dtype=object)
    if name == "own.npz":
        save(tmp_path / name, images=IMAGES, labels=objects)
    else:
        np.save(tmp_path / name, objects)

    with pytest.raises(DataError, match=r"Python objects \(pickled\)") as caught:
        read_labelled(tmp_path / name)

    assert "astype" in caught.value.hint


def test_a_bare_pickle_is_no_source(tmp_path):
    (tmp_path / "own.npz").write_bytes(pickle.dumps([1, 2]))

    with pytest.raises(DataError, match="no labelled pictures"):
        read_labelled(tmp_path / "own.npz")


def promise(shape, payload=b""):
    header = io.BytesIO()
    about = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, about)
    return header.getvalue() + payload


def test_nothing_is_allocated_for_a_header_that_lies(tmp_path):
    (tmp_path / "x.npy").write_bytes(promise((2**40, 28, 28)))
    with zipfile.ZipFile(tmp_path / "own.npz", "w") as archive:
        archive.writestr("images.npy", promise((2**40, 28, 28), bytes(784)))

    for name in ("x.npy", "own.npz"):
        with pytest.raises(DataError, match=r"header promises \(1099511627776, 28, 28\)"):
            read_labelled(tmp_path / name)


def test_an_archive_that_would_inflate_a_thousandfold_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "own.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images.npy", promise((2**15, 28, 28), bytes(784 << 15)))

    with pytest.raises(DataError, match="would inflate to"):
        read_labelled(tmp_path / "own.npz")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": IMAGES, "labels": LABELS[:-1]}, "labels: 19 labels, expected 20"),
        ({"images": IMAGES, "labels": LABELS + 5}, r"label \d+ is 1\d, expected a digit 0 to 9"),
        ({"images": IMAGES, "labels": LABELS + 0.5}, r"label 0 is \d.5, expected a digit"),
        ({"images": IMAGES, "labels": LABELS.astype("<U9") + np.str_("a")}, "label 0 is '\\da'"),
        ({"images": IMAGES, "b": np.ones((3, 5))}, r"no pictures with their labels, found images"),
        ({"images": IMAGES, "x": IMAGES, "y": LABELS}, "images and x look alike"),
        ({"images": IMAGES / 255 - 0.5, "labels": LABELS}, "values from -0.5 to 0.5, expected 0"),
        ({"images": IMAGES * np.nan, "labels": LABELS}, "no numbers"),
        ({"images": IMAGES * 2.0, "labels": LABELS}, "values from 0 to 510"),
        ({"header": LABELS, "images": IMAGES}, "weights of digitcli, expected pictures"),
        ({"images": IMAGES[:, :4], "labels": LABELS}, "pictures of 4 x 28 pixels"),
    ],
)
def test_what_is_wrong_with_arrays_is_named(tmp_path, arrays, message):
    path = save(tmp_path / "own.npz", **arrays)

    with pytest.raises(DataError, match=message):
        read_labelled(path)


@pytest.mark.parametrize(
    ("labels", "images", "hint"),
    [
        (np.eye(10)[LABELS], IMAGES, "labels.argmax"),
        (LABELS, np.repeat(IMAGES[..., None], 3, -1), "mean(axis=-1)"),
    ],
    ids=["ten columns", "colour"],
)
def test_the_hint_is_the_line_that_makes_it_right(tmp_path, labels, images, hint):
    path = save(tmp_path / "own.npz", images=images, labels=labels)

    with pytest.raises(DataError) as caught:
        read_labelled(path)

    assert hint in caught.value.hint


def test_a_cut_archive_is_refused(tmp_path):
    path = save(tmp_path / "own.npz", images=IMAGES, labels=LABELS)
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(DataError, match=r"own\.npz: cannot be read as arrays"):
        read_labelled(path)


def test_a_member_with_a_wrong_checksum_is_refused(tmp_path):
    path = save(tmp_path / "own.npz", images=IMAGES, labels=LABELS)
    data = bytearray(path.read_bytes())
    data[4000] ^= 255
    path.write_bytes(data)

    with pytest.raises(DataError, match="images: cannot be read as arrays"):
        read_labelled(path)


def test_an_archive_of_pictures_says_to_unpack_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as archive:
        archive.writestr("3/a.png", b"")

    with pytest.raises(DataError, match=r"holds '3/a\.png'") as caught:
        read_labelled(tmp_path / "own.zip")

    assert caught.value.hint == "unpack it, and name the folder"


def test_a_cut_gzip_file_is_refused(tmp_path):
    write_idx(tmp_path / "x.gz", IMAGES)
    write_idx(tmp_path / "y.gz", LABELS)
    (tmp_path / "x.gz").write_bytes((tmp_path / "x.gz").read_bytes()[:-300])
    assert gzip.decompress((tmp_path / "y.gz").read_bytes())

    with pytest.raises(DataError, match=r"x\.gz: .*gzip|x\.gz: .*cut"):
        read_labelled(tmp_path)
