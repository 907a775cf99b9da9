"""Turns a cover's bytes into the upright BGR picture a face detector is given, or says why it cannot."""

import io
import logging
from typing import TYPE_CHECKING

from plugins.filters.image_headers import TooManyPixelsError, UnreadableImageError, read_header
from plugins.filters.rules import FaceRules

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

_START_OF_SCAN = b"\xff\xda"
_SIXTEEN_TO_EIGHT = 257  # 65,535 ÷ 255
_BLANK_RANGE = 4  # of 255
_BEHIND = (128, 128, 128, 255)  # what shows through a see-through picture
logging.getLogger("PIL").setLevel(logging.INFO)  # its debug lines name every chunk of every cover


def read_cover(rules: FaceRules, image: bytes) -> "np.ndarray":
    """The whole picture, upright (EXIF), three channels BGR, long side at most `rules.long_side`, never enlarged.

    Of a picture that moves, its first frame. Raises UnreadableImageError for what is no JPEG, PNG, WebP or GIF, is cut off,
    broken, or past the limits.
    """
    header = read_header(image)
    _check_size(rules, header.width, header.height)
    if header.format == "JPEG" and image.count(_START_OF_SCAN) > rules.max_jpeg_scans:
        raise UnreadableImageError(f"JPEG of more than {rules.max_jpeg_scans} scans: too costly to decode")
    return _as_pixels(rules, _decode(rules, image))


def _check_size(rules: FaceRules, width: int, height: int) -> None:
    size = f"{width}×{height} pixels"
    if width * height > rules.max_pixels or max(width, height) > rules.max_side:
        raise TooManyPixelsError(f"{size}: too large to decode")
    if min(width, height) < rules.min_side:
        raise UnreadableImageError(f"{size}: too small to judge")
    if min(_size_within(rules.long_side, (width, height))) < rules.min_side:
        raise UnreadableImageError(f"{size}: too narrow to judge")  # shrunk, a face in it would be a few pixels high


def _decode(rules: FaceRules, image: bytes) -> "Image":
    """Pillow, not OpenCV: it refuses a picture that is cut off, where OpenCV paints the rest grey."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(image), formats=("JPEG", "PNG", "WEBP", "GIF")) as opened:
            _check_size(rules, *opened.size)  # a GIF's frame may be larger than its header says
            # A JPEG is decoded at 1/2, 1/4 or 1/8 while that still leaves `long_side` pixels.
            opened.draft("RGB", _size_within(rules.long_side, opened.size))
            opened.load()  # the first frame of a picture that moves; no other is decoded
            picture = _in_colour(_upright(opened))
            if _is_blank(picture) and getattr(opened, "is_animated", False):
                raise UnreadableImageError(f"{opened.format} that moves, and its first frame is blank")
            return picture
    except UnreadableImageError:
        raise
    except MemoryError:
        raise UnreadableImageError("not enough memory to decode") from None
    except Exception as error:
        raise UnreadableImageError(f"cannot be decoded ({str(error) or type(error).__name__})") from error


def _upright(picture: "Image") -> "Image":
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001 - an unreadable note about the picture is no reason to leave the picture unread
        return picture


def _in_colour(picture: "Image") -> "Image":
    """Three channels of eight bits, as an eye sees them: sixteen bits scaled, see-through parts over grey."""
    import numpy as np
    from PIL import Image

    if picture.mode.startswith("I"):  # grey of sixteen bits, which Pillow's own conversion clips to white
        picture = Image.fromarray((np.asarray(picture).astype(np.uint32) // _SIXTEEN_TO_EIGHT).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, _BEHIND), picture).convert("RGB")


def _is_blank(picture: "Image") -> bool:
    """One colour, as before a picture fades in. Of an eighth of the size, so that it costs next to nothing."""
    import numpy as np

    return int(np.ptp(np.asarray(picture.reduce(8)), axis=(0, 1)).max()) <= _BLANK_RANGE


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
