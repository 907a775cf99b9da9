"""Layer 3 on real photographs and on bytes that are no photographs."""

from __future__ import annotations

import io
import logging
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from plugins.filters import FaceFinding, FaceJudge, FaceModelError, face_judge, load_rules, rules_from_mapping
from plugins.filters.covers import read_cover
from plugins.filters.face_detectors import Face, Haar, YuNet, _face, _Network, make_detector, packaged_model
from plugins.filters.face_presence import judge_again
from plugins.filters.face_samples import astronaut_cover, encode, face_samples
from tests.examples import examples

ROOT = Path(__file__).resolve().parents[3]
YUNET = "yunet-2023mar@384+640/0.75-0.845"

# The fast lane looks at one kind of moving picture.
MOVING = ["WEBP", *(pytest.param(name, marks=pytest.mark.thorough) for name in ("GIF", "PNG"))]


@pytest.fixture(scope="module")
def cover() -> bytes:
    """A JPEG of 720×1280 whose one face covers 7 % of it."""
    return encode(astronaut_cover(7.0))


def percent_of(image: bytes) -> float:
    """The share that was found, in percent."""
    percent = face_judge().judge(image).percent
    assert percent is not None
    return percent


def as_format(cover: bytes, name: str, **options) -> bytes:
    """The same picture in another format."""
    out = io.BytesIO()
    Image.open(io.BytesIO(cover)).save(out, name, **options)
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims this size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def webp(kind: bytes, body: bytes) -> bytes:
    """A WebP of one chunk."""
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


WEBP_BOMBS = {
    "VP8L": webp(b"VP8L", b"\x2f" + ((16383) | (16383 << 14)).to_bytes(4, "little") + bytes(64)),
    "VP8": webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383) + bytes(64)),
    "VP8X": webp(b"VP8X", bytes(4) + (99_999).to_bytes(3, "little") * 2),
}


def test_a_clear_face_is_accepted(cover):
    """Decision, share, detector and size are told; the share is near the 7 % drawn."""
    finding = face_judge().judge(cover)
    assert FaceFinding("accepted", finding.percent, finding.score, YUNET, None, False, 720, 1280) == finding
    assert 6.0 < percent_of(cover) < 8.0
    assert finding.score is not None
    assert 0.845 <= finding.score <= 1


@pytest.mark.parametrize(
    ("percent", "decision"), [(0.6, "refused"), (1.3, "refused"), (3.0, "accepted"), (30.0, "accepted")]
)
def test_the_share_of_the_frame_decides(percent, decision):
    """The same face is refused small and accepted large."""
    assert decision == face_judge().judge(encode(astronaut_cover(percent))).decision


def test_a_cover_without_a_face_is_refused():
    """A wall is no face: 0 % and no score."""
    from skimage import data

    wall = encode(np.dstack([data.brick()] * 3))
    assert FaceFinding("refused", 0.0, None, YUNET, None, False, 512, 512) == face_judge().judge(wall)


def test_more_than_the_threshold_is_strict(cover):
    """A face of exactly the threshold is refused; near the threshold it is noted as uncertain."""
    exactly = face_judge().judge(cover, min_percent=percent_of(cover)).percent  # of the look that a size near it takes
    assert exactly is not None
    at, above = (face_judge().judge(cover, min_percent=p) for p in (exactly, exactly - 0.2))
    assert (at.decision, at.uncertain, above.decision, above.uncertain) == ("refused", True, "accepted", True)


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF"])
def test_other_still_formats_are_read(cover, name):
    """PNG, WebP and still GIF are judged like JPEG."""
    assert face_judge().judge(as_format(cover, name)).decision == "accepted"


def test_a_turned_picture_is_set_upright(cover):
    """EXIF orientation 6: stored lying on its side, judged upright."""
    lying = Image.open(io.BytesIO(cover)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=exif, quality=90)
    finding = face_judge().judge(out.getvalue())
    assert (finding.decision, finding.width, finding.height) == ("accepted", 1280, 720)
    assert 6.0 < percent_of(out.getvalue()) < 8.0


