"""The filters' rules as a form and back: word lists one word to a line, numbers, and what differs between two versions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from plugins.filters.rules import ConsistencyRules, FaceRules, RulesError, rules_from_mapping, whole_mapping

# Entries that are lists by name, which may be added and taken away whole.
GROUPS = ("platform.same_words", "platform.same_words_written_together", "platform.addresses")
TOKENS = "platform.edge_tokens"
_NAME = re.compile(r"[\w-]{1,40}")
EXPLAINED = {
    "platform.words": "Whoever has one of these in handle, nickname or bio is refused. Whole words only, capitals and "
    "look-alike letters aside; a phrase such as “best of” also as best-of, best_of and BestOf.",
    "platform.same_words": "The same platform's name in other alphabets and spellings. Whole words only.",
    "platform.same_words_written_together": "Names in scripts that do not part words: found anywhere in a text.",
    "platform.addresses": "Addresses of a platform whose name is not in them. Not looked for in handles.",
    "platform.edge_tokens": "Short words that also count when glued to a handle's edge, such as ttvjaxon or lunayt.",
    "shortest_rest": "So many letters must be left beside it. Empty: the token is taken out.",
    "innocent_beginnings": "Words that begin so are let pass.",
    "innocent_endings": "Words that end so are let pass.",
    "platform.only_as_labels": "Short names that mean much else, and count only before a name, as in “fb: lena”.",
    "platform.innocent_compounds": "Words and phrases that hold a refused word and mean something else, such as kickboxing "
    "or “oh snap”.",
    "pronoun.words": "A caption that begins with one of these tells of somebody else, and is refused.",
    "pronoun.contraction_endings": "What may follow after an apostrophe: the s of he's.",
    "pronoun.without_apostrophe": "Contractions written quickly, such as hes.",
    "pronoun.declared": "What people name themselves by: two of them with a slash, as in “she/her”, tell of nobody else.",
    "face.min_percent": "The largest face must cover more than this share of the cover, in percent of its area.",
    "face.uncertain_from_percent": "From here to the next number a share is noted as uncertain, in percent.",
    "face.uncertain_to_percent": "The upper end of what is noted as uncertain, in percent.",
    "face.long_side": "Covers are made as small as this before a face is looked for, in pixels.",
    "face.min_score": "How sure the detector must be, 0 to 1. Higher: fewer drawings taken for faces, more faces missed.",
    "face.uncertain_from_score": "From here to min_score nobody can be sure that it is a face: refused, and noted as uncertain.",
    "face.overlap": "Boxes that overlap by more than this share are one face, 0 to 1.",
    "face.haar_min_neighbors": "For the detector used without the model: so many boxes must agree.",
    "face.haar_area_divisor": "For the detector used without the model: its boxes are larger by this factor.",
    "face.max_pixels": "Larger covers are not decoded: undetermined.",
    "face.max_side": "Covers with a longer side are not decoded: undetermined.",
    "face.min_side": "Covers with a shorter side are not judged: undetermined.",
    "face.max_jpeg_scans": "JPEG files of more scans cost too much to decode: undetermined.",
    "consistency.is_on": "On: whoever passed all layers and is not on the roster yet is also judged by their latest 20 "
    "videos. One paid call for each, inside the budget, good for 7 days.",
    "consistency.min_videos": "With fewer videos it is too few to tell, and the creator passes.",
    "consistency.min_median_plays": "Half of the videos must have been played at least so often. 0: not asked for.",
    "consistency.bar_plays": "The bar of the next number, in plays.",
    "consistency.min_share_percent": "At least this share of the videos must be at or above the bar, in percent. 0: not "
    "asked for.",
    "consistency.max_days_silent": "The last video must have been posted within so many days. 0: not asked for.",
}
# What people call an entry; {} is the name of a list or token. The key that the rules' file has stands behind it.
CALLED = {
    "platform.words": "Words that refuse",
    "platform.same_words.": "Other spellings of {}",
    "platform.same_words_written_together.": "Spellings of {} found anywhere in a text",
    "platform.addresses.": "Addresses of {}",
    "shortest_rest": "“{}” at a handle's edge: letters left at least",
    "innocent_beginnings": "“{}” at a handle's edge: beginnings let pass",
    "innocent_endings": "“{}” at a handle's edge: endings let pass",
    "platform.only_as_labels": "Short names that count only before a name",
    "platform.innocent_compounds": "Words and phrases let pass",
    "pronoun.words": "Words that begin a caption about somebody else",
    "pronoun.contraction_endings": "What may follow after an apostrophe",
    "pronoun.without_apostrophe": "Contractions without apostrophe",
    "pronoun.declared": "Pronouns people name themselves by",
    "face.min_percent": "Share of the cover, at least",
    "face.uncertain_from_percent": "Share uncertain from",
    "face.uncertain_to_percent": "Share uncertain to",
    "face.long_side": "Longer side while looked at",
    "face.min_score": "Sureness of the detector, at least",
    "face.uncertain_from_score": "Sureness uncertain from",
    "face.overlap": "Overlap of boxes of one face",
    "face.haar_min_neighbors": "Boxes that must agree, without the model",
    "face.haar_area_divisor": "Boxes too large by, without the model",
    "face.max_pixels": "Most pixels of a cover",
    "face.max_side": "Longest side of a cover",
    "face.min_side": "Shortest side of a cover",
    "face.max_jpeg_scans": "Most scans of a JPEG file",
    "consistency.is_on": "The check is made",
    "consistency.min_videos": "Fewest videos to tell by",
    "consistency.min_median_plays": "Median plays, at least",
    "consistency.bar_plays": "Bar in plays",
    "consistency.min_share_percent": "Share of videos at the bar, at least",
    "consistency.max_days_silent": "Days since the last video, at most",
}
NEW = {
    "platform.same_words": ("Another platform's spellings: its name", "Its other spellings"),
    "platform.same_words_written_together": (
        "Another platform, found anywhere: its name",
        "Its spellings found anywhere",
    ),
    "platform.addresses": ("Another platform's addresses: its name", "Its addresses"),
    "platform.edge_tokens": ("Another short word at a handle's edge", ""),
}
TITLES = {
    "platform": "Layer 1: platform",
    "pronoun": "Layer 2: pronoun",
    "face": "Layer 3: face",
    "consistency": "Consistency check: the latest videos",
}
ON, OFF = "on", "off"  # how a switch is written

# The lists to which a word is added by itself, as people call them.
WORD_LISTS = {
    "platform.words": "words of handles, names and bios that refuse (layer 1)",
    "platform.innocent_compounds": "words that only look like one of those, and are let pass (layer 1)",
    "pronoun.words": "words that begin a caption about somebody else (layer 2)",
}
LONGEST_WORD = 100
# Numbers that hang together stand together: who changes one has to look at the others.
TOGETHER = (
    ("face.uncertain_from_percent", "face.min_percent", "face.uncertain_to_percent"),
    ("face.uncertain_from_score", "face.min_score"),
    ("face.min_side", "face.max_side", "face.max_pixels", "face.max_jpeg_scans", "face.long_side"),
    ("face.overlap", "face.haar_min_neighbors", "face.haar_area_divisor"),
    ("consistency.is_on", "consistency.min_videos"),
    (
        "consistency.min_median_plays",
        "consistency.bar_plays",
        "consistency.min_share_percent",
        "consistency.max_days_silent",
    ),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. `label` is for people, `key` what the rules' file calls it. `text` is what stands in it, as the
    person wrote it; `is_list`: one word to a line; `is_switch`: on or off.
    """

    name: str
    label: str
    text: str
    is_list: bool
    explained: str
    error: str | None = None
    is_switch: bool = False

    @property
    def key(self) -> str:
        """The entry's name in the rules' file; "" for what is not in it yet."""
        return "" if self.name.startswith("new.") else self.name

    @property
    def rows(self) -> int:
        """How high the field is drawn."""
        return min(max(self.text.count("\n") + 2, 3), 14)


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that differs between two versions; a list has words added and removed, a number or switch `old` and `new`."""

    name: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    old: float | None = None
    new: float | None = None

    @property
    def label(self) -> str:
        """What people call the entry."""
        return called(self.name)


class FormRefused(ValueError):
    """What was written makes no rules; `errors` is by field, "" for what belongs to none."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = dict(errors)


