"""The pages of `digitcli show`: right numbers, right colours, any network."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from digitcli.errors import ModelError
from digitcli.inference.engine import Engine, load
from digitcli.inference.insight import look_inside
from digitcli.inference.occlusion import covered
from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights
from digitcli.report.kit.format import exact_probability
from digitcli.report.kit.markup import render
from digitcli.report.show import colours, maps
from digitcli.report.show.blocks import Bar, Bars, Flow, Sheet, Strips
from digitcli.report.show.sections import build_page
from digitcli.report.show.texts import a_digit

ONES = np.zeros((28, 28), np.uint8)
ONES[5:24, 13:16] = 250

NETWORKS = {
    "dense alone": [Dense(10)],
    "average alone": [Conv(10, kernel=1, activation="linear"), GlobalAveragePool()],
    "average of the picture": [GlobalAveragePool(), Dense(10)],
    "pool first": [MaxPool(), MaxPool(3, 2, "same"), Conv(9), GlobalAveragePool(), Dense(10)],
    "linear": [Conv(3, activation="linear"), Conv(4, activation="linear"), Dense(7), Dense(10)],
    "one pixel": [Conv(4, 28, padding="valid"), Conv(65, 3), MaxPool(1, 1), Dense(10)],
    "many": [*[Conv(2)] * 30, Dense(5000), Dense(10)],
}


def insight_of(layers, scale=1.0, picture=ONES):
    rng = np.random.default_rng(7)
    spec = NetworkSpec("test", tuple(layers))
    tensors = {
        name: np.float32(scale * rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1])))
        for name, shape in spec.tensors.items()
    }
    return look_inside(Engine(Weights(spec, tensors)), picture)


@pytest.fixture(scope="module")
def small():
    """The bundled network looking at a one."""
    return look_inside(load("small"), ONES)


@pytest.fixture(scope="module")
def page(small):
    return build_page(small, "small", "folder/one.png")


def html_of(page):
    return render("show.html", page=page).decode()


def section(page, anchor):
    return next(section for section in page.sections if section.anchor == anchor)


def block(page, anchor, kind, number=0):
    return [found for found in section(page, anchor).blocks if isinstance(found, kind)][number]


class Tags(HTMLParser):
    """Start tags with their attributes, and the text."""

    def __init__(self, document):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(document)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_every_kind_of_network_has_a_page_with_all_its_layers(layers):
    insight = insight_of(layers)

    found = build_page(insight, "w.npz", "one.png")

    anchors = [section.anchor for section in found.sections]
    assert anchors == ["picture", "occlusion", "flow", *(s.name for s in insight.spec.steps)]
    assert all(found.blocks for found in found.sections)
    assert html_of(found).endswith("</html>\n")


def test_the_largest_values_are_drawn_and_those_that_overflow_refused():
    layers = [Conv(9), Conv(9), Dense(10)]
    large = insight_of(layers, scale=1e12)

    assert max(abs(layer.values).max() for layer in large.layers) > 1e35
    assert html_of(build_page(large, "w.npz", "one.png"))
    with pytest.raises(ModelError, match="its answers are not finite; the weights overflow"):
        insight_of(layers, scale=1e30)


def test_eight_has_its_own_article():
    assert (a_digit(7), a_digit(8)) == ("a 7", "an 8")


def test_equal_pages_are_equal_bytes():
    page = build_page(insight_of([Conv(5), MaxPool(), Dense(10)]), "w", "one.png")

    assert html_of(page) == html_of(page)


def test_bars_start_in_the_middle_only_where_one_is_negative():
    long, short, negative = Bar("0", 1.0, ""), Bar("1", 0.25, ""), Bar("2", -0.5, "")
    above, both = Bars((long, short), ""), Bars((long, short, negative), "")

    assert [(above.start(bar), above.length(bar)) for bar in above.bars] == [(0, 100), (0, 25)]
    assert [(both.start(bar), both.length(bar)) for bar in both.bars] == [
        *((50, 50), (50, 12.5), (25, 25)),
    ]


def lightness(image):
    """CIELAB's L of sRGB uint8 (..., 3)."""
    value = image / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    luminance = linear @ [0.2126, 0.7152, 0.0722]
    cube = 116 * np.cbrt(luminance) - 16
    return np.where(luminance > 0.008856, cube, 903.3 * luminance)


def test_equal_steps_of_an_activation_are_equal_steps_of_lightness():
    steps = np.diff(lightness(colours.active(np.linspace(0, 1, 50)[None], 1.0))[0])

    assert lightness(colours.active(np.array([[1.0]]), 1.0)).item() > 95
    assert (steps > 0.5 * steps.mean()).all()
    assert (steps < 1.5 * steps.mean()).all()


def test_signed_colours_are_white_at_zero_and_darker_on_both_sides():
    values = np.linspace(-1, 1, 41)
    image = colours.signed(values[None], 1.0)[0].astype(int)

    assert image[20].tolist() == [255, 255, 255]
    assert (np.diff(lightness(image)[20:]) < 0).all()
    assert (np.diff(lightness(image)[:21]) > 0).all()
    assert (np.sign(image[:, 0] - image[:, 2]) == np.sign(values.round(9))).all()


def test_units_are_followed_by_nothing_where_they_do_not_fill_a_row():
    sheet = maps.unit_sheet(*first_dense(insight_of([Dense(100), Dense(10)])))
    image = sheet.tiles[0].image

    assert image.shape == (2, 64, 4)
    assert image[..., 3].ravel().tolist() == [255] * 100 + [0] * 28


