"""What one page may cost, and the plain text that stands where drawing would cost more.

The limits hold for a whole notebook. What they protect is the grader, which makes one page
after the other while all wait, formgrader, which reads a finished page once more, and the
browser of whoever opens it.
"""

import html

from nbconvert.filters.ansi import strip_ansi

from autograder.pages.markup import TooMuchError
from autograder.pages.pictures import MOST_PIXELS, is_base64, pixels
from autograder.pages.renderer import Text, draw

__all__ = ["PLAIN", "Page", "Shown"]

# Of the processor. A lecture, with all of its code and formulas, takes 0.1 at most.
PAGE_SECONDS = 2.0
TEXT_SHARE = 0.5  # Of what is left, for one of its texts: the others keep the rest.
LEAST_SECONDS = 0.02  # Less than two ticks of the kernel's timer cannot be kept.
PAGE_CHARACTERS = (
    20_000_000  # Of HTML with its pictures; a lecture has 0.2 million and its figures.
)
PAGE_TAGS = 100_000  # Formgrader's second look takes 1.5 s for so many; a lecture has 13,000.
PAGE_PIXELS = 128_000_000  # 512 MB in a browser's memory; a figure has 0.3 to 2 million.
PLAIN = 10_000  # Characters of a text that is not drawn; the rest is cut off.


class Shown(str):
    """HTML that the renderer made: to clean it again would change nothing, or take formulas out."""

    __slots__ = ()


class Page:
    """How much is left for the page of one notebook."""

    def __init__(self) -> None:
        self.seconds = PAGE_SECONDS
        self.characters = PAGE_CHARACTERS
        self.tags = PAGE_TAGS
        self.pixels = PAGE_PIXELS

    def draw(self, text: Text) -> Shown:
        """The text as HTML, or as plain text with a sentence that says why."""
        try:
            return Shown(self._drawn(text))
        except TooMuchError as error:
            return Shown(f"<pre>{self._plain(text.source, str(error))}</pre>")

    def terminal(self, text: str) -> str:
        """Text with a terminal's colour codes as HTML to stand in ``<pre>``, or as plain text."""
        try:
            if "\x1b" in text:
                return self._drawn(Text("ansi", text))
            return self._taken(html.escape(text))
        except TooMuchError as error:
            return self._plain(text, str(error))

    def has_room_for(self, kind: str, data: object) -> bool:
        """Whether a picture can be shown; if so, its pixels count.

        Args:
            kind: its MIME type.
            data: its base64.
        """
        if not isinstance(data, str) or not is_base64(data, kind):
            return False
        size = pixels(data)
        if size is None or size > min(MOST_PIXELS, self.pixels) or len(data) > self.characters:
            return False
        self.pixels -= size
        self.characters -= len(data)
        return True

    def _drawn(self, text: Text) -> str:
        allowed = TEXT_SHARE * self.seconds
        if allowed < LEAST_SECONDS:
            raise TooMuchError("the texts above it have used the time that a page may take")
        try:
            drawing = draw(text, allowed)
        except TooMuchError as error:
            self.seconds -= error.seconds
            raise
        self.seconds -= drawing.seconds
        return self._taken(drawing.html, drawing.pixels)

    def _taken(self, made: str, size: int = 0) -> str:
        """What was made, counted, if there is room for it."""
        tags = made.count("<")
        if len(made) > self.characters or tags > self.tags or size > self.pixels:
            raise TooMuchError("the page would be too large for a browser")
        self.characters -= len(made)
        self.tags -= tags
        self.pixels -= size
        return made

    def _plain(self, text: str, why: str) -> str:
        shown = text[: min(PLAIN, self.characters)]
        self.characters -= len(shown)
        part = f", the first {len(shown):,} of {len(text):,} characters" if shown != text else ""
        return f"{html.escape(strip_ansi(shown))}\n[Shown as plain text{part}: {why}.]"
