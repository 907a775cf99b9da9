"""The three context layers: platform words, pronouns, face on the cover. Pure, versioned, usable without Airflow."""

from plugins.filters.face_detectors import FaceModelError
from plugins.filters.face_presence import FaceFinding, FaceJudge, face_judge
from plugins.filters.platform_words import judge_platform
from plugins.filters.pronouns import judge_pronoun
from plugins.filters.rules import Rules, RulesError, load_rules, rules_from_mapping
from plugins.filters.verdicts import Refusal

__all__ = [
    "FaceFinding",
    "FaceJudge",
    "FaceModelError",
    "Refusal",
    "Rules",
    "RulesError",
    "face_judge",
    "judge_platform",
    "judge_pronoun",
    "load_rules",
    "rules_from_mapping",
]