def test_large_pictures_are_shrunk_and_small_ones_left(cover):
    """The share is the same at three times and at a third of the size."""
    original = Image.open(io.BytesIO(cover))
    for factor in (3, 1 / 3):
        out = io.BytesIO()
        original.resize((round(720 * factor), round(1280 * factor))).save(out, "JPEG", quality=90)
        assert 6.0 < percent_of(out.getvalue()) < 8.0


@pytest.mark.parametrize("keep", [0.0, 0.001, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_a_cover_cut_off_is_undetermined(cover, name, keep):
    """However much of it arrived, a picture that is not whole is not judged."""
    whole = as_format(cover, name)
    finding = face_judge().judge(whole[: int(len(whole) * keep)])
    assert (finding.decision, finding.percent, finding.score) == ("undetermined", None, None)
    assert finding.reason


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (b"", "no bytes"),
        (b"<html>not found</html>", "not a JPEG, PNG, WebP or GIF"),
        (b"\xff\xd8", "cut off inside its header"),
        (b"\xff\xd8\xff\xd9" + bytes(64), "JPEG without a frame header"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(64), "HEIC is not read"),
        (b"\x00\x00\x00\x18ftypavif" + bytes(64), "AVIF is not read"),
        (png(50_000, 50_000), "50000×50000 pixels: too large to decode"),
        (png(9_000, 64), "9000×64 pixels: too large to decode"),
        (png(1, 1), "1×1 pixels: too small to judge"),
        (WEBP_BOMBS["VP8L"], "16384×16384 pixels: too large to decode"),
        (WEBP_BOMBS["VP8"], "16383×16383 pixels: too large to decode"),
        (WEBP_BOMBS["VP8X"], "100000×100000 pixels: too large to decode"),
    ],
)
def test_bytes_that_may_not_be_decoded_are_undetermined(image, reason):
    """The reason says why; size limits hold by the header, before anything is decoded."""
    finding = face_judge().judge(image)
    assert ("undetermined", reason) == (finding.decision, finding.reason)


def test_a_frame_larger_than_its_canvas_is_not_decoded():
    """An extended WebP may not smuggle a large frame in under a small canvas."""
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (99).to_bytes(3, "little") * 2
    body = canvas + WEBP_BOMBS["VP8L"][12:]
    image = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    assert face_judge().judge(image).reason == "WebP whose frame and canvas differ"


