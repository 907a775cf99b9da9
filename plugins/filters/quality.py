"""Measures the filters against labels: precision, recall and what was misjudged, layer by layer."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from plugins.filters.face_presence import FaceJudge
from plugins.filters.labels import CaptionLabel, FaceLabel, ProfileLabel
from plugins.filters.platform_words import judge_platform
from plugins.filters.pronouns import judge_pronoun
from plugins.filters.rules import Rules

_Z_95 = 1.959964  # standard normal quantile of a two-sided 95 % interval

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Misjudged:
    """A sample on which label and layer disagree. `sample` is short enough for a line."""

    sample: str
    expected: str
    actual: str
    why: str


@dataclass(slots=True)
class Quality:
    """Counts of one layer. Positive is "refuse" for the text layers and "a face" for the third."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    true_negatives: int = 0
    misjudged: list[Misjudged] = field(default_factory=list)

    @property
    def n(self) -> int:
        """How many samples were judged."""
        return self.true_positives + self.false_positives + self.false_negatives + self.true_negatives

    @property
    def precision(self) -> float | None:
        """Share of the positives found that are right; None when none was found."""
        return _share(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float | None:
        """Share of the labelled positives that were found; None when none is labelled."""
        return _share(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def precision_interval(self) -> Interval | None:
        """95 % Wilson interval of the precision."""
        return wilson(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall_interval(self) -> Interval | None:
        """95 % Wilson interval of the recall."""
        return wilson(self.true_positives, self.true_positives + self.false_negatives)

    def count(self, *, expected: bool, actual: bool) -> None:
        """Adds one sample."""
        if expected:
            self.true_positives += actual
            self.false_negatives += not actual
        else:
            self.false_positives += actual
            self.true_negatives += not actual


def measure_platform(rules: Rules, labels: Iterable[ProfileLabel]) -> Quality:
    """Layer 1 over labelled profiles."""
    quality = Quality()
    for label in labels:
        refusal = judge_platform(rules, handle=label.handle, nickname=label.nickname, bio=label.bio)
        found = f"{refusal.field}: {refusal.matched_text}" if refusal else ""
        sample = " | ".join((label.handle, label.nickname, label.bio))
        _count_text(quality, sample, label.refuse, found, label.why)
    return quality


def measure_pronoun(rules: Rules, labels: Iterable[CaptionLabel]) -> Quality:
    """Layer 2 over labelled captions."""
    quality = Quality()
    for label in labels:
        refusal = judge_pronoun(rules, label.caption)
        _count_text(quality, label.caption, label.refuse, refusal.matched_text if refusal else "", label.why)
    return quality


def measure_face(judge: FaceJudge, labels: Iterable[FaceLabel]) -> Quality:
    """Layer 3 over labelled covers; an undetermined cover counts as "no face found"."""
    quality = Quality()
    for label in labels:
        finding = judge.judge(label.image)
        accepted = finding.decision == "accepted"
        quality.count(expected=label.face, actual=accepted)
        if accepted != label.face:
            detail = finding.reason if finding.percent is None else f"{finding.percent:.2f} %"
            actual = f"{finding.decision} ({detail})"
            quality.misjudged.append(Misjudged(label.name, "face" if label.face else "no face", actual, label.why))
    return quality


def wilson(successes: int, trials: int) -> Interval | None:
    """95 % score interval of a share (Wilson, JASA 22, 1927); None without trials."""
    if trials == 0:
        return None
    share, z2 = successes / trials, _Z_95**2
    middle = share + z2 / (2 * trials)
    half = _Z_95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    scale = 1 + z2 / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _count_text(quality: Quality, sample: str, refuse: bool, found: str, why: str) -> None:
    quality.count(expected=refuse, actual=bool(found))
    if refuse != bool(found):
        actual = f"refused ({found})" if found else "passed"
        quality.misjudged.append(Misjudged(sample, "refuse" if refuse else "pass", actual, why))
