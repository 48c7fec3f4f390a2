"""The catalogue is data; these are the promises that the code builds on."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from digitcli.data.catalog import CATALOG, MNIST, ROLES, find
from digitcli.data.integrity import inspect
from digitcli.errors import UsageError

every_dataset = pytest.mark.parametrize("dataset", CATALOG, ids=lambda dataset: dataset.name)


@every_dataset
def test_every_dataset_has_each_role_once_and_its_terms(dataset):
    assert tuple(file.role for file in dataset.files) == ROLES
    assert dataset.licence
    assert dataset.citation
    assert dataset.drawn != bool(dataset.mirrors)


@every_dataset
def test_every_mirror_is_an_https_folder(dataset):
    assert all(mirror.startswith("https://") for mirror in dataset.mirrors)
    assert all(mirror.endswith("/") for mirror in dataset.mirrors)
    assert len(set(dataset.mirrors)) == len(dataset.mirrors)


@every_dataset
def test_every_form_has_its_own_name_and_a_sha256(dataset):
    forms = [form for file in dataset.files for form in file.forms]

    assert len({form.name for form in forms}) == len(forms)
    assert all(len(form.sha256) == 64 and int(form.sha256, 16) for form in forms)


@every_dataset
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
    with pytest.raises(UsageError, match=r"'letters' \(choose from: mnist, synthetic\)"):
        find("letters")
