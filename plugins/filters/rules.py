"""The filters' rules: word lists and thresholds, read from `rules.json`, versioned, checked, frozen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from plugins.filters.letters import plain_text

SHIPPED = Path(__file__).with_name("rules.json")
SECTIONS = ("platform", "pronoun", "face", "consistency")
MOST_WORDS = 5_000  # in one list
LONGEST_WORD = 100  # letters
# What a number may be at most; 0 is the least where no other is named below. Beyond these a detector breaks or decodes a bomb.
_MOST = {
    "min_percent": 100,
    "uncertain_from_percent": 100,
    "uncertain_to_percent": 100,
    "long_side": 4096,
    "min_score": 1,
    "uncertain_from_score": 1,
    "overlap": 1,
    "haar_min_neighbors": 100,
    "haar_area_divisor": 100,
    "max_pixels": 100_000_000,
    "max_side": 65_535,
    "min_side": 4096,
    "max_jpeg_scans": 10_000,
    "min_median_plays": 1_000_000_000,
    "bar_plays": 1_000_000_000,
    "min_share_percent": 100,
    "max_days_silent": 3_650,
    "min_videos": 20,  # as many as are asked for
}
_LEAST = {
    "long_side": 64,
    "haar_area_divisor": 0.1,
    "max_pixels": 10_000,
    "max_side": 100,
    "min_side": 1,
    "max_jpeg_scans": 1,
    "min_videos": 1,
}


class RulesError(ValueError):
    """The rules cannot be used; the message names the entry and what is expected there."""


@dataclass(frozen=True, slots=True)
class EdgeToken:
    """A short token that also counts when glued to a handle's edge ("ttvjaxon"), and where it does not."""

    token: str
    shortest_rest: int
    innocent_beginnings: tuple[str, ...]
    innocent_endings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlatformRules:
    """Layer 1. All words are plain text (`letters.plain_text`); a phrase is a tuple of words."""

    words: frozenset[str]
    phrases: frozenset[tuple[str, ...]]
    written_together: frozenset[str]
    addresses: frozenset[str]
    edge_tokens: tuple[EdgeToken, ...]
    innocent_compounds: frozenset[str]
    innocent_phrases: frozenset[tuple[str, ...]]
    only_as_labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class PronounRules:
    """Layer 2: pronouns, their contraction endings, and contractions people write without an apostrophe.

    `declared`: what people name themselves by, as in "she/her".
    """

    words: frozenset[str]
    contraction_endings: frozenset[str]
    without_apostrophe: frozenset[str]
    declared: frozenset[str]


@dataclass(frozen=True, slots=True)
class FaceRules:
    """Layer 3. Percents are shares of the frame's area (0 to 100); sides and `max_pixels` are in pixels.

    What scores `min_score` is a face; from `uncertain_from_score` on it may be one.
    """

    min_percent: float
    uncertain_from_percent: float
    uncertain_to_percent: float
    long_side: int
    min_score: float
    uncertain_from_score: float
    overlap: float
    haar_min_neighbors: int
    haar_area_divisor: float
    max_pixels: int
    max_side: int
    min_side: int
    max_jpeg_scans: int


