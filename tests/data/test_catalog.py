"""The catalogue is data; these are the promises that the code builds on."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest

from digitcli.data.catalog import CATALOG, MNIST, ROLES, SYNTHETIC, find
from digitcli.data.integrity import inspect
from digitcli.errors import UsageError
from digitcli.model.classes import check_classes
from digitcli.signs import DIGITS

ROLES_OF = {"idx": ROLES, "qmnist": ROLES, "emnist": ("archive",), "libsvm": ("train", "test")}

every_dataset = pytest.mark.parametrize("dataset", CATALOG, ids=lambda dataset: dataset.name)


@every_dataset
def test_every_dataset_has_each_role_once_and_its_terms(dataset):
    assert tuple(file.role for file in dataset.files) == ROLES_OF[dataset.layout]
    assert dataset.licence
    assert dataset.hashes
    assert dataset.citation
    assert dataset.drawn != bool(dataset.mirrors)


@every_dataset
def test_every_mirror_is_an_https_folder(dataset):
    assert all(mirror.startswith("https://") for mirror in dataset.mirrors)
    assert all(mirror.endswith("/") for mirror in dataset.mirrors)
    assert len(set(dataset.mirrors)) == len(dataset.mirrors)


@every_dataset
def test_every_form_has_its_own_name_and_a_hash(dataset):
    forms = [form for file in dataset.files for form in file.forms]

    assert len({form.name for form in forms}) == len(forms)
    assert all(form.sha256 or form.md5 for form in forms)
    assert all(re.fullmatch("[0-9a-f]{64}|", form.sha256) for form in forms)
    assert all(re.fullmatch("[0-9a-f]{32}|", form.md5) for form in forms)


@every_dataset
def test_a_network_can_have_the_classes_of_every_dataset(dataset):
    check_classes(dataset.classes)


def test_the_classes_are_those_of_the_publishers():
    assert [find(name).classes[0] for name in ("fashion-mnist", "kmnist")] == ["T-shirt/top", "o"]
    assert "".join(find("emnist-letters").classes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert {found.name for found in CATALOG if found.classes == DIGITS} == {
        *("mnist", "qmnist", "emnist-digits", "usps", "synthetic")
    }


def test_both_parts_of_emnist_share_one_archive():
    one, other = find("emnist-digits"), find("emnist-letters")

    assert one.place == other.place == "emnist"
    assert one.files == other.files


@pytest.mark.parametrize("dataset", [MNIST, SYNTHETIC], ids=lambda dataset: dataset.name)
def test_unpacked_sizes_follow_from_the_number_of_pictures(dataset):
    for file in dataset.files:
        split, kind = file.role.split("-")
        count = dataset.counts[split]
        assert file.forms[-1].size == (16 + 784 * count if kind == "images" else 8 + count)


def test_the_original_mnist_files_are_the_ones_in_the_catalogue(mnist_dir):
    assert {found.status for found in inspect(MNIST, mnist_dir)} == {"present"}


@pytest.mark.parametrize("file", MNIST.files, ids=lambda file: file.role)
def test_the_unpacked_forms_of_mnist_are_what_gzip_makes(mnist_dir, file):
    packed, unpacked = file.forms

    content = gzip.decompress((mnist_dir / packed.name).read_bytes())

    assert unpacked.name + ".gz" == packed.name
    assert (unpacked.size, unpacked.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_an_unknown_name_lists_the_choices():
    with pytest.raises(
        UsageError, match=r"'letters' \(choose from: mnist, qmnist, emnist-digits, "
    ):
        find("letters")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("mnsit", "did you mean mnist?"),
        ("emnist", "did you mean emnist-digits or emnist-letters?"),
        ("fmnist", "see `digitcli fetch --list`"),  # which would be another alphabet's
        ("", "see `digitcli fetch --list`"),
    ],
)
def test_a_suggestion_begins_as_what_was_typed(name, hint):
    with pytest.raises(UsageError) as caught:
        find(name)

    assert caught.value.hint == hint
