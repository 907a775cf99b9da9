"""Layer 3: does a face fill more than a given share of the cover? A cover nobody can read is undetermined."""

import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from plugins.filters.covers import read_cover
from plugins.filters.face_detectors import Box, make_detector
from plugins.filters.image_headers import UnreadableImageError, read_header
from plugins.filters.rules import FaceRules, Rules, load_rules

Decision = Literal["accepted", "refused", "undetermined"]


@dataclass(frozen=True, slots=True)
class FaceFinding:
    """What was found on a cover, and how.

    `percent`: area of the largest face's box, clipped to the frame, in percent of the frame; 0.0 when no face was
    found; None when undetermined. `score`: the detector's, 0 to 1; of what came closest when no face was found, None when
    nothing did, or from a detector that gives none. `uncertain`: too close to the least share, or to the least score, to be
    sure. `reason`: why undetermined. `width`, `height`: of the cover as stored, in pixels, when its header says. `box`: where
    in the upright frame that which was measured is; None when nothing was. It is not compared.
    """

    decision: Decision
    percent: float | None
    score: float | None
    detector: str
    reason: str | None = None
    uncertain: bool = False
    width: int | None = None
    height: int | None = None
    box: Box | None = field(default=None, compare=False)


class FaceJudge:
    """Judges covers with one detector; safe to share between threads.

    Raises FaceModelError on construction when a `model_path` is given that cannot be used.
    """

    def __init__(self, rules: Rules, model_path: str | None = None) -> None:
        self._rules = rules.face
        self._detector = make_detector(rules.face, model_path)
        self._lock = threading.Lock()

    def judge(self, image: bytes, *, min_percent: float | None = None) -> FaceFinding:
        """Judges a cover's bytes; accepts only above `min_percent` (default: the rules'). Never raises on any bytes."""
        threshold = self._rules.min_percent if min_percent is None else min_percent
        width, height = _stated_size(image)
        try:
            picture = read_cover(self._rules, image)
        except UnreadableImageError as error:
            return self._finding("undetermined", reason=str(error), width=width, height=height)
        with self._lock:
            face = self._detector.deciding_face(picture, threshold)
        score = face.score if face else None
        percent = face.percent if face and _may_be_face(self._rules, score) else 0.0
        decision, uncertain = judge_again(self._rules, percent, score, threshold)
        box = face.box if face and percent else None
        return self._finding(
            decision, percent=percent, score=score, uncertain=uncertain, width=width, height=height, box=box
        )

    def _finding(
        self,
        decision: Decision,
        *,
        percent: float | None = None,
        score: float | None = None,
        reason: str | None = None,
        uncertain: bool = False,
        width: int | None = None,
        height: int | None = None,
        box: Box | None = None,
    ) -> FaceFinding:
        return FaceFinding(
            decision,
            percent,
            score,
            self._detector.name,
            reason,
            uncertain=uncertain,
            width=width,
            height=height,
            box=box,
        )


def judge_again(
    rules: FaceRules, percent: float, score: float | None, threshold: float
) -> tuple[Literal["accepted", "refused"], bool]:
    """The decision on what was measured of a cover, and whether it is uncertain."""
    is_face = score is None or score >= rules.min_score
    accepted = is_face and percent > threshold
    return "accepted" if accepted else "refused", _is_uncertain(rules, percent, score, threshold)


def _may_be_face(rules: FaceRules, score: float | None) -> bool:
    return score is None or score >= min(rules.uncertain_from_score, rules.min_score)


def _is_uncertain(rules: FaceRules, percent: float, score: float | None, threshold: float) -> bool:
    """Of a size in the band of the rules, which is moved along when the threshold is; or larger, and only perhaps a face."""
    below = rules.min_percent - rules.uncertain_from_percent
    above = rules.uncertain_to_percent - rules.min_percent
    if score is not None and score < rules.min_score:
        return score >= rules.uncertain_from_score and percent >= threshold - below
    return threshold - below <= percent <= threshold + above


@lru_cache(maxsize=4)
def face_judge(model_path: str | None = None) -> FaceJudge:
    """This process's judge with the shipped rules; loading the model once costs more than judging ten covers."""
    return FaceJudge(load_rules(), model_path)


def _stated_size(image: bytes) -> tuple[int | None, int | None]:
    try:
        header = read_header(image)
    except UnreadableImageError:
        return None, None
    return header.width, header.height
