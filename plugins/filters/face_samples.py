"""Makes labelled covers, at run time, from the photographs that come with scikit-image (a development tool).

One sharp face (the astronaut E. Collins, NASA, public domain) and fifty soft ones (from Labelled Faces in the Wild,
25×25 pixels) in many sizes, places and tones; against them cups, rockets, cats, textures, pages and text slides. What
is drawn is known, so the label is too: the share of the face's box in the frame.
"""

import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from plugins.filters.labels import FaceLabel

WIDTH, HEIGHT = 720, 1280
_ASTRONAUT_FACE = (178, 63, 90, 113)  # left, top, width, height in data.astronaut(), drawn by hand
_ASTRONAUT_CUT = (118, 8, 220, 240)  # head and shoulders, what is pasted into a frame
_SOFT_FACE_SHARE = 0.75  # of the area of a 25×25 picture, which is cut close
_YES_PERCENTS = (3.2, 4.5, 7.0, 12.0)
_NO_PERCENTS = (0.6, 1.0, 1.3)
_OBJECTS = (
    "coffee", "rocket", "chelsea", "brick", "grass", "gravel", "text", "page", "clock", "coins", "moon", "logo",
    "retina", "hubble_deep_field", "motorcycle_left", "horse", "cell", "immunohistochemistry", "colorwheel",
)  # fmt: skip
_SLIDES = ("WAIT FOR IT", "5 things I learned", "part 2", "recipe below", "day 31", "how I did it")

Pixels = Any  # a numpy array of shape (height, width, 3), uint8, BGR


class SamplesUnavailableError(RuntimeError):
    """scikit-image is not installed, so there are no photographs to make covers from."""


@lru_cache(maxsize=1)
def face_samples() -> tuple[FaceLabel, ...]:
    """About two hundred covers as encoded bytes with their labels; the same ones every time."""
    try:
        import skimage.data  # noqa: F401 - asked for here, so that the reason can be told
    except ImportError as error:
        raise SamplesUnavailableError("scikit-image is not installed (pip install scikit-image)") from error
    return (*_sharp_faces(), *_soft_faces(), *_objects(), *_slides())


def astronaut_cover(percent: float, place: tuple[float, float] = (0.5, 0.4)) -> Pixels:
    """A 720×1280 frame whose one face covers `percent` of it; `place` is the face's centre, 0 to 1."""
    left, top, width, height = _ASTRONAUT_CUT
    cut = _photograph("astronaut")[top : top + height, left : left + width]
    area = _ASTRONAUT_FACE[2] * _ASTRONAUT_FACE[3]
    return _paste(_background(f"{percent}{place}"), cut, (percent / 100 * WIDTH * HEIGHT / area) ** 0.5, place)


def encode(pixels: Pixels, extension: str = ".jpg", quality: int = 85) -> bytes:
    """The picture as JPEG, PNG or WebP bytes."""
    import cv2

    flag = cv2.IMWRITE_WEBP_QUALITY if extension == ".webp" else cv2.IMWRITE_JPEG_QUALITY
    options = [] if extension == ".png" else [flag, quality]
    done, data = cv2.imencode(extension, pixels, options)
    if not done:
        raise ValueError(f"OpenCV cannot write {extension}")
    return bytes(data)


def _sharp_faces() -> Iterator[FaceLabel]:
    places = ((0.5, 0.4), (0.3, 0.6), (0.7, 0.3))
    for percent in (*_YES_PERCENTS, 20.0, *_NO_PERCENTS):
        for number, (tone, change) in enumerate(_tones().items()):
            cover = change(astronaut_cover(percent, places[number % len(places)]))
            extension = (".jpg", ".webp", ".jpg")[number % 3]
            name = f"astronaut-{percent}-{tone}{extension}"
            yield FaceLabel(name, encode(cover, extension), percent > 2, f"{percent} % {tone}")


def _soft_faces() -> Iterator[FaceLabel]:
    import cv2

    percents = (*_YES_PERCENTS, *_NO_PERCENTS)
    for number, small in enumerate(_soft_pictures()[:100:2]):
        percent = percents[number % len(percents)]
        scale = (percent / 100 * WIDTH * HEIGHT / (small.shape[0] * small.shape[1] * _SOFT_FACE_SHARE)) ** 0.5
        large = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        cover = _paste(_background(f"soft{number}"), large, 1.0, (0.5, 0.45))
        yield FaceLabel(f"soft-{number}.jpg", encode(cover, quality=70), percent > 2, f"{percent} % soft")


