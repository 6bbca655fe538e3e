"""Colours as eyes see them: contrast, and how far apart two look, whatever cones are missing."""

import numpy as np
from matplotlib.colors import to_rgb

__all__ = ["VISION", "contrast", "difference", "linear", "seen"]

# What a reader without one kind of cone sees of linear RGB: Machado, Oliveira and Fernandes,
# "A physiologically-based model for simulation of color vision deficiency" (2009), severity 1.
VISION = {
    "full": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
# sRGB's own, and its white.
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def linear(color):
    """Linear RGB, shape (3,), of a colour in any of Matplotlib's forms."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Ratio of two colours as WCAG 2.2 defines it, 1 to 21."""
    low, high = sorted(XYZ[1] @ linear(color) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def seen(color, vision):
    """CIELAB coordinates, shape (3,), of a colour through one of ``VISION``'s eyes."""
    x, y, z = XYZ @ np.clip(VISION[vision] @ linear(color), 0, 1) / WHITE
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one, other):
    """CIEDE2000 distance of two colours, each CIELAB (3,); 1 is just noticed side by side.

    Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005), equations 2 to 22.
    """
    (light1, a1, b1), (light2, a2, b2) = one, other
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    a1, a2 = stretch * a1, stretch * a2
    chroma1, chroma2 = np.hypot(a1, b1), np.hypot(a2, b2)
    hue1, hue2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = chroma1 * chroma2 == 0
    turn = 0 if grey else (hue2 - hue1 + 180) % 360 - 180
    hue = hue1 + hue2 if grey else (hue1 + turn / 2) % 360
    light, chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2

    def cosine(degrees):
        return np.cos(np.radians(degrees))

    weight = (
        1
        - 0.17 * cosine(hue - 30)
        + 0.24 * cosine(2 * hue)
        + 0.32 * cosine(3 * hue + 6)
        - 0.20 * cosine(4 * hue - 63)
    )
    by_light = (light2 - light1) / (1 + 0.015 * (light - 50) ** 2 / np.hypot(20**0.5, light - 50))
    by_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    by_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2))
    by_hue /= 1 + 0.015 * chroma * weight
    tilt = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7))
    tilt *= np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return np.sqrt(by_light**2 + by_chroma**2 + by_hue**2 + tilt * by_chroma * by_hue)
