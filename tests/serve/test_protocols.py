"""TensorFlow Serving's REST protocol and the Open Inference Protocol, as their documents say."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from servers import served

import digitcli

IMAGES = np.random.default_rng(3).integers(0, 256, (5, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def client():
    with served("-w", "small", "-w", "tiny") as client:
        yield client


@pytest.fixture(scope="module")
def expected():
    return digitcli.load("small").predict(IMAGES)


def v1(client, document, name="small"):
    return client.send(document, f"/v1/models/{name}:predict")


def tensor(data, datatype="UINT8", **more):
    shape = more.pop("shape", [5, 28, 28])
    return {
        "inputs": [{"name": "images", "shape": shape, "datatype": datatype, "data": data, **more}]
    }


def test_instances_get_predictions_by_rows(client, expected):
    answer = v1(client, {"instances": IMAGES.tolist()})

    rows = answer.json["predictions"]
    assert [row["classes"] for row in rows] == expected.classes.tolist()
    np.testing.assert_array_equal(
        np.float32([row["probabilities"] for row in rows]), expected.probabilities
    )


def test_inputs_get_outputs_by_columns_and_may_be_named(client, expected):
    for inputs in (IMAGES.tolist(), {"images": IMAGES.reshape(5, 784).tolist()}):
        outputs = v1(client, {"inputs": inputs}).json["outputs"]
        assert outputs["classes"] == expected.classes.tolist()
        assert np.shape(outputs["probabilities"]) == (5, 10)


def test_floats_need_the_signature_that_says_their_scale(client):
    unit = (IMAGES / 255).tolist()

    assert v1(client, {"instances": unit}).status == 400
    assert v1(client, {"instances": unit, "signature_name": "unit_scale"}).status == 200
    wrong = v1(client, {"instances": IMAGES.tolist(), "signature_name": "unit_scale"})
    assert wrong.status == 400


@pytest.mark.parametrize("version", ["", "/versions/1"])
def test_models_say_that_they_are_there(client, version):
    status = client.get(f"/v1/models/tiny{version}").json
    assert status["model_version_status"][0]["state"] == "AVAILABLE"
    signatures = client.get(f"/v1/models/tiny{version}/metadata").json["metadata"]
    assert "serving_default" in signatures["signature_def"]["signature_def"]
    assert client.get(f"/v2/models/tiny{version}/ready").status == 200
    assert client.get(f"/v2/models/tiny{version}").json["inputs"][0]["shape"] == [-1, 28, 28]


def test_the_server_is_alive_ready_and_says_what_it_is(client):
    assert client.get("/v2/health/live").status == 200
    assert client.get("/v2/health/ready").status == 200
    assert client.get("/v2").json["extensions"] == ["binary_tensor_data"]


@pytest.mark.parametrize(
    ("datatype", "scale"), [("UINT8", None), ("INT64", None), ("FP32", 255), ("FP64", 255.0)]
)
def test_tensors_in_json_are_inferred(client, expected, datatype, scale):
    more = {} if scale is None else {"parameters": {"scale": scale}}
    document = {"id": "42", **tensor(IMAGES.reshape(-1).tolist(), datatype, **more)}

    answer = client.send(document, "/v2/models/small/infer").json

    assert (answer["id"], answer["model_name"], answer["model_version"]) == ("42", "small", "1")
    outputs = {output["name"]: output for output in answer["outputs"]}
    assert outputs["classes"]["data"] == expected.classes.tolist()
    assert outputs["probabilities"]["shape"] == [5, 10]
    assert np.float32(outputs["probabilities"]["data"]) == pytest.approx(
        expected.probabilities.reshape(-1), abs=1e-6
    )


def test_tensors_in_binary_are_inferred_into_binary(client, expected):
    document = tensor(None, parameters={"binary_data_size": IMAGES.nbytes})
    del document["inputs"][0]["data"]
    document["outputs"] = [{"name": "probabilities", "parameters": {"binary_data": True}}]
    head = json.dumps(document).encode()

    answer = client.post(
        "/v2/models/small/infer",
        head + IMAGES.tobytes(),
        "application/octet-stream",
        **{"Inference-Header-Content-Length": str(len(head))},
    )

    length = int(answer.headers["inference-header-content-length"])
    (output,) = json.loads(answer.body[:length])["outputs"]
    assert output["parameters"] == {"binary_data_size": 200}
    values = np.frombuffer(answer.body[length:], "<f4").reshape(5, 10)
    np.testing.assert_array_equal(values, expected.probabilities)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 2])
def test_values_that_no_ink_has_are_refused_in_binary_too(client, value):
    image = np.zeros((1, 28, 28), np.float32)
    image[0, 3, 3] = value
    parameters = {"binary_data_size": image.nbytes, "scale": 1.0}
    document = tensor(None, "FP32", shape=[1, 28, 28], parameters=parameters)
    del document["inputs"][0]["data"]
    head = json.dumps(document).encode()

    headers = {"Inference-Header-Content-Length": str(len(head))}
    answer = client.post("/v2/models/small/infer", head + image.tobytes(), **headers)

    assert answer.status == 400
    assert "scale" in answer.json["error"]


FLAT = [0] * 784
ONE = [1, 28, 28]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"inputs": []},
        {"inputs": [1]},
        tensor(FLAT, shape=[2, 28, 28]),
        tensor(FLAT, shape=[1, 784.5]),
        tensor(FLAT, shape=[-1, 28, 28]),
        tensor(FLAT, shape=[2**40, 2**40]),
        tensor(FLAT, shape=[28, 28, 1, 1, 1]),
        tensor(FLAT, "FP32", shape=ONE),
        tensor(FLAT, "STRING", shape=ONE),
        tensor([0.5] * 784, "UINT8", shape=ONE),
        tensor([256] * 784, "UINT8", shape=ONE),
        tensor([256] * 784, "INT32", shape=ONE),
        tensor(["0"] * 784, "UINT8", shape=ONE),
        tensor([[0] * 28] * 27 + [[0]], shape=ONE),
        tensor(FLAT, shape=ONE, parameters=3),
        tensor(FLAT, shape=ONE, parameters={"binary_data_size": 784}),
        tensor(FLAT, "FP32", shape=ONE, parameters={"scale": "much"}),
        tensor(FLAT, "FP32", shape=ONE, parameters={"scale": 0}),
        tensor([], shape=[0, 28, 28]),
        tensor(FLAT, "FP32", shape=ONE, parameters={"scale": 10**400}),
        tensor(FLAT, "FP32", shape=ONE, parameters={"scale": 1e-320}),
        {**tensor(FLAT, shape=ONE), "outputs": [{"name": "logits"}]},
        {**tensor(FLAT, shape=ONE), "outputs": [{"name": {"a": 1}}]},
        {**tensor(FLAT, shape=ONE), "outputs": 3},
        {"inputs": [{**tensor(FLAT, shape=ONE)["inputs"][0], "name": "x"}]},
    ],
)
def test_what_is_no_tensor_of_pictures_is_refused_as_the_protocol_says(client, document):
    answer = client.send(document, "/v2/models/small/infer")

    assert answer.status == 400, answer.body
    assert list(answer.json) == ["error"]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"instances": 3},
        {"instances": []},
        {"instances": [[0] * 28]},
        {"instances": [[0] * 784], "inputs": [[0] * 784]},
        {"instances": [{"pictures": [0] * 784}]},
        {"instances": [[0] * 784], "signature_name": "other"},
        {"instances": [[0] * 784], "signature_name": {"a": 1}},
        {"instances": [["0"] * 784]},
        {"instances": [[[0] * 28] * 28, [[0] * 28] * 27]},
        {"instances": [[-1] * 784]},
        {"instances": [[10**30] * 784]},
        {"instances": [None]},
    ],
)
def test_what_is_no_list_of_pictures_is_refused_as_the_protocol_says(client, document):
    answer = v1(client, document)

    assert answer.status == 400, answer.body
    assert list(answer.json) == ["error"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"instances": [NaN]}',
        b'{"instances": [1e999]}',
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"instances": "\\ud800"}',
    ],
)
@pytest.mark.parametrize("path", ["/v1/models/small:predict", "/v2/models/small/infer"])
def test_what_is_no_json_is_refused(client, body, path):
    answer = client.post(path, body, "application/json")

    assert answer.status == 400
    assert answer.json["error"]


@pytest.mark.parametrize("length", ["-1", "9999", "x", "1e3"])
def test_a_length_of_json_that_the_body_has_not_is_refused(client, length):
    headers = {"Inference-Header-Content-Length": length}
    answer = client.post("/v2/models/small/infer", b"{}" + struct.pack("f", 1), **headers)

    assert answer.status == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/models/none:predict"),
        ("POST", "/v1/models/small/versions/2:predict"),
        ("GET", "/v1/models/none"),
        ("GET", "/v2/models/none"),
        ("GET", "/v2/models/small/versions/7/ready"),
        ("POST", "/v2/models/none/infer"),
        ("POST", "/v2/models/..%2Ftiny/infer"),
        ("GET", "/v2/models/small/config"),
    ],
)
def test_models_and_paths_that_are_not_there_are_404(client, method, path):
    answer = client.ask(method, path, b"{}" if method == "POST" else None)

    assert answer.status == 404
    assert list(answer.json) == ["error"]