def called(name: str) -> str:
    """What people call an entry of the rules; its own name, as words, where nobody gave it one."""
    whole, _, last = name.rpartition(".")
    if name in CALLED:
        return CALLED[name]
    if whole.rpartition(".")[0] == TOKENS and last in CALLED:
        return CALLED[last].format(whole.rpartition(".")[2])
    return CALLED[f"{whole}."].format(last) if whole in GROUPS else name.replace(".", " ").replace("_", " ")


def read_entries(mapping: Mapping[str, Any]) -> dict[str, list[str] | float]:
    """Every list, number and switch (a bool) of a version by its dotted name, as people read them. Raises RulesError."""
    whole = whole_mapping(mapping)
    entries: dict[str, list[str] | float] = {}
    for section in TITLES:
        entries.update(_entries(section, whole[section]))
    return entries


def _entries(where: str, value: Any) -> Iterator[tuple[str, list[str] | float]]:
    if isinstance(value, Mapping):
        for name in _in_order(where, value):
            yield from _entries(f"{where}.{name}", value[name])
    elif isinstance(value, list | tuple):
        yield where, [str(word) for word in value]
    elif isinstance(value, int | float):
        yield where, value


def _in_order(where: str, value: Mapping[str, Any]) -> list[str]:
    """The database keeps no order of names; the explanations are in that of the shipped file."""
    known = [name.rpartition(".")[2] for name in EXPLAINED if name.rpartition(".")[0] in {where, ""}]
    return sorted(value, key=lambda name: (known.index(name) if name in known else len(known), name))