def _objects() -> Iterator[FaceLabel]:
    import cv2

    tones = _tones()
    for number, name in enumerate(_OBJECTS):
        for tone in ("plain", "text", "grainy"):
            cover = tones[tone](cv2.resize(_photograph(name), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
            yield FaceLabel(f"{name}-{tone}.jpg", encode(cover, quality=60 + number), False, f"{name} {tone}")
    for number, small in enumerate(_soft_pictures()[100::8]):
        cover = _paste(_background(f"patch{number}"), cv2.resize(small, (400, 400)), 1.0, (0.5, 0.5))
        yield FaceLabel(f"patch-{number}.jpg", encode(cover), False, "a patch without a face")


def _slides() -> Iterator[FaceLabel]:
    for number, words in enumerate(_SLIDES * 2):
        cover = _with_text(_background(f"slide{number}"), words)
        yield FaceLabel(f"slide-{number}.png", encode(cover, ".png"), False, "text slide")


def _tones() -> dict[str, Callable[[Pixels], Pixels]]:
    import cv2
    import numpy as np

    def scaled(factor: float, lift: float) -> Callable[[Pixels], Pixels]:
        return lambda pixels: cv2.convertScaleAbs(pixels, alpha=factor, beta=lift)

    def turned(pixels: Pixels) -> Pixels:
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 15, 1.0)
        return cv2.warpAffine(pixels, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)

    def grainy(pixels: Pixels) -> Pixels:
        return (pixels + _grain()).clip(0, 255).astype(np.uint8)

    return {
        "plain": lambda pixels: pixels,
        "dark": scaled(0.35, 0),
        "bright": scaled(1.15, 40),
        "blurred": lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 3),
        "mirrored": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
        "turned": turned,
        "grainy": grainy,
        "grey": lambda pixels: cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
        "text": lambda pixels: _with_text(pixels.copy(), "day 12 of 100"),
    }


@lru_cache(maxsize=1)
def _grain() -> Pixels:
    import numpy as np

    return np.random.default_rng(7).normal(0, 18, (HEIGHT, WIDTH, 3)).astype(np.int16)


@lru_cache(maxsize=32)
def _photograph(name: str) -> Pixels:
    import numpy as np
    from skimage import color, data

    if name == "motorcycle_left":
        pixels = data.stereo_motorcycle()[0]
    elif name == "colorwheel":
        pixels = data.colorwheel()
    else:
        pixels = getattr(data, name)()
    if pixels.dtype == bool:
        pixels = pixels.astype(np.uint8) * 255
    if pixels.ndim == 2:
        pixels = color.gray2rgb(pixels)
    return np.ascontiguousarray(pixels[:, :, 2::-1])


@lru_cache(maxsize=1)
def _soft_pictures() -> tuple[Pixels, ...]:
    """200 pictures of 25×25: 100 faces, then 100 patches without one."""
    import cv2
    import numpy as np
    from skimage import data

    return tuple(cv2.cvtColor((grey * 255).astype(np.uint8), cv2.COLOR_GRAY2BGR) for grey in data.lfw_subset())


def _background(seed: str) -> Pixels:
    """A soft gradient between two colours that follow from the seed."""
    import numpy as np

    colours = np.random.default_rng(zlib.crc32(seed.encode())).uniform(40, 215, (2, 3))
    down = np.linspace(0, 1, HEIGHT)[:, None, None]
    return np.broadcast_to(colours[0] * (1 - down) + colours[1] * down, (HEIGHT, WIDTH, 3)).astype(np.uint8).copy()


def _paste(frame: Pixels, cut: Pixels, scale: float, place: tuple[float, float]) -> Pixels:
    """Puts the enlarged cut, kept inside the frame, with its centre at `place`."""
    import cv2

    cut = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)[:HEIGHT, :WIDTH]
    height, width = cut.shape[:2]
    left = min(max(round(place[0] * WIDTH - width / 2), 0), WIDTH - width)
    top = min(max(round(place[1] * HEIGHT - height / 2), 0), HEIGHT - height)
    frame[top : top + height, left : left + width] = cut
    return frame


def _with_text(frame: Pixels, words: str) -> Pixels:
    import cv2

    for line, top in ((words, 1020), ("follow for more", 1110)):
        for colour, thickness in (((0, 0, 0), 12), ((255, 255, 255), 4)):
            cv2.putText(frame, line, (50, top), cv2.FONT_HERSHEY_SIMPLEX, 1.8, colour, thickness, cv2.LINE_AA)
    return frame
