"""Reads an image's format and size from its first bytes, so that limits hold before anything is decoded.

A 10 kB WebP or PNG can claim a gigabyte of pixels. Sources: ITU-T T.81 B (JPEG), PNG specification 11.2, RFC 9649
(WebP), GIF89a specification 18.
"""

import struct
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_ISO_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "HEIC"),
    **dict.fromkeys((b"mif1", b"mif2", b"msf1"), "HEIF"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
}
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STAND_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


class UnreadableImageError(ValueError):
    """The bytes are no image that may be decoded; the message says why."""


class TooManyPixelsError(UnreadableImageError):
    """It would take more memory to decode than any picture is worth."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image claims to be: Pillow's name of its format, width and height in pixels."""

    format: str
    width: int
    height: int


def read_header(image: bytes) -> ImageHeader:
    """The header of a JPEG, PNG, WebP or GIF. Raises UnreadableImageError for anything else or a broken one."""
    if not image:
        raise UnreadableImageError("no bytes")
    try:
        if image.startswith(b"\xff\xd8"):
            return _jpeg(image)
        if image.startswith(_PNG):
            return _png(image)
        if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
            return _webp(image)
        if image[:6] in (b"GIF87a", b"GIF89a"):
            width, height = struct.unpack_from("<HH", image, 6)
            return ImageHeader("GIF", width, height)
    except (struct.error, IndexError):
        raise UnreadableImageError("cut off inside its header") from None
    if image[4:8] == b"ftyp":
        raise UnreadableImageError(f"{_ISO_BRANDS.get(image[8:12], 'MP4-like')} is not read")
    raise UnreadableImageError("not a JPEG, PNG, WebP or GIF")


def _jpeg(image: bytes) -> ImageHeader:
    here = 2
    while True:
        while image[here] != 0xFF or image[here + 1] in (0xFF, 0x00):
            here += 1
        marker = image[here + 1]
        here += 2
        if marker in _STAND_ALONE:
            continue
        if marker in (0xD9, 0xDA):
            raise UnreadableImageError("JPEG without a frame header")
        (length,) = struct.unpack_from(">H", image, here)
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", image, here + 3)
            return ImageHeader("JPEG", width, height)
        here += max(length, 2)


def _png(image: bytes) -> ImageHeader:
    if image[12:16] != b"IHDR":
        raise UnreadableImageError("PNG without a header chunk")
    width, height = struct.unpack_from(">II", image, 16)
    return ImageHeader("PNG", width, height)


def _webp(image: bytes) -> ImageHeader:
    kind = image[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(_bytes(image, 24, 3), "little")
        height = 1 + int.from_bytes(_bytes(image, 27, 3), "little")
        _agree_with_frame(image, width, height)
        return ImageHeader("WEBP", width, height)
    if kind in (b"VP8 ", b"VP8L"):
        return ImageHeader("WEBP", *_webp_frame(image, 12))
    raise UnreadableImageError("WebP without a known first chunk")


def _agree_with_frame(image: bytes, width: int, height: int) -> None:
    """An extended WebP names its size twice; the decoder goes by the frame."""
    here = 12
    while here + 8 <= len(image):
        kind = image[here : here + 4]
        if kind == b"ANMF":  # a frame of a moving picture, which may be smaller
            _keep_within(image, here, width, height)
            return
        if kind in (b"VP8 ", b"VP8L"):
            if _webp_frame(image, here) != (width, height):
                raise UnreadableImageError("WebP whose frame and canvas differ")
            return
        (length,) = struct.unpack_from("<I", image, here + 4)
        here += 8 + length + (length & 1)


def _keep_within(image: bytes, chunk: int, width: int, height: int) -> None:
    """The first frame of a moving WebP, `ANMF`: 16 bytes that place it, then chunks of which one holds its pixels."""
    (length,) = struct.unpack_from("<I", image, chunk + 4)
    here = chunk + 24
    while here + 8 <= min(chunk + 8 + length, len(image)):
        if image[here : here + 4] in (b"VP8 ", b"VP8L"):
            frame_width, frame_height = _webp_frame(image, here)
            if frame_width > width or frame_height > height:
                raise UnreadableImageError("WebP whose frame and canvas differ")
            return
        (inner,) = struct.unpack_from("<I", image, here + 4)
        here += 8 + inner + (inner & 1)


def _webp_frame(image: bytes, chunk: int) -> tuple[int, int]:
    if image[chunk : chunk + 4] == b"VP8L":
        bits = int.from_bytes(_bytes(image, chunk + 9, 4), "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", image, chunk + 14)
    return width & 0x3FFF, height & 0x3FFF


def _bytes(image: bytes, start: int, count: int) -> bytes:
    if len(image) < start + count:
        raise IndexError
    return image[start : start + count]