def make_form(
    mapping: Mapping[str, Any], written: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> dict[str, list[Field]]:
    """The fields of each section, filled from a version, or with what was `written`, beside the errors of that."""
    form: dict[str, list[Field]] = {title: [] for title in TITLES.values()}
    for name, value in read_entries(mapping).items():
        title = TITLES[name.partition(".")[0]]
        is_list, is_switch = isinstance(value, list), isinstance(value, bool)
        form[title].append(_field(name, _text(value), written, errors, is_list=is_list, is_switch=is_switch))
    for where in (*GROUPS, TOKENS):
        form[TITLES["platform"]] += _new_group(where, written, errors)
    return form


def _text(value: list[str] | float) -> str:
    if isinstance(value, bool):
        return ON if value else OFF
    return "\n".join(value) if isinstance(value, list) else str(value)


def groups(form: Mapping[str, list[Field]]) -> dict[str, list[list[Field]]]:
    """The fields of each section, those of TOGETHER in one group; every other stands alone."""
    grouped: dict[str, list[list[Field]]] = {}
    for title, fields_of in form.items():
        places = {name: place for place, names in enumerate(TOGETHER) for name in names}
        named = {field.name: field for field in fields_of}
        done: set[int] = set()
        grouped[title] = []
        for field in fields_of:
            place = places.get(field.name)
            if place is None:
                grouped[title].append([field])
            elif place not in done:
                done.add(place)
                grouped[title].append([named[name] for name in TOGETHER[place] if name in named])
    return grouped


def with_word(base: Mapping[str, Any], where: str, word: str) -> dict[str, Any]:
    """The mapping with one more word in a list of WORD_LISTS. Raises FormRefused, also where the list has it already."""
    text = " ".join(word.split())
    listed = read_entries(base).get(where) if where in WORD_LISTS else None
    if not isinstance(listed, list):
        raise FormRefused({"where": "Choose one of the lists."})
    if not 1 <= len(text) <= LONGEST_WORD:
        raise FormRefused({"word": f"Write a word of 1 to {LONGEST_WORD} letters."})
    if text.casefold() in {each.casefold() for each in listed}:
        raise FormRefused({"word": f"The list has “{text}” already."})
    return read_form(base, {where: "\n".join((*listed, text))})


def _new_group(where: str, written: Mapping[str, str] | None, errors: Mapping[str, str] | None) -> list[Field]:
    name, its_words = NEW[where]
    named = _field(f"new.{where}.name", "", written, errors, label=name, explained="Empty: none.")
    if where == TOKENS:
        return [named]
    explained = "Its words, one to a line."
    words = _field(f"new.{where}.words", "", written, errors, label=its_words, explained=explained, is_list=True)
    return [named, words]


def _field(
    name: str,
    text: str,
    written: Mapping[str, str] | None,
    errors: Mapping[str, str] | None,
    *,
    label: str | None = None,
    explained: str | None = None,
    is_list: bool = False,
    is_switch: bool = False,
) -> Field:
    given = text if written is None else written.get(name, text).replace("\r\n", "\n")
    if explained is None:
        whole, _, group = name.rpartition(".")
        explained = EXPLAINED.get(name) or EXPLAINED.get(whole) or EXPLAINED.get(group, "")
    return Field(name, label or called(name), given, is_list, explained, (errors or {}).get(name), is_switch)


def read_form(base: Mapping[str, Any], written: Mapping[str, str]) -> dict[str, Any]:
    """The mapping that a form asks for, `base` being what it was filled from; what it does not name stays.

    Raises FormRefused with every number that is none, or with what the rules themselves refuse.
    """
    errors: dict[str, str] = {}
    entries: dict[str, list[str] | float | None] = {}
    for name, value in read_entries(base).items():
        text = written.get(name)
        if text is None:
            entries[name] = value
        elif isinstance(value, list):
            entries[name] = _words(text)
        elif isinstance(value, bool):
            entries[name] = _switch(name, text, value, errors)
        else:
            entries[name] = _number(name, text, value, errors)
    _add_groups(entries, written, errors)
    mapping = _nested(entries)
    _check(mapping, errors)
    return mapping


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word for line in text.splitlines() if (word := line.strip())))


