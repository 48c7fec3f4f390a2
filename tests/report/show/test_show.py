"""The pages of `digitcli show`: right numbers, nothing on top of anything else, any network."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from digitcli.errors import ModelError, UsageError
from digitcli.inference.engine import Engine, load
from digitcli.inference.insight import look_inside
from digitcli.inference.occlusion import covered
from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights
from digitcli.report.show import html, maps, png
from digitcli.report.show.blocks import Bars, Flow, Sheet, Strips
from digitcli.report.show.canvas import Canvas
from digitcli.report.show.page import build
from digitcli.report.show.typeset import a_digit

pytest.importorskip("matplotlib", reason="needs the train or the bench extra")

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
CROWDED = [Conv(128, 5, 2), MaxPool(), Conv(300), GlobalAveragePool(), Dense(2048), Dense(10)]


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
    return build(small, "small", "folder/one.png")


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

    found = build(insight, "w.npz", "one.png")

    anchors = [section.anchor for section in found.sections]
    assert anchors == ["picture", "occlusion", "flow", *(s.name for s in insight.spec.steps)]
    assert all(found.blocks for found in found.sections)
    assert html.render(found).endswith(b"</html>\n")
    png.layout(found)


def test_the_largest_values_are_drawn_and_those_that_overflow_refused():
    layers = [Conv(9), Conv(9), Dense(10)]
    large = insight_of(layers, scale=1e12)

    assert max(abs(layer.values).max() for layer in large.layers) > 1e35
    assert html.render(build(large, "w.npz", "one.png"))
    with pytest.raises(ModelError, match="its answers are not finite; the weights overflow"):
        insight_of(layers, scale=1e30)


def test_nothing_on_the_picture_lies_on_something_else_or_beyond_its_edge():
    found = build(insight_of(CROWDED), "w.npz", "a rather long name " * 6 + "x" * 90)
    canvas = png.layout(found)
    picture, written = canvas.draw()

    texts = np.array([text.get_window_extent().extents for text in written])
    images = np.array(canvas.images)
    size = np.array([picture.shape[1], picture.shape[0]])
    images = np.stack(  # Matplotlib counts from the bottom
        [images[:, 0], size[1] - images[:, 3], images[:, 2], size[1] - images[:, 1]], axis=1
    )

    for places in (texts, images):
        assert (places[:, :2] >= 0).all()
        assert (places[:, 2:] <= size).all()
    assert not overlaps(texts, texts, but_itself=True)
    assert not overlaps(texts, images)
    assert not overlaps(images, images, but_itself=True)
    assert min(text.get_fontsize() * 100 / 72 for text in written) >= 12


def overlaps(some, others, but_itself=False):
    """Pairs (i, j) of rectangles (left, bottom, right, top) that share more than an edge."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = (high - low > 1).all(axis=2)
    if but_itself:
        np.fill_diagonal(shared, False)
    return np.argwhere(shared).tolist()


def test_a_page_too_tall_for_a_png_is_refused_with_a_way_out():
    canvas = Canvas(y=70_000)

    with pytest.raises(UsageError, match="70,040 pixels tall, a PNG at most 65,000") as caught:
        canvas.save(BytesIO())
    assert "html" in caught.value.hint


@pytest.mark.parametrize(
    ("share", "text"),
    [(1, "100.00 %"), (0.99999, "> 99.99 %"), (0.5, "50.00 %"), (1e-9, "< 0.01 %"), (0, "0.00 %")],
)
def test_only_what_is_exactly_so_reads_as_certain(share, text):
    assert maps.percent(share) == text


def test_eight_has_its_own_article():
    assert (a_digit(7), a_digit(8)) == ("a 7", "an 8")


def test_png_and_html_are_written_and_equal_pages_are_equal_bytes():
    page = build(insight_of([Conv(5), MaxPool(), Dense(10)]), "w", "one.png")
    first, second = BytesIO(), BytesIO()
    png.render(page, first)
    png.render(page, second)

    assert first.getvalue() == second.getvalue()
    assert Image.open(first).width == 1200
    assert html.render(page) == html.render(page)


def test_the_page_says_what_the_network_answered(page, small):
    bars = block(page, "picture", Bars).bars
    logits = block(page, "dense1", Bars).bars

    assert page.title == f"one.png: a {small.digit}, {maps.percent(small.probabilities.max())}"
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


def test_the_worst_patch_is_drawn_and_told(page, small):
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
    found = build(insight_of([Conv(80), MaxPool(), Dense(10)]), "w", "one.png")
    before, after = block(found, "conv1", Sheet, 1), block(found, "pool1", Sheet)

    assert [tile.label for tile in after.tiles] == [tile.label for tile in before.tiles]


def test_a_later_filter_shows_its_heaviest_windows_first(page, small):
    strip = block(page, "conv2", Strips).strips[0]
    filter_ = int(strip.title.split()[1]) - 1
    weight = small.weights.arrays["conv2.weight"][..., filter_]

    heaviest = np.argsort(-np.square(weight).sum(axis=(0, 1)))[:8] + 1
    assert [int(tile.label) for tile in strip.windows] == heaviest.tolist()
    assert small.values("conv2")[..., filter_].max() == small.values("conv2").max()


def test_filters_that_stay_silent_are_not_said_to_have_looked_anywhere():
    insight = insight_of([Conv(3), Conv(4), Dense(10)])
    insight.values("conv2")[...] = 0

    found = build(insight, "w", "one.png")

    assert not [b for b in section(found, "conv2").blocks if isinstance(b, Strips)]
    assert "4 of 4 stayed silent" in block(found, "conv2", Sheet).note


def test_weights_of_a_dense_layer_on_the_picture_are_pictures():
    insight = insight_of([Dense(10)])
    tiles = block(build(insight, "w", "one.png"), "dense1", Sheet).tiles
    weight = insight.weights.arrays["dense1.weight"][:, 3].reshape(28, 28)

    assert len(tiles) == 10
    red, blue = tiles[3].image[..., 0].astype(int), tiles[3].image[..., 2].astype(int)
    assert (weight[red > blue] > 0).all()
    assert (weight[blue > red] < 0).all()


def test_one_html_file_holds_everything_and_every_picture_says_what_it_is(page):
    document = html.render(page).decode()
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

    found = build(insight, name, name)
    document = html.render(found).decode()
    png.layout(found).draw()

    assert "<b>$x$" not in document
    assert "&lt;b&gt;$x$ \\x1b[31m&amp;amp;\u4e03" in document
    assert "\x1b" not in document
