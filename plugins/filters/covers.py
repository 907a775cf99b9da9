"""Turns a cover's bytes into the upright BGR picture a face detector is given, or says why it cannot."""

import io
import logging
from typing import TYPE_CHECKING

from plugins.filters.image_headers import ImageHeader, UnreadableImageError, read_header
from plugins.filters.rules import FaceRules

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

_START_OF_SCAN = b"\xff\xda"
logging.getLogger("PIL").setLevel(logging.INFO)  # its debug lines name every chunk of every cover


def read_cover(rules: FaceRules, image: bytes) -> "np.ndarray":
    """The whole picture, upright (EXIF), three channels BGR, long side at most `rules.long_side`, never enlarged.

    Raises UnreadableImageError for what is no still JPEG, PNG, WebP or GIF, is cut off, broken, or past the limits.
    """
    _check_limits(rules, image, read_header(image))
    return _as_pixels(rules, _decode(rules, image))


def _check_limits(rules: FaceRules, image: bytes, header: ImageHeader) -> None:
    size = f"{header.width}×{header.height} pixels"
    if header.animated:
        raise UnreadableImageError(f"{header.format} that moves: it has no one frame")
    if header.width * header.height > rules.max_pixels or max(header.width, header.height) > rules.max_side:
        raise UnreadableImageError(f"{size}: too large to decode")
    if min(header.width, header.height) < rules.min_side:
        raise UnreadableImageError(f"{size}: too small to judge")
    if header.format == "JPEG" and image.count(_START_OF_SCAN) > rules.max_jpeg_scans:
        raise UnreadableImageError(f"JPEG of more than {rules.max_jpeg_scans} scans: too costly to decode")


def _decode(rules: FaceRules, image: bytes) -> "Image":
    """Pillow, not OpenCV: it refuses a picture that is cut off, where OpenCV paints the rest grey."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(image), formats=("JPEG", "PNG", "WEBP", "GIF")) as opened:
            if opened.format == "GIF" and getattr(opened, "is_animated", False):
                raise UnreadableImageError("GIF that moves: it has no one frame")
            # A JPEG is decoded at 1/2, 1/4 or 1/8 while that still leaves `long_side` pixels.
            opened.draft("RGB", _size_within(rules.long_side, opened.size))
            ImageOps.exif_transpose(opened, in_place=True)
            return opened.convert("RGB")
    except UnreadableImageError:
        raise
    except MemoryError:
        raise UnreadableImageError("not enough memory to decode") from None
    except Exception as error:
        raise UnreadableImageError(f"cannot be decoded ({str(error) or type(error).__name__})") from error


def shrink(pixels: "np.ndarray", long_side: int) -> "np.ndarray":
    """The picture with its long side at most `long_side` pixels; itself when it is no larger."""
    import cv2

    height, width = pixels.shape[:2]
    size = _size_within(long_side, (width, height))
    if size == (width, height):
        return pixels
    # Down to a half, four neighbours are all there is to average, at a fraction of the area's cost.
    is_slight = max(width, height) <= 2 * long_side
    return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR if is_slight else cv2.INTER_AREA)


def _size_within(long_side: int, size: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _as_pixels(rules: FaceRules, picture: "Image") -> "np.ndarray":
    import cv2
    import numpy as np

    return cv2.cvtColor(shrink(np.asarray(picture), rules.long_side), cv2.COLOR_RGB2BGR)
