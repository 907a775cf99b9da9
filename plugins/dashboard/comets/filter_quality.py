"""How well the filters judge: against the project's own samples, and against what users overruled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from include import settings
from include.database import Row
from plugins.dashboard import store
from plugins.dashboard.background import Background
from plugins.filters.face_detectors import FaceModelError
from plugins.filters.face_presence import FaceJudge, judge_again
from plugins.filters.face_samples import SamplesUnavailableError, face_samples
from plugins.filters.labels import Labels, read_labels
from plugins.filters.platform_words import judge_platform
from plugins.filters.pronouns import judge_pronoun
from plugins.filters.quality import Quality, measure_face, measure_platform, measure_pronoun
from plugins.filters.report import OWN_SAMPLES
from plugins.filters.rules import Rules, rules_from_mapping

LAYERS = {"platform": "Layer 1: platform", "pronoun": "Layer 2: pronoun", "face": "Layer 3: face"}
WAIT_SECONDS = 0.1
_work = Background("filter quality")


@dataclass(frozen=True, slots=True)
class Measured:
    """One layer: its quality, or a word on why there is none (yet). `is_under_way`: look again in a few seconds.

    `left_out`: labels that nobody can judge, since what they are about is not stored.
    """

    layer: str
    quality: Quality | None
    note: str = ""
    is_under_way: bool = False
    left_out: int = 0


def against_samples(mapping: Mapping[str, Any]) -> list[Measured]:
    """Each layer against the shipped samples; computed once per version and face model, in the background."""
    rules, face_model = rules_from_mapping(mapping), settings.load().face_model
    texts = json.dumps([mapping.get(name) for name in ("platform", "pronoun")], sort_keys=True)
    faces = json.dumps([mapping.get("face"), face_model], sort_keys=True)
    found = _work.result(texts, lambda: _measure_texts(rules), WAIT_SECONDS)
    if found is None:
        words = [Measured(layer, None, "being measured", is_under_way=True) for layer in ("platform", "pronoun")]
    else:
        words = list(found)
    face = _work.result(faces, lambda: _measure_faces(rules, face_model), WAIT_SECONDS)
    return [*words, face or Measured("face", None, "being measured", is_under_way=True)]


def _measure_texts(rules: Rules) -> tuple[Measured, Measured]:
    labels = _texts()
    return (
        Measured("platform", measure_platform(rules, labels.profiles or ())),
        Measured("pronoun", measure_pronoun(rules, labels.captions or ())),
    )


@lru_cache(maxsize=1)
def _texts() -> Labels:
    return read_labels(OWN_SAMPLES)


def _measure_faces(rules: Rules, face_model: str | None) -> Measured:
    """A judge of its own: it is given back with the result, and the pipeline's is never waited for."""
    try:
        return Measured("face", measure_face(FaceJudge(rules, face_model), face_samples()))
    except (SamplesUnavailableError, FaceModelError) as error:
        return Measured("face", None, f"not measured here: {error}")


def against_overrules(mapping: Mapping[str, Any]) -> list[Measured]:
    """Each layer, by today's rules, against the labels users made when they overruled a verdict."""
    rules = rules_from_mapping(mapping)
    labels = store.read("dashboard/read_overrule_labels")
    return [_against(layer, rules, labels) for layer in LAYERS]


def _against(layer: str, rules: Rules, labels: Sequence[Row]) -> Measured:
    quality, left_out = Quality(), 0
    for label in labels:
        if label["layer"] != layer:
            continue
        refuses = label["expected"] == "refuse"
        text, percent = label["subject_text"], label["face_percent"]
        if (percent is None) if layer == "face" else not text:
            left_out += 1
        elif layer == "face":  # positive is a face, as with the samples
            decision, _ = judge_again(rules.face, percent, label["face_score"], rules.face.min_percent)
            quality.count(expected=not refuses, actual=decision == "accepted")
        else:
            quality.count(expected=refuses, actual=_refuses(layer, rules, label["field"], text))
    note = "" if quality.n else "none that can be judged" if left_out else "no labels yet"
    return Measured(layer, quality, note, left_out=left_out)


def _refuses(layer: str, rules: Rules, field: str | None, text: str) -> bool:
    if layer == "pronoun":
        return judge_pronoun(rules, text) is not None
    fields = {"handle": "", "nickname": "", "bio": ""}
    return judge_platform(rules, **{**fields, field if field in fields else "bio": text}) is not None
