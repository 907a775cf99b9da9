"""RapidOCR: reads text offline, with models that its own package carries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.video_research.processing.engines import Box, Reading
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.records import Frame

if TYPE_CHECKING:
    import numpy as np

# What its model has letters of. Texts in others come out as scraps with a low score, or not at all.
SCRIPTS = ("Latin", "Han", "Hiragana", "Katakana")
MODELS = {
    "PP-OCRv6_det_small.onnx": "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    "PP-OCRv6_rec_small.onnx": "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
}
LARGEST_SIDE = 1920  # of the frames that are kept
MOST_BOXES = 60  # of one frame: a picture of a page, or a pattern that looks like letters


class RapidEngine:
    """`side`: the longer side of the picture that is searched for text; half of it is the shorter one's least.

    To find text costs ten times as much as to read it, and a small picture is enough for it; it is read from the frame as it is.
    """

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
                "Global.max_side_len": 4 * LARGEST_SIDE,  # what is found by it is shrunk here, what is read is not
                "Global.use_cls": False,  # text on screens does not stand on its head
                "Global.text_score": 0.01,  # what cannot be read is told, not hidden
                "Det.limit_side_len": side // 2,
                one: 1,  # several videos are worked on at once; two threads wait for each other
                one.replace("intra", "inter"): 1,
            }
        )
        self._side = side

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
            return tuple(self._read_boxes(picture, self._found(picture)))
        except (RuntimeError, ValueError, IndexError, cv2.error) as error:
            raise EngineFailed(f"{self.name}: {path.name}: {error}") from error

    def _found(self, picture: np.ndarray) -> list[np.ndarray]:
        """The four corners of each text, in the frame's own pixels."""
        import cv2

        shrunk = min(1.0, self._side / max(picture.shape[:2]))
        small = cv2.resize(picture, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA) if shrunk < 1 else picture
        told = self._read(small, use_det=True, use_rec=False)
        return [] if told.boxes is None else [corners.astype("float32") / shrunk for corners in told.boxes[:MOST_BOXES]]

    def _read_boxes(self, picture: np.ndarray, found: Sequence[np.ndarray]) -> Iterator[Box]:
        for corners in found:
            told = self._read(_cut_out(picture, corners), use_det=False, use_rec=True)
            for text, score in zip(told.txts or (), told.scores or (), strict=True):
                if text.strip():
                    yield Box(text, float(score), _rectangle(corners))


def name_of(side: int) -> str:
    return f"rapidocr PP-OCRv6-small found at {side}"


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


def _cut_out(picture: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The text as a level picture; one that stands is laid down."""
    import cv2
    import numpy as np

    left_top, right_top, right_bottom, left_bottom = corners
    width = max(1, round(max(np.linalg.norm(left_top - right_top), np.linalg.norm(right_bottom - left_bottom))))
    height = max(1, round(max(np.linalg.norm(left_top - left_bottom), np.linalg.norm(right_top - right_bottom))))
    level = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turned = cv2.getPerspectiveTransform(corners, level)
    cut = cv2.warpPerspective(picture, turned, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.rot90(cut) if height >= 1.5 * width else cut


def _rectangle(corners: Any) -> tuple[int, int, int, int]:
    x, y = corners.min(axis=0)
    right, bottom = corners.max(axis=0)
    return max(0, round(float(x))), max(0, round(float(y))), round(float(right - x)), round(float(bottom - y))