def moving(name: str, *frames: Image.Image) -> bytes:
    """A picture that moves through these frames."""
    out = io.BytesIO()
    frames[0].save(out, name, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def frame(cover: bytes) -> Image.Image:
    """The cover as a picture."""
    return Image.open(io.BytesIO(cover)).convert("RGB")


@pytest.mark.parametrize("name", MOVING)
def test_a_moving_picture_is_judged_by_its_first_frame(cover, name):
    """A face that is there at first and gone later is accepted; one that only comes later is not."""
    face, street = frame(cover), Image.effect_noise((720, 1280), 60).convert("RGB")
    first, later = (face_judge().judge(moving(name, *frames)) for frames in ((face, street), (street, face)))
    assert (first.decision, first.width, first.height, later.decision) == ("accepted", 720, 1280, "refused")
    assert 6.0 < (first.percent or 0) < 8.0


@pytest.mark.parametrize("name", MOVING)
def test_a_moving_picture_that_fades_in_is_undetermined(cover, name):
    """A blank first frame shows nothing to judge by; a blank still picture has no face."""
    blank = Image.new("RGB", (720, 1280), (20, 20, 20))
    faded = face_judge().judge(moving(name, blank, frame(cover)))
    assert ("undetermined", f"{name} that moves, and its first frame is blank") == (faded.decision, faded.reason)
    assert face_judge().judge(as_format(encode(np.full((1280, 720, 3), 20, np.uint8)), name)).decision == "refused"


def grey16(cover: bytes) -> bytes:
    """A PNG of one channel of sixteen bits."""
    out = io.BytesIO()
    Image.fromarray(np.asarray(frame(cover).convert("L")).astype(np.uint16) * 257).save(out, "PNG")
    return out.getvalue()


def sixteen_bits(cover: bytes, channels: int) -> bytes:
    """A PNG of three or four channels of sixteen bits."""
    import cv2

    deep = np.asarray(frame(cover))[:, :, ::-1].astype(np.uint16) * 257
    deep = np.dstack([deep, np.full(deep.shape[:2], 65_535, np.uint16)])[:, :, :channels]
    return bytes(cv2.imencode(".png", deep)[1])


def cut_out(cover: bytes) -> Image.Image:
    """The cover with everything but its middle see-through, and white below."""
    clear = np.dstack([np.asarray(frame(cover)), np.zeros((1280, 720), np.uint8)])
    clear[200:900, 60:660, 3] = 255
    clear[clear[:, :, 3] == 0, :3] = 255
    return Image.fromarray(clear)


FORMS = {
    "grey of sixteen bits": grey16,
    "RGB of sixteen bits": lambda cover: sixteen_bits(cover, 3),
    "RGBA of sixteen bits": lambda cover: sixteen_bits(cover, 4),
    "palette": lambda cover: saved(frame(cover).quantize(256), "PNG"),
    "palette with a see-through colour": lambda cover: saved(frame(cover).quantize(255), "PNG", transparency=3),
    "grey with alpha": lambda cover: saved(frame(cover).convert("LA"), "PNG"),
    "RGBA cut out": lambda cover: saved(cut_out(cover), "PNG"),
    "WebP cut out": lambda cover: saved(cut_out(cover), "WEBP", lossless=True),
    "one bit": lambda cover: saved(frame(cover).convert("1"), "PNG"),
    "CMYK": lambda cover: saved(frame(cover).convert("CMYK"), "JPEG"),
    "grey JPEG": lambda cover: saved(frame(cover).convert("L"), "JPEG"),
    "progressive": lambda cover: saved(frame(cover), "JPEG", progressive=True),
    "two pictures in one": lambda cover: saved(frame(cover), "MPO", save_all=True, append_images=[frame(cover)]),
    "JPEG with a broken EXIF": lambda cover: saved(frame(cover), "JPEG", exif=b"Exif\0\0junkjunkjunk"),
    "PNG with a broken EXIF": lambda cover: saved(frame(cover), "PNG", exif=b"Exif\0\0junkjunkjunk"),
    "WebP with a broken EXIF": lambda cover: saved(frame(cover), "WEBP", exif=b"Exif\0\0junkjunkjunk"),
    "wide": lambda cover: saved(wide(cover), "JPEG"),
}


def saved(picture: Image.Image, name: str, **options) -> bytes:
    """The picture's bytes."""
    out = io.BytesIO()
    picture.save(out, name, **options)
    return out.getvalue()


def wide(cover: bytes) -> Image.Image:
    """The cover's upper part, in a frame ten times as wide as high: its face covers about 6 % of that."""
    part = frame(cover).crop((60, 300, 660, 700))
    frame_ = Image.new("RGB", (2400, 400), (90, 120, 150))
    frame_.paste(part, (600, 0))
    return frame_


@pytest.mark.parametrize("form", FORMS)
def test_every_form_a_picture_may_have_is_seen_as_an_eye_sees_it(cover, form):
    """The one face is found in all of them."""
    finding = face_judge().judge(FORMS[form](cover))
    assert (finding.decision, finding.reason) == ("accepted", None)
    assert finding.percent is not None
    assert 5.0 < finding.percent < 9.0


def test_what_is_see_through_is_not_seen(cover):
    """A face under full transparency is nothing anybody sees."""
    hidden = frame(cover).convert("RGBA")
    hidden.putalpha(0)
    assert face_judge().judge(saved(hidden, "PNG")).decision == "refused"


@pytest.mark.parametrize("size", [(8000, 60), (60, 8000), (3000, 120)])
def test_a_picture_too_narrow_to_be_shrunk_is_undetermined(cover, size):
    """Shrunk to the long side, a face in it would be a few pixels high: that none is found says nothing."""
    finding = face_judge().judge(saved(frame(cover).resize(size), "PNG"))
    reason = f"{size[0]}×{size[1]} pixels: too narrow to judge"
    assert ("undetermined", None, reason) == (finding.decision, finding.percent, finding.reason)


def test_a_gif_whose_frame_is_larger_than_it_says_is_not_decoded():
    """The frame's own size is held against the limits too."""
    image = bytearray(as_format(encode(np.zeros((64, 64, 3), np.uint8)), "GIF"))
    place = image.index(b",", 13) + 5
    image[place : place + 4] = struct.pack("<HH", 12_000, 12_000)
    assert face_judge().judge(bytes(image)).reason == "12000×12000 pixels: too large to decode"


def test_a_moving_webp_whose_frame_is_larger_than_its_canvas_is_not_decoded():
    """A frame of a moving picture may be smaller than its canvas, never larger."""
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + (99).to_bytes(3, "little") * 2
    inner = WEBP_BOMBS["VP8L"][12:]
    frames = b"ANMF" + struct.pack("<I", 16 + len(inner)) + bytes(16) + inner
    body = canvas + b"ANIM" + struct.pack("<I", 6) + bytes(6) + frames
    image = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
    assert face_judge().judge(image).reason == "WebP whose frame and canvas differ"


def test_a_jpeg_of_endless_scans_is_not_decoded(cover):
    """Each scan of a progressive JPEG costs a pass over all its pixels."""
    finding = face_judge().judge(cover[:-2] + b"\xff\xda\x00\x02" * 500 + b"\xff\xd9")
    assert finding.reason == "JPEG of more than 100 scans: too costly to decode"


@cache
def small_cover(name: str) -> bytes:
    """A picture of 180×320 in this format."""
    return as_format(encode(astronaut_cover(7.0)[::4, ::4]), name)


@examples(150)
@given(st.data())
def test_broken_bytes_never_raise(data):
    """A picture with bytes changed anywhere, or any bytes after a known beginning, give a finding."""
    small = small_cover(data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"])))
    places = data.draw(st.lists(st.tuples(st.integers(0, len(small) - 1), st.integers(0, 255)), max_size=20))
    broken = bytearray(small)
    for place, value in places:
        broken[place] = value
    junk = small[: data.draw(st.integers(0, 32))] + data.draw(st.binary(max_size=64))
    for image in (bytes(broken), junk):
        assert face_judge().judge(image).decision in ("accepted", "refused", "undetermined")


def test_one_judge_serves_many_threads(cover):
    """Sixteen covers of different sizes judged at once come out as one after the other."""
    covers = [cover, encode(astronaut_cover(12.0)[::2, ::2]), encode(astronaut_cover(0.6)), b"junk"] * 4
    one_by_one = [face_judge().judge(image) for image in covers]
    with ThreadPoolExecutor(8) as pool:
        assert one_by_one == list(pool.map(face_judge().judge, covers))


def test_the_process_has_one_judge():
    """The model is loaded once."""
    assert face_judge() is face_judge()


def test_a_named_model_is_used(tmp_path, cover):
    """A copy of the model under another name judges the same and is named in the finding."""
    path = tmp_path / "mine.onnx"
    path.write_bytes(packaged_model().read_bytes())
    expected = replace(face_judge().judge(cover), detector="yunet:mine@384+640/0.75-0.845")
    assert expected == FaceJudge(load_rules(), str(path)).judge(cover)


def test_a_named_model_that_is_missing_or_broken_is_an_error(tmp_path):
    """What an operator chose is never silently replaced; the error names the file."""
    with pytest.raises(FaceModelError, match=r"FACE_MODEL names .*nowhere\.onnx, which is no file"):
        FaceJudge(load_rules(), str(tmp_path / "nowhere.onnx"))
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with pytest.raises(FaceModelError, match=r"broken\.onnx cannot be loaded"):
        FaceJudge(load_rules(), str(tmp_path / "broken.onnx"))


def test_without_a_model_the_haar_cascade_judges(monkeypatch, caplog, cover):
    """No installed model: a warning with the reason, and another detector's name in the finding."""
    packaged_model.cache_clear()
    monkeypatch.setattr("plugins.filters.face_detectors.MODEL_PACKAGE", "no_such_package")
    with caplog.at_level(logging.WARNING):
        judge = FaceJudge(load_rules())
    packaged_model.cache_clear()
    finding = judge.judge(cover)
    assert (finding.decision, finding.detector, finding.score) == ("accepted", "haar-alt2@640/3", None)
    assert "is not installed" in caplog.text


@pytest.mark.parametrize(
    ("percent", "threshold", "looks"),
    [
        (0.0, 2, [384, 384, 384]),
        (2.2, 2, [384, 640]),
        (7.0, 2, [384]),
        (30.0, 2, [384]),
        (7.0, 20, [384]),
        (7.0, 8, [384, 640]),
    ],
)
def test_the_whole_picture_is_looked_at_only_in_doubt(monkeypatch, percent, threshold, looks):
    """A clear face far from the threshold takes one look at a small copy, near it a second follows; none: sideways as well."""
    seen: list[int] = []
    look = _Network.faces

    def noting(network: _Network, picture: np.ndarray) -> list[Face]:
        seen.append(max(picture.shape))
        return look(network, picture)

    monkeypatch.setattr(_Network, "faces", noting)
    cover = astronaut_cover(percent) if percent else np.full((1280, 720, 3), 90, np.uint8)
    face_judge().judge(encode(cover), min_percent=threshold)
    assert seen == looks


def some_covers() -> list[bytes]:
    """One face in the sizes that matter, and a picture without any."""
    return [
        encode(picture)
        for picture in (*map(astronaut_cover, (0.6, 1.3, 3.0, 7.0, 30.0)), np.zeros_like(astronaut_cover(1)))
    ]


@pytest.mark.parametrize(
    "covers", [some_covers, pytest.param(lambda: [label.image for label in face_samples()], marks=pytest.mark.thorough)]
)
def test_both_looks_decide_alike(covers):
    """What the small copy alone decides, the whole picture decides too: on some covers, and on all labelled ones."""
    judge, whole = face_judge(), FaceJudge(rules_from_mapping({"version": "whole"}))
    network = _Network(packaged_model(), load_rules().face.min_score, load_rules().face.overlap)
    whole._detector = WholeOnly(network)
    images = covers()
    assert [judge.judge(image).decision for image in images] == [whole.judge(image).decision for image in images]


class WholeOnly:
    """One look at the whole picture, and the largest face in it."""

    name = "whole"

    def __init__(self, network: _Network) -> None:
        self._network = network

    def deciding_face(self, picture: np.ndarray, threshold: float) -> Face | None:
        return max(self._network.faces(picture), key=lambda face: face.percent, default=None)


class Looks:
    """Stands for a network: what it sees in the small copy and in the whole picture, upright and turned."""

    def __init__(self, *found: list[Face]) -> None:
        self._found = list(found)

    def faces(self, picture: np.ndarray) -> list[Face]:
        return self._found.pop(0) if self._found else []


@pytest.mark.parametrize(
    ("small", "whole", "decides"),
    [
        # Sure in the copy, missed or shrunk in the whole picture: the copy's finding stands.
        ([Face(9.0, 0.9)], [], None),
        ([Face(2.1, 0.9)], [], Face(2.1, 0.9)),
        ([Face(9.0, 0.9), Face(30.0, 0.3)], [], Face(9.0, 0.9)),
        ([Face(9.0, 0.9), Face(30.0, 0.3)], [Face(0.5, 0.9)], Face(9.0, 0.9)),
        # Near the threshold the size in the whole picture is the better one.
        ([Face(2.1, 0.9)], [Face(1.9, 0.9)], Face(1.9, 0.9)),
        # The whole picture finds what the copy only suspects.
        ([Face(9.0, 0.3)], [Face(8.0, 0.86)], Face(8.0, 0.86)),
        # Unsure in the copy, and not confirmed: perhaps a face.
        ([Face(9.0, 0.87)], [], Face(9.0, 0.8449)),
        ([Face(9.0, 0.87)], [Face(8.0, 0.8)], Face(8.0, 0.8)),
        # A large one that may be a face decides before a small one that is.
        ([Face(9.0, 0.8), Face(0.5, 0.95)], [Face(9.0, 0.8), Face(0.5, 0.95)], Face(9.0, 0.8)),
        # Only faint: what comes closest, not what is largest.
        ([Face(9.0, 0.3), Face(5.0, 0.4)], [Face(9.0, 0.5), Face(40.0, 0.3)], Face(9.0, 0.5)),
    ],
)
def test_neither_look_throws_away_what_the_other_found(small, whole, decides):
    """The findings of both are put together: which face decides, with what score."""
    yunet = YuNet(load_rules().face, packaged_model())
    yunet._first, yunet._second = Looks(small), Looks(whole)  # type: ignore[assignment]
    assert yunet.deciding_face(np.zeros((640, 640, 3), np.uint8), 2.0) == (decides or small[0])


def test_the_box_is_where_the_face_is(cover):
    """Its area is the share that was measured, and it lies over the drawn face; what shows no face has none."""
    finding = face_judge().judge(cover)
    assert finding.box is not None
    assert finding.percent is not None
    assert abs(100 * finding.box.width * finding.box.height - finding.percent) < 0.05
    blotted = frame(cover)
    left, top, width, height = (
        round(share * side) for share, side in zip(finding.box, (720, 1280, 720, 1280), strict=True)
    )
    blotted.paste((128, 128, 128), (left, top, left + width, top + height))
    assert face_judge().judge(saved(blotted, "JPEG")).box is None


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        # What is at (x, y) is at (y, 1 - x) once the picture is turned against the clock, at (1 - y, x) with it.
        (Image.Transpose.ROTATE_90, lambda box: (box.top, 1 - box.left - box.width, box.height, box.width)),
        (Image.Transpose.ROTATE_270, lambda box: (1 - box.top - box.height, box.left, box.height, box.width)),
    ],
)
def test_the_box_of_a_face_on_its_side_lies_in_the_upright_picture(cover, turn, expected):
    """It is where the face is in the picture as it came, not in the copy that was turned."""
    upright, turned = (
        face_judge().judge(saved(picture, "PNG")).box for picture in (frame(cover), frame(cover).transpose(turn))
    )
    assert upright is not None
    assert turned is not None
    assert tuple(turned) == pytest.approx(expected(upright), abs=0.06)  # the detector likes one side better


