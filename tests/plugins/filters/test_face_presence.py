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
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from plugins.filters import FaceFinding, FaceJudge, FaceModelError, face_judge, load_rules, rules_from_mapping
from plugins.filters.covers import read_cover
from plugins.filters.face_detectors import FIRST_LONG_SIDE, Face, Haar, YuNet, _Network, make_detector, packaged_model
from plugins.filters.face_samples import astronaut_cover, encode, face_samples

ROOT = Path(__file__).resolve().parents[3]
YUNET = "yunet-2023mar@384+640/0.845"


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
    """A cat is no face: 0 % and no score."""
    from skimage import data

    cat = encode(data.chelsea()[:, :, ::-1])
    assert FaceFinding("refused", 0.0, None, YUNET, None, False, 451, 300) == face_judge().judge(cat)


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


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
def test_a_moving_picture_is_undetermined(cover, name):
    """It has no one frame to be judged by."""
    still = Image.open(io.BytesIO(cover)).resize((90, 160))
    out = io.BytesIO()
    still.save(out, name, save_all=True, append_images=[still.rotate(180)], duration=100)
    finding = face_judge().judge(out.getvalue())
    assert ("undetermined", f"{name} that moves: it has no one frame") == (finding.decision, finding.reason)


def test_a_jpeg_of_endless_scans_is_not_decoded(cover):
    """Each scan of a progressive JPEG costs a pass over all its pixels."""
    finding = face_judge().judge(cover[:-2] + b"\xff\xda\x00\x02" * 500 + b"\xff\xd9")
    assert finding.reason == "JPEG of more than 100 scans: too costly to decode"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_broken_bytes_never_raise(data):
    """A picture with bytes changed anywhere, or any bytes after a known beginning, give a finding."""
    small = as_format(
        encode(astronaut_cover(7.0)[::4, ::4]), data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))
    )
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
    expected = replace(face_judge().judge(cover), detector="yunet:mine@384+640/0.845")
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
    ("percent", "threshold", "looks"), [(0.0, 2, 1), (2.2, 2, 2), (7.0, 2, 1), (30.0, 2, 1), (7.0, 20, 1), (7.0, 8, 2)]
)
def test_the_whole_picture_is_looked_at_only_in_doubt(monkeypatch, percent, threshold, looks):
    """No face, or a clear one far from the threshold, takes one look at a small copy; near the threshold a second follows."""
    seen: list[int] = []
    look = _Network.largest_face

    def noting(network: _Network, picture: np.ndarray) -> Face | None:
        seen.append(max(picture.shape))
        return look(network, picture)

    monkeypatch.setattr(_Network, "largest_face", noting)
    cover = astronaut_cover(percent) if percent else np.full((1280, 720, 3), 90, np.uint8)
    face_judge().judge(encode(cover), min_percent=threshold)
    assert seen == [FIRST_LONG_SIDE, 640][:looks]


def test_both_looks_decide_alike_on_every_sample():
    """What the small copy alone decides, the whole picture decides too, on the project's own labelled covers."""
    rules = load_rules().face
    both, whole = YuNet(rules, packaged_model()), _Network(packaged_model(), rules.min_score, rules.overlap)
    apart = []
    for label in face_samples():
        picture = read_cover(rules, label.image)
        first, second = both.largest_face(picture, rules.min_percent), whole.largest_face(picture)
        if (first is not None and first.percent > 2) != (second is not None and second.percent > 2):
            apart.append((label.name, first, second))
    assert apart == []


def test_a_small_picture_is_looked_at_whole():
    """A cover no larger than the small copy has nothing to be shrunk to: one look, at the full rules."""
    small = read_cover(load_rules().face, encode(astronaut_cover(12.0)[::4, ::4]))
    rules = load_rules().face
    whole = _Network(packaged_model(), rules.min_score, rules.overlap).largest_face(small)
    assert whole is not None
    assert whole == YuNet(rules, packaged_model()).largest_face(small, 2.0)


def test_haar_boxes_are_divided():
    """Haar's boxes are larger than YuNet's; divided, both tell about the same share."""
    picture = astronaut_cover(7.0)
    haar = Haar(load_rules().face).largest_face(picture, 2.0)
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
