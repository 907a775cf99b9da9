"""RapidOCR: reads text offline, with models that its own package carries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from include.video_research.processing.engines import Box, Reading
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.records import Frame

# What its model has letters of. Texts in others come out as scraps with a low score, or not at all.
SCRIPTS = ("Latin", "Han", "Hiragana", "Katakana")
MODELS = {
    "PP-OCRv6_det_small.onnx": "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    "PP-OCRv6_rec_small.onnx": "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
}
MOST_BOXES = 60  # of one frame: a picture of a page, or a pattern that looks like letters


class RapidEngine:
    """`side`: the longer side of the picture that is searched for text; half of it is the shorter one's least."""

    scripts: tuple[str, ...] = SCRIPTS

    def __init__(self, side: int) -> None:
        self.name = name_of(side)
        _check_models()
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise EngineUnavailable("rapidocr is not installed. Run: make extra NAME=media") from error
        one = "EngineConfig.onnxruntime.intra_op_num_threads"
        self._read: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.max_side_len": side,
                "Global.use_cls": False,  # text on screens does not stand on its head
                "Global.text_score": 0.01,  # what cannot be read is told, not hidden
                "Det.limit_side_len": side // 2,
                one: 1,  # several videos are worked on at once; two threads wait for each other
                one.replace("intra", "inter"): 1,
            }
        )

    def read(self, frames: Sequence[Frame], check: Callable[[], None]) -> Reading:
        """Every frame by itself."""
        boxes = []
        for frame in frames:
            check()
            boxes.append(self._boxes(frame.path))
        return Reading(tuple(frame.t for frame in frames), tuple(boxes))

    def _boxes(self, path: Path) -> tuple[Box, ...]:
        import cv2
        import numpy as np

        picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise EngineFailed(f"{self.name}: {path.name} is no picture")
        try:
            told = self._read(picture)
        except (RuntimeError, ValueError, IndexError, cv2.error) as error:
            raise EngineFailed(f"{self.name}: {path.name}: {error}") from error
        if told.txts is None or told.boxes is None or told.scores is None:
            return ()
        found = [
            Box(text, float(score), _rectangle(corners))
            for corners, text, score in zip(told.boxes, told.txts, told.scores, strict=True)
            if text.strip()
        ]
        return tuple(found[:MOST_BOXES])


def name_of(side: int) -> str:
    return f"rapidocr PP-OCRv6-small {side}"


@cache
def rapid(side: int) -> RapidEngine:
    """Loaded once per process. Raises EngineUnavailable."""
    return RapidEngine(side)


def _check_models() -> None:
    """It would fetch what is missing or different from the net: nothing is fetched here."""
    spec = find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable("rapidocr is not installed. Run: make extra NAME=media")
    folder = Path(spec.submodule_search_locations[0]) / "models"
    for name, sha256 in MODELS.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            raise EngineUnavailable(
                f"rapidocr: its model {name} is missing, or is not the one that was published, by its SHA-256. Install the "
                "extra media anew: make extra NAME=media"
            )


def _rectangle(corners: Any) -> tuple[int, int, int, int]:
    x, y = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return max(0, round(float(x))), max(0, round(float(y))), round(float(right - x)), round(float(bottom - y))