def test_a_box_ends_at_the_frame():
    """A quarter of a face that hangs over the corner counts, and the box is that quarter; of Haar's a part of it."""
    face = _face((-20, -10, 40, 20), 100, 100, score=0.9)
    assert (face.percent, face.box) == (2.0, (0.0, 0.0, 0.2, 0.1))
    part = _face((0, 0, 40, 20), 100, 100, score=None, divisor=4.0)
    assert (part.percent, part.box) == (2.0, (0.1, 0.05, 0.2, 0.1))


@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270])
def test_a_face_that_lies_on_its_side_is_found(cover, turn):
    """Either way; its share of the frame is the same."""
    finding = face_judge().judge(saved(frame(cover).transpose(turn), "JPEG"))
    assert finding.decision == "accepted"
    assert 6.0 < (finding.percent or 0) < 8.0


def blurred(cover: bytes, least: float, most: float) -> bytes:
    """The cover so blurred that its face scores between these."""
    import cv2

    whole = cv2.resize(np.asarray(frame(cover))[:, :, ::-1], (360, 640))
    for sigma in np.arange(3, 30, 0.5):
        image = encode(cv2.GaussianBlur(whole, (0, 0), float(sigma)), ".png")
        finding = face_judge().judge(image)
        if finding.score is not None and least <= finding.score < most:
            return image
    raise AssertionError("no blur gives such a score")