def _switch(name: str, text: str, value: bool, errors: dict[str, str]) -> bool:
    if text.strip() not in {ON, OFF}:
        errors[name] = f"{name}: {text[:40]!r} is neither {ON} nor {OFF}."
        return value
    return text.strip() == ON


def _number(name: str, text: str, value: float, errors: dict[str, str]) -> float | None:
    text = text.strip()
    if not text and name.endswith(".shortest_rest"):
        return None
    kinds = {
        f"{section}.{field.name}": field.type
        for section, rules in (("face", FaceRules), ("consistency", ConsistencyRules))
        for field in fields(rules)
    }
    is_whole = kinds.get(name, "int") in ("int", int)
    try:
        return int(text) if is_whole else float(text)
    except ValueError:
        errors[name] = (
            f"{name}: {text[:40]!r} is no {'whole ' if is_whole else ''}number. Write it as 12{'' if is_whole else '.5'}."
        )
        return value


def _add_groups(
    entries: dict[str, list[str] | float | None], written: Mapping[str, str], errors: dict[str, str]
) -> None:
    for where in (*GROUPS, TOKENS):
        name = written.get(f"new.{where}.name", "").strip()
        words = _words(written.get(f"new.{where}.words", ""))
        if not name and not words:
            continue
        if not _NAME.fullmatch(name):
            errors[f"new.{where}.name"] = f"{where}: {name[:40]!r} is no name. Write 1 to 40 letters, digits, - or _."
        elif any(entry.startswith(f"{where}.{name}.") or entry == f"{where}.{name}" for entry in entries):
            errors[f"new.{where}.name"] = f"{where}: there is a {name!r} already. Write into its own field."
        elif where == TOKENS:
            entries.update({f"{where}.{name}.shortest_rest": 3.0})
            entries.update({f"{where}.{name}.innocent_{part}": [] for part in ("beginnings", "endings")})
        else:
            entries[f"{where}.{name}"] = words


def _nested(entries: Mapping[str, list[str] | float | None]) -> dict[str, Any]:
    """Lists by name that were emptied, and tokens without a length, are gone."""
    mapping: dict[str, Any] = {section: {} for section in TITLES}
    for where in (*GROUPS, TOKENS):
        mapping["platform"][where.rpartition(".")[2]] = {}
    gone = {name.rpartition(".")[0] for name, value in entries.items() if value is None}
    for name, value in entries.items():
        is_empty_group = name.rpartition(".")[0] in GROUPS and not value
        if value is None or is_empty_group or name.rpartition(".")[0] in gone:
            continue
        *parts, last = name.split(".")
        place = mapping
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = int(value) if last == "shortest_rest" and not isinstance(value, list) else value
    return mapping


def _check(mapping: Mapping[str, Any], errors: dict[str, str]) -> None:
    try:
        rules = rules_from_mapping({**mapping, "version": "draft"})
    except RulesError as error:
        name = str(error).partition(":")[0]
        errors.setdefault(name, str(error))
        raise FormRefused(errors) from error
    face = rules.face
    if not face.uncertain_from_percent <= face.min_percent <= face.uncertain_to_percent:
        errors.setdefault(
            "face.min_percent",
            f"face.min_percent: {face.min_percent:g} must lie between uncertain_from_percent and uncertain_to_percent "
            f"({face.uncertain_from_percent:g} and {face.uncertain_to_percent:g}): change these too.",
        )
    if errors:
        raise FormRefused(errors)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What `new` has otherwise than `old`. Raises RulesError for a version that today's program cannot read."""
    before, after = read_entries(old), read_entries(new)
    found = []
    for name in dict.fromkeys((*before, *after)):
        was, is_now = before.get(name), after.get(name)
        if was == is_now:
            continue
        if isinstance(was, list) or isinstance(is_now, list):
            were, are = (
                list(was or ()) if isinstance(was, list) else [],
                list(is_now or ()) if isinstance(is_now, list) else [],
            )
            added = tuple(word for word in are if word not in set(were))
            removed = tuple(word for word in were if word not in set(are))
            if added or removed:
                found.append(Difference(name, added, removed))
        else:
            found.append(Difference(name, old=_plain(was), new=_plain(is_now)))
    return found


def _plain(value: list[str] | float | None) -> float | None:
    return None if isinstance(value, list) else value


def moved(was: Mapping[str, Any], draft: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The changes from `was` to `draft`, made to `base` instead. Raises RulesError."""
    entries: dict[str, list[str] | float | None] = dict(read_entries(base))
    for change in differences(was, draft):
        value = entries.get(change.name)
        if change.added or change.removed:
            kept = [word for word in (value if isinstance(value, list) else []) if word not in change.removed]
            entries[change.name] = list(dict.fromkeys((*kept, *change.added)))
        else:
            entries[change.name] = change.new
    return {**_nested(entries), "version": base.get("version")}
