"""The three context layers together, under one version of the rules: what a pipeline asks."""

from functools import lru_cache

from plugins.filters.face_presence import FaceFinding, FaceJudge
from plugins.filters.platform_words import judge_platform
from plugins.filters.pronouns import judge_pronoun
from plugins.filters.rules import Rules, load_rules
from plugins.filters.verdicts import Refusal


class ContextLayers:
    """Layer 1 (platform), Layer 2 (pronoun) and Layer 3 (face), in the order they are asked in.

    A text layer answers None for "not refused". `version` names the rules that a verdict was made by.
    """

    def __init__(self, rules: Rules, face_judge: FaceJudge) -> None:
        self._rules = rules
        self._face_judge = face_judge
        self.version = rules.version

    def platform(self, handle: str, nickname: str, bio: str) -> Refusal | None:
        return judge_platform(self._rules, handle=handle, nickname=nickname, bio=bio)

    def pronoun(self, caption: str) -> Refusal | None:
        return judge_pronoun(self._rules, caption)

    def face(self, image: bytes, min_percent: float) -> FaceFinding:
        return self._face_judge.judge(image, min_percent=min_percent)


@lru_cache(maxsize=2)
def context_layers(face_model: str | None = None) -> ContextLayers:
    """The layers with the rules that ship with the project; one detector for the whole process."""
    rules = load_rules()
    return ContextLayers(rules, FaceJudge(rules, face_model))