def test_what_may_be_a_face_is_refused_and_uncertain(cover):
    """A score just short of a face's keeps share and score; by rules of a lower score it is accepted."""
    image = blurred(cover, 0.75, 0.845)
    finding = face_judge().judge(image)
    assert (finding.decision, finding.uncertain) == ("refused", True)
    assert (finding.percent or 0) > 2
    lower = rules_from_mapping({"version": "draft", "face": {"min_score": 0.75}})
    assert FaceJudge(lower).judge(image).decision == "accepted"


def test_what_is_hardly_like_a_face_keeps_its_score_alone(cover):
    """Below what may be a face there is none: 0 %, not uncertain, and the best score there was."""
    finding = face_judge().judge(blurred(cover, 0.3, 0.75))
    assert (finding.decision, finding.percent, finding.uncertain) == ("refused", 0.0, False)
    assert 0.3 <= (finding.score or 0) < 0.75


@pytest.mark.parametrize(
    ("percent", "score", "judged"),
    [
        (9.0, 0.845, ("accepted", False)),
        (9.0, 0.8449, ("refused", True)),
        (9.0, 0.75, ("refused", True)),
        (9.0, 0.7499, ("refused", False)),
        (2.0, 0.9, ("refused", True)),
        (2.3, 0.9, ("accepted", True)),
        (1.6, 0.9, ("refused", False)),
        (1.6, 0.8, ("refused", False)),  # too small, be it a face or not
        (9.0, None, ("accepted", False)),  # a detector without scores
        (0.0, None, ("refused", False)),
    ],
)
def test_what_was_measured_is_judged_again(percent, score, judged):
    """Share and score decide together, now and later."""
    assert judge_again(load_rules().face, percent, score, 2.0) == judged


