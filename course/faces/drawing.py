"""Cartoon faces, drawn in NumPy, whose every trait is known (lecture 05).

With these faces a claim about codes, such as 'this direction adds a smile', can be checked
against the pixels (``course.faces.measures``).
"""

from dataclasses import dataclass, field, fields

import numpy as np

__all__ = [
    "TRAIT_RANGES",
    "FaceTraits",
    "Faces",
    "draw_faces",
    "render_faces",
    "sample_traits",
]

UNITS = 28  # The picture is 28 units wide and high, whatever its size in pixels.
CHUNK = 32  # Faces drawn at once: few enough that their layers stay in the cache.

# (red, green, blue) from one end of a trait to the other. Where mouths can be, only the
# mouth's colour has red far above green: measure_smile finds the mouth by that.
SKIN = [(1.00, 0.87, 0.76), (0.96, 0.78, 0.62), (0.82, 0.61, 0.44), (0.60, 0.42, 0.29)]
SKIN += [(0.42, 0.29, 0.21)]
HAIR = [(0.11, 0.09, 0.10), (0.29, 0.18, 0.12), (0.50, 0.30, 0.17), (0.76, 0.56, 0.28)]
HAIR += [(0.93, 0.80, 0.50)]
SHIRT = [(0.20, 0.33, 0.55), (0.23, 0.52, 0.55), (0.38, 0.58, 0.42), (0.90, 0.74, 0.35)]
BACKGROUND = [(0.71, 0.83, 0.93), (0.82, 0.89, 0.88), (0.96, 0.91, 0.81)]
MOUTH, INK, LENS, WHITE = (0.66, 0.12, 0.16), (0.13, 0.12, 0.17), (0.85, 0.93, 1.0), (1, 1, 1)
BLUSH = (1.0, 0.80, 0.78)  # Times the skin's colour.


def _range(low: float, high: float) -> dict[str, tuple[float, float]]:
    return {"range": (low, high)}


@dataclass(frozen=True, eq=False)
class FaceTraits:
    """What faces look like: one array (n,) for each trait, one entry for each face.

    ``glasses`` is bool, all others are float64 in the range given here. Lengths are in
    units of 1/28 of the picture. With ``slant``, ``gaze``, ``shift_x`` and ``tilt`` at 0
    a face is its own mirror image. ``dataclasses.replace`` changes one trait alone;
    ``TRAIT_RANGES`` holds the ranges by name.
    """

    smile: np.ndarray = field(metadata=_range(-1.0, 1.0))  # Frown to grin.
    glasses: np.ndarray = field(metadata=_range(False, True))
    hair: np.ndarray = field(metadata=_range(0.0, 1.0))  # Length: cropped to shoulder.
    skin: np.ndarray = field(metadata=_range(0.0, 1.0))  # Light to dark.
    hair_shade: np.ndarray = field(metadata=_range(0.0, 1.0))  # Black to blond.
    slant: np.ndarray = field(metadata=_range(-1.0, 1.0))  # Of the fringe.
    face_width: np.ndarray = field(metadata=_range(8.6, 9.6))  # Half of it.
    face_height: np.ndarray = field(metadata=_range(9.7, 10.5))  # Half of it.
    eye_size: np.ndarray = field(metadata=_range(1.7, 2.2))  # Radius.
    eye_spacing: np.ndarray = field(metadata=_range(3.5, 4.3))  # From the middle to each eye.
    gaze: np.ndarray = field(metadata=_range(-1.0, 1.0))  # Viewer's left to right.
    brow_angle: np.ndarray = field(metadata=_range(-1.0, 1.0))  # Stern to worried.
    nose: np.ndarray = field(metadata=_range(0.0, 1.0))  # Short to long.
    mouth_width: np.ndarray = field(metadata=_range(4.3, 5.0))  # Half of it.
    shirt: np.ndarray = field(metadata=_range(0.0, 1.0))  # Blue to yellow.
    background: np.ndarray = field(metadata=_range(0.0, 1.0))  # Blue to cream.
    shift_x: np.ndarray = field(metadata=_range(-0.5, 0.5))  # To the right.
    shift_y: np.ndarray = field(metadata=_range(-0.5, 0.5))  # Down.
    tilt: np.ndarray = field(metadata=_range(-0.05, 0.05))  # Radians, clockwise.


TRAIT_RANGES: dict[str, tuple[float, float]] = {
    trait.name: trait.metadata["range"] for trait in fields(FaceTraits)
}


@dataclass(frozen=True, eq=False)
class Faces:
    """Pictures of faces, float32 (n, 32, 32, 3) in [0, 1], and the traits drawn in them.

    The properties are the traits as yes or no, bool (n,).
    """

    images: np.ndarray = field(repr=False)
    traits: FaceTraits = field(repr=False)

    @property
    def smiling(self) -> np.ndarray:
        """Whether the mouth curves up."""
        return self.traits.smile > 0

    @property
    def glasses(self) -> np.ndarray:
        """Whether glasses are worn."""
        return self.traits.glasses

    @property
    def long_hair(self) -> np.ndarray:
        """Whether the hair reaches below the ears."""
        return self.traits.hair > 0.5


