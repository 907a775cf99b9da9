"""Cover pictures, made from scikit-image's sample photographs when first asked for, then kept in memory."""

import importlib.util
import threading
from functools import lru_cache
from typing import Any

from include.sandbox.dice import Dice

WIDTH, HEIGHT = 720, 1280
CROPS = {"origin_cover": (720, 1280), "cover": (500, 800), "avatar": (300, 300)}  # (width, height) in pixels
VARIANTS = {
    "face": 24,
    "small_face": 8,
    "coffee": 4,
    "rocket": 4,
    "cat": 4,
    "gradient": 6,
    "slide": 6,
    "texture": 4,
}
CONTENT_TYPES = {"jpeg": "image/jpeg", "webp": "image/webp", "heic": "image/heic"}

_NEEDED = {"skimage": "scikit-image", "cv2": "opencv-python-headless", "numpy": "numpy"}
_drawing = threading.Lock()


def missing_packages() -> list[str]:
    """The packages covers need that are not installed, by the names to install them under."""
    return [package for module, package in _NEEDED.items() if importlib.util.find_spec(module) is None]


def picture(kind: str, variant: int, crop: str, extension: str) -> bytes:
    """The encoded picture; `kind` is a key of VARIANTS, or "cut_off" / "not_an_image" (no picture)."""
    with _drawing:
        return _encoded(kind, variant % VARIANTS.get(kind, 4), crop, extension)


@lru_cache(maxsize=512)
def _encoded(kind: str, variant: int, crop: str, extension: str) -> bytes:
    if kind == "not_an_image":
        return b'{"error":"upstream storage is busy"}'
    if extension == "heic":
        # OpenCV reads no HEIC, so a container header is all a client can tell it by.
        return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(2_000)
    if kind == "cut_off":
        whole = _encoded("face", variant, crop, extension)
        return whole[: min(600, len(whole) // 20)]  # headers only: nothing of the picture itself
    import cv2

    image = _cropped(_frame(kind, variant), crop)
    quality = [cv2.IMWRITE_WEBP_QUALITY, 80] if extension == "webp" else [cv2.IMWRITE_JPEG_QUALITY, 82]
    _, data = cv2.imencode(f".{'webp' if extension == 'webp' else 'jpg'}", image, quality)
    return bytes(data)


@lru_cache(maxsize=96)
def _frame(kind: str, variant: int) -> Any:
    """The full frame as a HEIGHT × WIDTH × 3 array of bytes, blue first."""
    dice = Dice("frame", kind, variant)
    if kind == "face":
        return _toned(_portrait(dice, variant), dice)
    if kind == "small_face":
        return _with_inset(_toned(_scene(("coffee", "rocket")[variant % 2], dice), dice), dice)
    if kind in ("coffee", "rocket", "cat"):
        return _toned(_scene(kind, dice), dice)
    return _drawn(kind, dice)


@lru_cache(maxsize=8)
def _photograph(name: str) -> Any:
    import cv2
    from skimage import data

    source = {"coffee": data.coffee, "rocket": data.rocket, "cat": data.chelsea, "astronaut": data.astronaut}[name]
    return cv2.cvtColor(source(), cv2.COLOR_RGB2BGR)


def _portrait(dice: Dice, variant: int) -> Any:
    """The astronaut's head and shoulders filling the frame: the face covers 4 to 12 % of it."""
    import cv2

    width = int(dice.between(230, 285))
    height = width * HEIGHT // WIDTH
    left = min(512 - width, max(0, 222 - int(width * dice.between(0.45, 0.55))))
    cut = _photograph("astronaut")[0:height, left : left + width]
    frame = cv2.resize(cut, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return cv2.flip(frame, 1) if variant % 2 else frame


def _scene(name: str, dice: Dice) -> Any:
    import cv2

    photograph = _photograph(name)
    height, width = photograph.shape[:2]
    part = height * WIDTH // HEIGHT
    left = int(dice.between(0, width - part))
    return cv2.resize(photograph[:, left : left + part], (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def _with_inset(frame: Any, dice: Dice) -> Any:
    """A small picture of the astronaut in a corner: the face covers well under 1 % of the frame."""
    import cv2

    side = int(dice.between(190, 240))
    inset = cv2.resize(_photograph("astronaut"), (side, side), interpolation=cv2.INTER_AREA)
    top, left = int(dice.between(260, 760)), int(dice.between(120, 350))
    frame = frame.copy()
    frame[top : top + side, left : left + side] = inset
    return frame


def _drawn(kind: str, dice: Dice) -> Any:
    import cv2
    import numpy as np

    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    colours = [np.array([dice.below(256) for _ in range(3)], dtype=np.float32) for _ in range(2)]
    if kind == "texture":
        noise = np.random.default_rng(dice.bits()).normal(0, 40, (HEIGHT // 8, WIDTH // 8, 3)).astype(np.float32)
        return np.clip(colours[0] + cv2.resize(noise, (WIDTH, HEIGHT)), 0, 255).astype(np.uint8)
    along = ((down / HEIGHT + across / WIDTH) / 2)[..., None]
    frame = np.ascontiguousarray((colours[0] * (1 - along) + colours[1] * along).astype(np.uint8))
    if kind == "slide":
        for line, text in enumerate(("THREE THINGS", "I WISH I KNEW", "BEFORE I STARTED", f"PART {1 + dice.below(9)}")):
            cv2.putText(
                frame,
                text,
                (60, 460 + 110 * line),
                cv2.FONT_HERSHEY_DUPLEX,
                1.9,
                (255, 255, 255),
                4,
                cv2.LINE_AA,
            )
    return frame


def _toned(frame: Any, dice: Dice) -> Any:
    """The frame a little darker or lighter and warmer or cooler: no two variants are the same bytes."""
    import numpy as np

    gains = np.array([dice.between(0.85, 1.1) for _ in range(3)], dtype=np.float32)
    return np.clip(frame.astype(np.float32) * gains + dice.between(-8, 8), 0, 255).astype(np.uint8)


def _cropped(frame: Any, crop: str) -> Any:
    width, height = CROPS.get(crop, CROPS["origin_cover"])
    if (width, height) == (WIDTH, HEIGHT):
        return frame
    top, left = (HEIGHT - height) // 3, (WIDTH - width) // 2
    return frame[top : top + height, left : left + width]