@dataclass(frozen=True, slots=True)
class ConsistencyRules:
    """The check of somebody's latest videos; of its three thresholds one that is 0 is not asked for.

    `min_share_percent`: of the videos with `bar_plays` or more, 0 to 100. Below `min_videos` nothing can be told.
    """

    is_on: bool
    min_median_plays: int
    bar_plays: int
    min_share_percent: float
    max_days_silent: int
    min_videos: int


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the rules of all three layers, and of the optional check behind them."""

    version: str
    platform: PlatformRules
    pronoun: PronounRules
    face: FaceRules
    consistency: ConsistencyRules


def load_rules(path: Path | None = None) -> Rules:
    """Reads rules from a JSON file (default: the shipped ones, kept in memory). Raises RulesError."""
    return _shipped_rules() if path is None else rules_from_mapping(_read_json(path))


def rules_from_mapping(mapping: Mapping[str, Any]) -> Rules:
    """Builds rules from a draft: `version` and any sections or entries that differ from the shipped ones.

    Raises RulesError on a missing version, an unknown entry or a value of the wrong kind.
    """
    shipped = _shipped_mapping()
    _refuse_unknown("", mapping, shipped)
    version = mapping.get("version")
    if not isinstance(version, str) or not version.strip():
        raise RulesError("version: expected a text that names this version of the rules")
    merged = {name: _merge(name, mapping.get(name, {}), shipped[name]) for name in SECTIONS}
    return Rules(
        version=version,
        platform=_platform(merged["platform"]),
        pronoun=_pronoun(merged["pronoun"]),
        face=FaceRules(**_numbers("face", merged["face"], FaceRules)),
        consistency=_consistency(merged["consistency"]),
    )


def shipped_mapping() -> Mapping[str, Any]:
    """The shipped rules as data, whole: what `rules_from_mapping` takes. Not to be changed."""
    return _shipped_mapping()


def whole_mapping(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """A draft with all that it leaves out, taken from the shipped rules. Raises RulesError on an unknown section."""
    shipped = shipped_mapping()
    _refuse_unknown("", mapping, shipped)
    sections = {name: _merge(name, mapping.get(name, {}), shipped[name]) for name in SECTIONS}
    return {"version": mapping.get("version"), **sections}


@lru_cache(maxsize=1)
def _shipped_rules() -> Rules:
    return rules_from_mapping(_shipped_mapping())


@lru_cache(maxsize=1)
def _shipped_mapping() -> Mapping[str, Any]:
    return _read_json(SHIPPED)


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RulesError(f"{path}: cannot be read as JSON ({error})") from error
    if not isinstance(mapping, dict):
        raise RulesError(f"{path}: expected an object with version, {', '.join(SECTIONS)}")
    return mapping


def _refuse_unknown(where: str, given: object, known: Mapping[str, Any]) -> None:
    if not isinstance(given, Mapping):
        raise RulesError(f"{where or 'rules'}: expected an object")
    for name in given:
        if name not in known:
            raise RulesError(f"{where}{'.' if where else ''}{name}: unknown entry; known: {', '.join(known)}")


def _merge(section: str, given: object, shipped: Mapping[str, Any]) -> dict[str, Any]:
    _refuse_unknown(section, given, shipped)
    assert isinstance(given, Mapping)  # noqa: S101 - for the type checker; refused above
    return {**shipped, **given}


def _platform(section: Mapping[str, Any]) -> PlatformRules:
    entries = _texts("platform.words", section["words"])
    phrases = {tuple(_word(part, "platform.words") for part in entry.split()) for entry in entries}
    same = _groups("platform.same_words", section["same_words"])
    innocent = {
        tuple(_word(part, "platform.innocent_compounds") for part in entry.split())
        for entry in _texts("platform.innocent_compounds", section["innocent_compounds"])
    }
    together = _groups("platform.same_words_written_together", section["same_words_written_together"])
    return PlatformRules(
        words=frozenset(
            {"".join(phrase) for phrase in phrases} | {_word(entry, "platform.same_words") for entry in same}
        ),
        phrases=frozenset(phrase for phrase in phrases if len(phrase) > 1),
        written_together=frozenset(_word(entry, "platform.same_words_written_together") for entry in together),
        addresses=frozenset(
            _word(entry, "platform.addresses") for entry in _groups("platform.addresses", section["addresses"])
        ),
        edge_tokens=_edge_tokens(section["edge_tokens"]),
        innocent_compounds=frozenset("".join(phrase) for phrase in innocent),
        innocent_phrases=frozenset(phrase for phrase in innocent if len(phrase) > 1),
        only_as_labels=frozenset(
            _word(entry, "platform.only_as_labels")
            for entry in _texts("platform.only_as_labels", section["only_as_labels"])
        ),
    )


def _edge_tokens(given: object) -> tuple[EdgeToken, ...]:
    if not isinstance(given, Mapping):
        raise RulesError("platform.edge_tokens: expected an object of tokens")
    tokens = []
    for token, entry in given.items():
        where = f"platform.edge_tokens.{token}"
        known = dict.fromkeys(("shortest_rest", "innocent_beginnings", "innocent_endings"))
        _refuse_unknown(where, entry, known)
        tokens.append(
            EdgeToken(
                token=_word(token, "platform.edge_tokens"),
                shortest_rest=int(_number(f"{where}.shortest_rest", entry.get("shortest_rest", 3), int)),
                innocent_beginnings=_texts(where, entry.get("innocent_beginnings", [])),
                innocent_endings=_texts(where, entry.get("innocent_endings", [])),
            )
        )
    return tuple(tokens)


def _pronoun(section: Mapping[str, Any]) -> PronounRules:
    return PronounRules(
        **{
            name: frozenset(_word(entry, f"pronoun.{name}") for entry in _texts(f"pronoun.{name}", values))
            for name, values in section.items()
        }
    )


def _consistency(section: Mapping[str, Any]) -> ConsistencyRules:
    is_on = section["is_on"]
    if not isinstance(is_on, bool):
        raise RulesError(f"consistency.is_on: expected true or false, not {is_on!r}")
    rules = ConsistencyRules(is_on=is_on, **_numbers("consistency", section, ConsistencyRules))
    if is_on and not (rules.min_median_plays or rules.min_share_percent or rules.max_days_silent):
        raise RulesError(
            "consistency.is_on: with min_median_plays, min_share_percent and max_days_silent all 0 nothing is asked, and a "
            "call is paid for each candidate: expected one of them above 0"
        )
    return rules


def _numbers(where: str, section: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """The numbers of a section, each of its field's own kind and within its bounds."""
    kinds = {field.name: field.type for field in fields(kind) if field.type not in ("bool", bool)}
    numbers = {
        name: _number(f"{where}.{name}", section[name], int if kinds[name] in ("int", int) else float) for name in kinds
    }
    for name, value in numbers.items():
        least, most = _LEAST.get(name, 0), _MOST.get(name, value)
        if not least <= value <= most:
            raise RulesError(f"{where}.{name}: expected a number from {least:,} to {most:,}, not {value:,}")
    return numbers