def first_dense(insight):
    return insight, insight.spec.steps[0]


def test_the_page_says_what_the_network_answered(page, small):
    bars = block(page, "picture", Bars).bars
    logits = block(page, "dense1", Bars).bars

    assert page.title == f"one.png: a {small.digit}, {exact_probability(small.probabilities.max())}"
    assert [bar.share for bar in bars] == small.probabilities.tolist()
    assert [bar.label for bar in bars if bar.chosen] == [str(small.digit)]
    assert [float(bar.text.replace("\N{MINUS SIGN}", "-")) for bar in logits] == pytest.approx(
        small.values("dense1"), abs=0.005
    )


def test_the_shapes_are_those_of_the_layers(page):
    boxes = block(page, "flow", Flow).boxes

    assert [box.name for box in boxes][:3] == ["picture", "conv1", "pool1"]
    assert [box.shape for box in boxes][:3] == ["28 x 28 x 1", "28 x 28 x 16", "14 x 14 x 16"]
    assert (boxes[-1].name, boxes[-2].shape) == ("softmax", "10")


def test_the_worst_patch_is_drawn_and_described(page, small):
    found = small.occlusion
    row, column = found.worst
    worst = block(page, "occlusion", Sheet).tiles[1]

    assert (worst.image[..., 0] == covered(ONES, row, column, found.patch)).all()
    assert f"row {row + 1}, column {column + 1}" in section(page, "occlusion").text
    changed = int((found.digits != small.digit).sum())
    assert (f"At {changed} of 784 places" if changed else "No patch changes") in section(
        page, "occlusion"
    ).text


def test_a_brighter_pixel_of_a_map_is_a_larger_activation(page, small):
    sheet = block(page, "conv1", Sheet, 1)
    values = small.values("conv1")

    assert len(sheet.tiles) == values.shape[2]
    brightness = np.stack([tile.image.sum(axis=2) for tile in sheet.tiles], axis=2)
    order = np.argsort(values, axis=None)
    assert (np.diff(brightness.ravel()[order].astype(int)) >= -8).all()  # colours are rounded
    assert brightness.ravel()[order[-1]] == brightness.max()


def test_of_many_maps_the_strongest_are_shown_and_the_page_says_so(page, small):
    sheet = block(page, "conv5", Sheet)
    peaks = small.values("conv5").max(axis=(0, 1))

    strongest = sorted(np.argsort(-peaks)[: maps.MAPS] + 1)
    assert [int(tile.label) for tile in sheet.tiles] == strongest
    assert sheet.note.startswith("32 of 64 maps are shown, those that answered most strongly")


def test_a_pool_shows_the_maps_of_the_convolution_before_it():
    found = build_page(insight_of([Conv(80), MaxPool(), Dense(10)]), "w", "one.png")
    before, after = block(found, "conv1", Sheet, 1), block(found, "pool1", Sheet)

    assert [tile.label for tile in after.tiles] == [tile.label for tile in before.tiles]


def test_a_later_filter_shows_its_heaviest_windows_first(page, small):
    strip = block(page, "conv2", Strips).strips[0]
    filter_ = int(strip.title.split()[1]) - 1
    weight = small.weights.arrays["conv2.weight"][..., filter_]

    heaviest = np.argsort(-np.square(weight).sum(axis=(0, 1)))[:8] + 1
    assert [int(tile.label) for tile in strip.windows] == heaviest.tolist()
    assert small.values("conv2")[..., filter_].max() == small.values("conv2").max()


def test_filters_without_an_answer_get_no_strip():
    insight = insight_of([Conv(3), Conv(4), Dense(10)])
    insight.values("conv2")[...] = 0

    found = build_page(insight, "w", "one.png")

    assert not [b for b in section(found, "conv2").blocks if isinstance(b, Strips)]
    assert "4 of 4 maps have no value above zero" in block(found, "conv2", Sheet).note


def test_weights_of_a_dense_layer_on_the_picture_are_pictures():
    insight = insight_of([Dense(10)])
    tiles = block(build_page(insight, "w", "one.png"), "dense1", Sheet).tiles
    weight = insight.weights.arrays["dense1.weight"][:, 3].reshape(28, 28)

    assert len(tiles) == 10
    red, blue = tiles[3].image[..., 0].astype(int), tiles[3].image[..., 2].astype(int)
    assert (weight[red > blue] > 0).all()
    assert (weight[blue > red] < 0).all()


def test_one_html_file_holds_everything_and_every_picture_says_what_it_is(page):
    document = html_of(page)
    found = Tags(document)
    images = [attributes for tag, attributes in found.tags if tag == "img"]

    assert all(image["alt"] for image in images)
    assert all(image["src"].startswith("data:image/png;base64,") for image in images)
    assert not re.search(r"https?:|url\(|@import|<script|<link", document)
    for image in images:
        Image.open(BytesIO(base64.b64decode(image["src"].partition(",")[2]))).verify()
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    links = {attributes["href"][1:] for _, attributes in found.tags if "href" in attributes}
    assert links <= set(ids)
    assert len(ids) == len(set(ids))


def test_names_from_outside_are_text_and_nothing_else():
    insight = insight_of([Dense(10)])
    name = "<b>$x$ \x1b[31m&amp;\u4e03\udcff.png"

    found = build_page(insight, name, name)
    document = html_of(found)

    assert "<b>$x$" not in document
    assert "&lt;b&gt;$x$ \\x1b[31m&amp;amp;\u4e03" in document
    assert "\x1b" not in document
