"""The rules are data: versioned, checked, replaceable."""

from __future__ import annotations

import json

import pytest

from plugins.filters import Refusal, RulesError, judge_platform, judge_pronoun, load_rules, rules_from_mapping
from plugins.filters.rules import shipped_mapping


def test_a_draft_changes_only_what_it_names():
    """A draft with one word list keeps everything else of the shipped rules."""
    draft = rules_from_mapping({"version": "draft", "platform": {"words": ["fan club"]}})
    assert Refusal("platform", "bio", "fan club") == judge_platform(draft, handle="", bio="my fan club")
    assert judge_platform(draft, handle="", bio="daily") is None
    assert load_rules().pronoun == draft.pronoun
    assert load_rules().face == draft.face
    assert draft.version == "draft"


def test_rules_are_read_from_a_file(tmp_path):
    """A file with another pronoun judges by it."""
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"version": "1", "pronoun": {"words": ["sis"]}}), encoding="utf-8")
    assert Refusal("pronoun", "caption", "Sis") == judge_pronoun(load_rules(path), "Sis ran")
    assert judge_pronoun(load_rules(path), "Bro ran") is None


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        ({}, "version"),
        ({"version": 3}, "version"),
        ({"version": "1", "platfrom": {}}, "platfrom: unknown entry"),
        ({"version": "1", "platform": {"word": []}}, "platform.word: unknown entry"),
        ({"version": "1", "platform": {"words": "twitch"}}, "platform.words: expected a list of words"),
        ({"version": "1", "platform": {"words": ["🔥"]}}, "platform.words: .* is not a word"),
        ({"version": "1", "platform": []}, "platform: expected an object"),
        ({"version": "1", "face": {"min_percent": "2"}}, "face.min_percent: expected a number"),
        ({"version": "1", "face": {"long_side": 1.5}}, "face.long_side: expected a number without a fraction, not 1.5"),
        ({"version": "1", "face": {"long_side": True}}, "face.long_side: expected a number of at least 0, not True"),
        ({"version": "1", "face": {"min_percent": float("nan")}}, "face.min_percent: expected a number"),
        ({"version": "1", "face": {"long_side": 0}}, "face.long_side: expected a number from 64 to 4,096, not 0"),
        ({"version": "1", "face": {"max_pixels": 10**12}}, "face.max_pixels: expected a number from 10,000 to"),
        ({"version": "1", "platform": {"words": ["w" * 101]}}, "platform.words: expected words of at most 100 letters"),
        ({"version": "1", "platform": {"words": ["w"] * 5_001}}, "platform.words: expected at most 5,000 words"),
        ({"version": "1", "platform": {"edge_tokens": {"yt": 3}}}, "platform.edge_tokens.yt: expected an object"),
    ],
)
def test_unusable_rules_are_refused_by_name(draft, told):
    """The error names the entry."""
    with pytest.raises(RulesError, match=told):
        rules_from_mapping(draft)


def test_a_whole_float_is_a_whole_number():
    """640.0, as a database may give it back, is 640."""
    rules = rules_from_mapping({"version": "1", "face": {"long_side": 640.0}})
    assert (type(rules.face.long_side), rules.face.long_side) == (int, 640)


def test_a_missing_rules_file_is_named(tmp_path):
    """The error names the file."""
    with pytest.raises(RulesError, match=r"nowhere\.json"):
        load_rules(tmp_path / "nowhere.json")


def test_a_version_of_an_earlier_release_goes_on_working():
    """A whole version saved before an entry existed judges as it did, with today's value for what it does not name."""
    saved = json.loads(json.dumps(shipped_mapping()))
    del saved["face"]["uncertain_from_score"], saved["pronoun"]["declared"], saved["platform"]["only_as_labels"]
    saved.update(version="2026.11.2-1")
    saved["platform"]["words"] = ["twitch"]
    rules = rules_from_mapping(saved)
    assert (rules.version, rules.face) == ("2026.11.2-1", load_rules().face)
    assert judge_platform(rules, handle="", bio="my insta") is None
    assert Refusal("platform", "bio", "twitch") == judge_platform(rules, handle="", bio="my twitch")
    assert judge_pronoun(rules, "she/her") is None