def test_a_small_picture_is_looked_at_whole():
    """A cover no larger than the small copy has nothing to be shrunk to: one look."""
    small = read_cover(load_rules().face, encode(astronaut_cover(12.0)[::4, ::4]))
    rules = load_rules().face
    (whole,) = _Network(packaged_model(), rules.min_score, rules.overlap).faces(small)
    assert whole == YuNet(rules, packaged_model()).deciding_face(small, 2.0)


def test_haar_boxes_are_divided():
    """Haar's boxes are larger than YuNet's; divided, both tell about the same share."""
    picture = astronaut_cover(7.0)
    haar = Haar(load_rules().face).deciding_face(picture, 2.0)
    assert haar is not None
    assert haar.percent == pytest.approx(percent_of(encode(picture)), rel=0.35)


def test_the_threshold_is_data(cover):
    """Draft rules with a threshold of 10 % refuse the same cover."""
    draft = rules_from_mapping({"version": "draft", "face": {"min_percent": 10}})
    assert FaceJudge(draft).judge(cover).decision == "refused"


def test_opencv_is_loaded_only_to_judge():
    """Importing the filters and judging texts loads no OpenCV, NumPy or Pillow: DAG files are parsed all the time."""
    script = (
        "import sys, plugins.filters as f; f.judge_pronoun(f.load_rules(), 'he');"
        "print(sorted({'cv2', 'numpy', 'PIL', 'airflow', 'skimage'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_the_detector_keeps_to_one_thread():
    """The worker's other tasks keep their cores."""
    import cv2

    make_detector(load_rules().face)
    assert cv2.getNumThreads() == 1