def _number(where: str, value: object, kind: type) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise RulesError(f"{where}: expected a number of at least 0, not {value!r}")
    if kind is int and value != int(value):
        raise RulesError(f"{where}: expected a number without a fraction, not {value!r}")
    return kind(value)


def _texts(where: str, values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple) or not all(isinstance(v, str) and v.strip() for v in values):
        raise RulesError(f"{where}: expected a list of words")
    if len(values) > MOST_WORDS:
        raise RulesError(f"{where}: expected at most {MOST_WORDS:,} words, not {len(values):,}")
    for word in values:
        if len(word) > LONGEST_WORD:
            raise RulesError(f"{where}: expected words of at most {LONGEST_WORD} letters, not {word[:20]!r}…")
    return tuple(values)


def _groups(where: str, groups: object) -> tuple[str, ...]:
    """The values of {"youtube": ["youtu.be", ...], ...}; the keys are there for the reader."""
    if not isinstance(groups, Mapping):
        raise RulesError(f"{where}: expected an object of lists of words")
    return tuple(value for name, values in groups.items() for value in _texts(f"{where}.{name}", values))


def _word(entry: str, where: str) -> str:
    plain = plain_text(entry.strip())
    if not any(char.isalnum() for char in plain):
        raise RulesError(f"{where}: {entry!r} is not a word: it has no letter and no digit")
    return plain
