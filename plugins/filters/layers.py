"""The three context layers together, under one version of the rules: what a pipeline asks."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from plugins.filters.consistency import ConsistencyFinding, Played, judge_consistency
from plugins.filters.face_presence import FaceFinding, FaceJudge, judge_again
from plugins.filters.platform_words import judge_platform
from plugins.filters.pronouns import judge_pronoun
from plugins.filters.rules import Rules, rules_from_mapping, shipped_mapping
from plugins.filters.verdicts import Refusal


class TextLayers:
    """Layer 1 (platform) and Layer 2 (pronoun), which need nothing but texts; None for "not refused".

    Layer 3 (face) can be asked again about what was measured. Behind the layers is the optional check of somebody's latest
    videos, which `asks_consistency` says is on. `version` names the rules that a verdict was made by.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.version = rules.version
        self.asks_consistency = rules.consistency.is_on

    def platform(self, handle: str, nickname: str, bio: str) -> Refusal | None:
        return judge_platform(self._rules, handle=handle, nickname=nickname, bio=bio)

    def pronoun(self, caption: str) -> Refusal | None:
        return judge_pronoun(self._rules, caption)

    def face_again(self, percent: float, score: float | None, min_percent: float) -> tuple[bool, bool]:
        """Whether a cover measured before is accepted, and whether that is uncertain."""
        decision, uncertain = judge_again(self._rules.face, percent, score, min_percent)
        return decision == "accepted", uncertain

    def consistency(self, videos: Sequence[Played], as_of: date) -> ConsistencyFinding:
        """The check of somebody's latest videos, asked for on the day `as_of`."""
        return judge_consistency(self._rules.consistency, videos, as_of)


class ContextLayers(TextLayers):
    """The text layers and Layer 3 (face), in the order they are asked in."""

    def __init__(self, rules: Rules, face_judge: FaceJudge) -> None:
        super().__init__(rules)
        self._face_judge = face_judge

    def face(self, image: bytes, min_percent: float) -> FaceFinding:
        return self._face_judge.judge(image, min_percent=min_percent)


def context_layers(face_model: str | None = None, mapping: Mapping[str, Any] | None = None) -> ContextLayers:
    """The layers by the rules of `mapping` (see `rules_from_mapping`), or by those that ship with the project.

    One detector for the whole process and each version. Raises RulesError.
    """
    return _layers(face_model, json.dumps(shipped_mapping() if mapping is None else mapping, sort_keys=True))


# By the contents, not by the version's name alone: no draft is ever judged by the rules of another of its name.
@lru_cache(maxsize=2)
def _layers(face_model: str | None, mapping: str) -> ContextLayers:
    rules = rules_from_mapping(json.loads(mapping))
    return ContextLayers(rules, FaceJudge(rules, face_model))