def draw_faces(n: int, seed: int) -> Faces:
    """Random faces with their traits, about ten thousand per second.

    Args:
        n: number of faces, at least 0.
        seed: integer that fixes the faces; the first ones do not depend on ``n``.

    Returns:
        ``Faces``: ``images`` float32 (n, 32, 32, 3) in [0, 1], and their ``traits``.
    """
    traits = sample_traits(n, seed)
    return Faces(render_faces(traits), traits)


def sample_traits(n: int, seed: int) -> FaceTraits:
    """Random traits: each uniform over its range, all independent of one another.

    Args:
        n: number of faces, at least 0.
        seed: integer that fixes the traits; the first ones do not depend on ``n``.

    Returns:
        ``FaceTraits`` with arrays (n,).
    """
    uniform = np.random.default_rng(seed).random((n, len(TRAIT_RANGES)))
    traits = {}
    for (name, (low, high)), draws in zip(TRAIT_RANGES.items(), uniform.T):
        traits[name] = draws < 0.5 if high is True else low + (high - low) * draws
    return FaceTraits(**traits)


def render_faces(traits: FaceTraits, size: int = 32) -> np.ndarray:
    """Draw faces with the given traits.

    Args:
        traits: ``FaceTraits`` with arrays of one shape (n,); values may lie a little
            outside their ranges.
        size: width and height of the pictures in pixels.

    Returns:
        Images, float32 (n, size, size, 3) in [0, 1]: red, green, blue.

    Raises:
        ValueError: if the traits do not have one shape (n,).
    """
    columns = {name: np.asarray(getattr(traits, name)) for name in TRAIT_RANGES}
    n = columns["smile"].size
    for name, column in columns.items():
        if column.shape != (n,):
            raise ValueError(f"render_faces needs one shape ({n},), got {column.shape} for {name}")
    images = np.empty((n, size, size, 3), np.float32)
    for start in range(0, n, CHUNK):
        chunk = slice(start, start + CHUNK)
        # (b, 1, 1): one number per face, which broadcasts over the (size, size) pixels.
        part = {name: c[chunk, None, None].astype(np.float32) for name, c in columns.items()}
        images[chunk] = _Sketch(FaceTraits(**part), size).draw()
    return images


