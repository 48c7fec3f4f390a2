"""ONNX files that are broken, or that name other files: refused, and nothing else is read."""

from __future__ import annotations

import pytest

from digitcli.errors import ModelError

onnx = pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")

from conversion.incoming.onnx_models import mnist_12, torch_like  # noqa: E402


def with_data_at(location, path):
    """A model whose first tensor is said to lie in another file."""
    model = mnist_12().model()
    tensor = model.graph.initializer[0]
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    tensor.external_data.add(key="location", value=location)
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("location", ["../secret.data", "/etc/passwd", "a/../../secret.data", ""])
def test_data_outside_the_folder_is_never_read(location, take, tmp_path):
    (tmp_path / "secret.data").write_bytes(bytes(100_000))
    (tmp_path / "in").mkdir()

    with pytest.raises(ModelError, match="outside the model's folder"):
        take(with_data_at(location, tmp_path / "in" / "m.onnx"))


def test_a_link_out_of_the_folder_is_never_followed(take, tmp_path):
    (tmp_path / "secret.data").write_bytes(bytes(100_000))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "w.data").symlink_to(tmp_path / "secret.data")

    with pytest.raises(ModelError, match="outside the model's folder"):
        take(with_data_at("w.data", tmp_path / "in" / "m.onnx"))


def test_a_file_of_two_gigabytes_is_refused_unread(take, tmp_path):
    path = tmp_path / "m.onnx"
    with path.open("wb") as file:
        file.write(b"\x08\x08\x12")
        file.truncate(2 << 30)  # takes no space

    with pytest.raises(ModelError, match="larger than 1024 MiB"):
        take(path)


def test_a_tensor_that_declares_more_than_it_holds_is_refused(take, tmp_path):
    model = mnist_12().model()
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend([1 << 40, 1 << 20])
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())

    with pytest.raises(ModelError, match=r"m\.onnx: "):
        take(path)


def test_broken_files_are_model_errors(refusals, tmp_path):
    whole = torch_like().model().SerializeToString()

    assert refusals(tmp_path / "m.onnx", whole, 120, start=0, head=900, changes=3) > 60


def test_a_model_that_is_no_file_is_an_error(take, tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"")
    for path in (tmp_path / "none.onnx", tmp_path / "m.onnx", tmp_path):
        with pytest.raises(ModelError):
            take(path)
