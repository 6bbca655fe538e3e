"""Moving pictures, read back by Pillow and by a parser of HTML."""

import base64
import io
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image, ImageSequence

from course import animation
from course.plots import new_figure, plot_images
from course.show import figure_png

GREYS = (0.0, 0.5, 1.0)


def grey_frames():
    """One figure, yielded again with another grey each time."""
    figure, (axes,) = new_figure(width=3.0, height=2.0)
    axes.axis("off")
    picture = axes.imshow(np.zeros((2, 2)), cmap="gray", vmin=0, vmax=1)
    for grey in GREYS:
        picture.set_data(np.full((2, 2), grey))
        axes.set_title(f"grey {grey}")
        yield figure


class Elements(HTMLParser):
    """Names, attributes and ancestors of the elements, and the text of the styles."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open, self.styles = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), tuple(self.open)))
        if tag not in ("img", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            self.styles += data


@pytest.fixture
def shown(monkeypatch):
    """What reaches the front end: a list of pairs of data and metadata."""
    calls = []
    monkeypatch.setattr(
        animation, "display", lambda data, metadata, raw: calls.append((data, metadata))
    )
    return calls


def show_greys(milliseconds=100):
    """Show three greys in motion, and return their still."""
    still = plot_images([np.full((2, 2), grey) for grey in GREYS])
    animation.show_animation(
        grey_frames(), still, 'black < grey & "white"', milliseconds=milliseconds
    )
    return still


def moving_picture(html):
    """The picture within the part of the page that can be folded away."""
    (source,) = [
        attributes["src"]
        for tag, attributes, inside in Elements(html).found
        if tag == "img" and "details" in inside
    ]
    kind, _, content = source.partition(";base64,")
    assert kind == "data:image/webp"
    return Image.open(io.BytesIO(base64.b64decode(content)))


def test_frames_come_in_order_and_last_as_long_as_asked(shown):
    """Pillow reads each frame's picture back, its time, the fourfold last, and three rounds."""
    show_greys(milliseconds=120)
    picture = moving_picture(shown[0][0]["text/html"])
    frames = [
        (np.asarray(frame.convert("L"))[100, 144], frame.info["duration"])
        for frame in ImageSequence.Iterator(picture)
    ]
    assert [time for _, time in frames] == [120, 120, 480]
    assert np.allclose([grey for grey, _ in frames], [0, 127, 255], atol=3)
    assert picture.info["loop"] == 3
    assert picture.size == (288, 192)  # Three inches by two, 96 dots each.


def test_a_still_stands_beside_the_motion_in_every_form(shown):
    """The PNG is the still, and so is the first picture of the HTML, which nothing can hide."""
    still = figure_png(show_greys())
    ((data, metadata),) = shown
    assert base64.b64decode(data["image/png"]) == still
    tag, attributes, inside = Elements(data["text/html"]).found[0]
    assert (tag, inside) == ("img", ())
    assert base64.b64decode(attributes["src"].partition(",")[2]) == still
    assert str(metadata["image/png"]["width"]) == attributes["width"]
    assert metadata["image/png"]["alt"] == data["text/plain"] == 'black < grey & "white"'


def test_both_pictures_carry_the_words(shown):
    """The text alternative survives quotes and angle brackets, and the motion says it moves."""
    show_greys()
    words = [a["alt"] for tag, a, _ in Elements(shown[0][0]["text/html"]).found if tag == "img"]
    assert words == ['black < grey & "white"', 'In motion: black < grey & "white"']


def test_motion_can_be_stopped_without_a_script_and_respects_who_asked_for_none(shown):
    """A reader folds the motion away; print and reduced motion leave it out."""
    show_greys()
    page = Elements(shown[0][0]["text/html"])
    names = [tag for tag, _, _ in page.found]
    assert "script" not in names
    assert names.index("summary") == names.index("details") + 1
    (details,) = [attributes for tag, attributes, _ in page.found if tag == "details"]
    rule = f"@media print, (prefers-reduced-motion: reduce) {{ details.{details['class']} "
    assert page.styles == rule + "{ display: none } }"


def test_a_shown_layout_does_not_move(shown):
    """The axes of a figure that is yielded again stand where they stood, whatever the title."""
    figure, (axes,) = new_figure(width=3.0, height=2.0)

    def frames():
        for title in ("low", "two\nlines", "low"):
            axes.set_title(title)
            yield figure
            places.append(axes.get_position().bounds)

    places = []
    animation.animation_webp(frames(), 100)
    assert len(set(places)) == 1


@pytest.mark.parametrize(
    ("frames", "milliseconds", "message"),
    [
        (
            lambda: [new_figure()[0]],
            100,
            r"two frames of one size, got 1 frames of the sizes \[\(864, 403\)\]",
        ),
        (list, 100, r"two frames of one size, got 0 frames of the sizes \[\]"),
        (
            lambda: [new_figure(width=width)[0] for width in (3, 4)],
            100,
            r"got 2 frames of the sizes \[\(288, 403\), \(384, 403\)\]",
        ),
        (grey_frames, 19, "needs at least 20 ms per frame, got 19"),
    ],
)
def test_what_cannot_move_is_refused(frames, milliseconds, message):
    """A single frame, frames of several sizes and a flicker get an error that says so."""
    with pytest.raises(ValueError, match=message):
        animation.animation_webp(frames(), milliseconds)


def test_motion_needs_words():
    """Nothing is shown to those who see that says nothing to those who do not."""
    still = new_figure()[0]
    with pytest.raises(ValueError, match="needs a text alternative"):
        animation.show_animation(grey_frames(), still)
