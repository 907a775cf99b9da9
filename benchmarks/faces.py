"""Layer 3 against the plain cascade, on the same labelled covers: how fast, and how often right."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks import baseline
from benchmarks.figures import Figure
from benchmarks.stage import Stage
from plugins.filters.face_presence import FaceJudge
from plugins.filters.face_samples import face_samples
from plugins.filters.labels import FaceLabel, read_labels
from plugins.filters.quality import Quality
from plugins.filters.rules import load_rules
from tests.fixtures.shared import SHARED

NAME, LEAST_RATIO = "faces", 20.0
ROWS = ("faces_speed", "faces_precision", "faces_recall")


def measure(stage: Stage, _: str) -> list[Figure]:
    """Milliseconds of CPU per cover, decoding included, one thread; precision and recall of "a face fills more than 2 %"."""
    labels, source = _labels()
    labels = labels[:: stage.of_size(5, 1, 1)]
    judge = FaceJudge(load_rules())
    judge.judge(labels[0].image)  # loads the model; the plain way's first picture loads its cascade
    baseline.has_face(labels[0].image)
    ours, our_quality = _judged(lambda image: judge.judge(image).decision == "accepted", labels)
    plain, plain_quality = _judged(baseline.has_face, labels)
    what = f"{len(labels)} covers ({source})"
    figures = [
        Figure(
            "faces_speed", f"Layer 3, decoding included, {what}", ours, "ms", f"≥ {LEAST_RATIO:g}× faster",
            plain / ours >= LEAST_RATIO, plain, plain / ours,
        )
    ]  # fmt: skip
    for name in ("precision", "recall"):
        mine, theirs = getattr(our_quality, name) or 0.0, getattr(plain_quality, name) or 0.0
        figures.append(
            Figure(f"faces_{name}", f"Layer 3: {name}", mine * 100, "%", "higher", mine > theirs, theirs * 100)
        )
    return figures


def _labels() -> tuple[Sequence[FaceLabel], str]:
    if (SHARED / "faces").is_dir():
        found = read_labels(SHARED / "faces").faces
        if found:
            return found, "the labelled set beside the checkout"
    return face_samples(), "own samples: ../shared/faces is not beside this checkout"


def _judged(has_face: Callable[[bytes], bool], labels: Sequence[FaceLabel]) -> tuple[float, Quality]:
    quality, seconds = Quality(), 0.0
    for label in labels:
        began = time.process_time()
        answer = has_face(label.image)
        seconds += time.process_time() - began
        quality.count(expected=label.face, actual=answer)
    return seconds / len(labels) * 1000, quality