class _Sketch:
    """A batch of faces, painted in layers from back to front.

    Each shape is a signed distance in units, negative inside. At an edge a pixel is covered
    in part, so edges are smooth.
    """

    def __init__(self, traits: FaceTraits, size: int) -> None:
        self.traits = traits
        self.pixel = UNITS / size
        axis = (np.arange(size, dtype=np.float32) + 0.5 - size / 2) * self.pixel
        # x, y: upright, for the body. u, v: tilted with the head, around the chin's height.
        self.x = axis[None, None, :] - traits.shift_x  # (b, 1, size)
        self.y = axis[None, :, None] - traits.shift_y  # (b, size, 1)
        cos, sin = np.cos(traits.tilt), np.sin(traits.tilt)
        self.u = cos * self.x + sin * (self.y - 4)  # (b, size, size)
        self.v = cos * (self.y - 4) - sin * self.x + 4
        self.side = np.abs(self.u)  # A shape in it is drawn left and right.
        self.image = np.empty((len(traits.smile), 3, size, size), np.float32)

    def draw(self) -> np.ndarray:
        """Images (b, size, size, 3) in [0, 1]."""
        traits = self.traits
        self.image[:] = _ramp(BACKGROUND, traits.background)
        skin, hair = _ramp(SKIN, traits.skin), _ramp(HAIR, traits.hair_shade)
        outline = self.hair_outline()
        self.paint(0.8 * hair, outline)
        self.body(skin)
        self.head(skin)
        self.eyes()
        self.paint(0.78 * skin, _ellipse(self.u, self.v - 1.7 - 0.5 * traits.nose, 1.2, 0.75))
        self.mouth()
        self.front_hair(hair, outline)
        self.brows(hair)
        self.glasses()
        return np.moveaxis(self.image, 1, -1)

    def paint(
        self, color: np.ndarray, distance: np.ndarray, opacity: float | np.ndarray = 1.0
    ) -> None:
        cover = np.clip(0.5 - distance / self.pixel, 0, 1) * opacity
        self.image += cover[:, None] * (color - self.image)

    def hair_outline(self) -> np.ndarray:
        traits = self.traits
        width = traits.face_width + 0.6 + 0.9 * traits.hair
        dome = _ellipse(self.u, np.minimum(self.v + 0.7, 0), width, traits.face_height + 0.6)
        return _smooth_max(dome, self.v + 2.6 - 13.0 * traits.hair, 2.5)

    def front_hair(self, hair: np.ndarray, outline: np.ndarray) -> None:
        traits = self.traits
        fringe = self.v + 5.8 - 0.2 * traits.slant * self.u - 0.03 * self.u**2
        beside = traits.face_width - 0.9 - self.side
        self.paint(hair, np.maximum(outline, -_smooth_max(-fringe, -beside, 2.5)))

    def body(self, skin: np.ndarray) -> None:
        self.paint(_ramp(SHIRT, self.traits.shirt), _ellipse(self.x, self.y - 17.5, 11.0, 6.0))
        neck = np.maximum(np.abs(self.x) - 2.8, np.abs(self.y - 10.5) - 2.5)
        self.paint(0.84 * skin, np.minimum(neck, _ellipse(self.x, self.y - 12.6, 2.8, 1.6)))

    def head(self, skin: np.ndarray) -> None:
        traits = self.traits
        self.paint(0.93 * skin, _ellipse(self.side - traits.face_width, self.v - 1.0, 1.6, 1.6))
        self.paint(skin, _ellipse(self.u, self.v, traits.face_width, traits.face_height))
        self.paint(_color(BLUSH) * skin, _ellipse(self.side - 5.6, self.v - 3.5, 1.7, 1.1), 0.8)

    def eyes(self) -> None:
        spacing, size, v = self.traits.eye_spacing, self.traits.eye_size, self.v + 0.5
        white = _ellipse(self.side - spacing, v, 0.95 * size, 1.1 * size)
        self.paint(_color(WHITE), white)
        looking = np.abs(self.u - 0.4 * self.traits.gaze) - spacing
        pupil = _ellipse(looking, v - 0.1, 0.7 * size, 0.7 * size)
        self.paint(_color(INK), np.maximum(pupil, white))

    def brows(self, hair: np.ndarray) -> None:
        along = self.side - self.traits.eye_spacing
        reach = np.clip(along, -1.7, 1.7)
        height = self.v + 4.1 - 0.2 * self.traits.brow_angle * reach - 0.06 * reach**2
        self.paint(0.7 * hair, np.hypot(along - reach, height) - 0.45)

    def mouth(self) -> None:
        smile, width = self.traits.smile, self.traits.mouth_width
        across = np.clip(self.u / width, -1, 1)
        bow = 1 - across**2
        # flat turns the vertical distance to a sloping line into the distance at a right angle.
        flat = 1 / np.sqrt(1 + (6.0 * smile * across / width) ** 2)
        height = (self.v - 5.7 - 3.0 * smile * (bow - 0.5)) * flat
        thickness = (0.6 + 1.5 * np.maximum(smile, 0) * bow) * flat  # A grin opens the mouth.
        lips = np.hypot(self.u - across * width, height) - thickness
        self.paint(_color(MOUTH), lips)
        self.paint(_color(WHITE), np.maximum(lips + 0.85, height - 0.15))  # The upper teeth.

    def glasses(self) -> None:
        traits = self.traits
        beside = self.side - traits.eye_spacing
        lens = _ellipse(beside, self.v + 0.5, 3.1, 3.0)
        height = np.abs(self.v + 0.9) - 0.35
        bridge_and_arms = np.maximum(height, 3.0 - np.abs(beside))
        bridge_and_arms = np.maximum(bridge_and_arms, self.side - traits.face_width + 1.0)
        self.paint(_color(LENS), lens, 0.1 * traits.glasses)
        frame = np.minimum(np.abs(lens) - 0.35, bridge_and_arms)
        self.paint(_color(INK), frame, traits.glasses)


def _color(rgb: tuple[float, float, float]) -> np.ndarray:
    return np.array(rgb, np.float32)[:, None, None]  # (3, 1, 1)


def _ramp(colors: list[tuple[float, float, float]], position: np.ndarray) -> np.ndarray:
    """The colours (b, 3, 1, 1) at positions (b, 1, 1) between 0 and 1."""
    knots = np.linspace(0, 1, len(colors))
    channels = [np.interp(position, knots, channel) for channel in zip(*colors)]
    return np.stack(channels, axis=1).astype(np.float32)


def _ellipse(
    u: np.ndarray, v: np.ndarray, half_width: float | np.ndarray, half_height: float | np.ndarray
) -> np.ndarray:
    """Signed distance to an ellipse around 0: exact for circles, near the edge for all."""
    scaled_u, scaled_v = u / half_width, v / half_height
    # 1e-6 keeps the quotient below finite in the middle, where both roots are 0.
    radius = np.sqrt(scaled_u**2 + scaled_v**2 + 1e-6)
    slope = (scaled_u / half_width) ** 2 + (scaled_v / half_height) ** 2
    return radius * (radius - 1) / np.sqrt(slope + 1e-6 / (half_width * half_height))


def _smooth_max(a: np.ndarray, b: np.ndarray, rounding: float) -> np.ndarray:
    """Maximum of two distances, which is what both shapes cover, with a rounded corner."""
    return np.maximum(a, b) + np.maximum(rounding - np.abs(a - b), 0) ** 2 / (4 * rounding)
