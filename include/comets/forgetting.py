"""What the tables of `comets` hold about a person, and how it is taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from include.comets.trends import USERS_SIGN
from include.database import Row
from include.erasure.parts import Documents, Forgetting, Rows, Texts
from include.erasure.person import Person
from include.erasure.traces import without


def _without_leftovers(found: Sequence[Row], person: Person, blank: str) -> list[Row]:
    traces = person.traces(blank)
    return [
        {**row, "row_data": without(row["row_data"], traces), "reason": traces.blanked(row["reason"])} for row in found
    ]


def _without_searches(found: Sequence[Row], person: Person, blank: str) -> list[Row]:
    """An address is searched with what somebody is called as readily as with their `@handle`."""
    traces = person.traces(blank)
    return [
        {
            **row,
            "name": traces.blanked(row["name"]),
            "path": traces.blanked(row["path"]),
            "parameters": without(row["parameters"], traces),
        }
        for row in found
    ]


def _without_mentions(found: Sequence[Row], person: Person, blank: str) -> list[Row]:
    """A hashtag stands without its sign, and a sound of somebody's own ends in who made it: there the mere handle is a name."""
    mentions, names = person.mentions(blank), person.traces(blank)
    return [
        {
            **row,
            "caption": without(row["caption"], person.captions(blank)),
            "hashtags": without(row["hashtags"], names),
            "music_title": _without_maker(without(row["music_title"], mentions), person, blank),
            "cover_url": without(row["cover_url"], mentions),
        }
        for row in found
    ]


def _without_maker(title: str | None, person: Person, blank: str) -> str | None:
    sound, dash, maker = (title or "").rpartition(" - ")
    return f"{sound}{dash}{blank}" if dash and maker.lower() in person.handles else title


def _without_rules(found: Sequence[Row], person: Person, blank: str) -> list[Row]:
    """An entry of a word list that is nothing but the person goes."""
    traces = person.mentions(blank)
    return [
        {
            **row,
            "mapping": _without_entries(without(row["mapping"], traces), blank),
            "note": traces.blanked(row["note"]),
        }
        for row in found
    ]


def _without_entries(value: Any, entry: str) -> Any:
    if isinstance(value, list):
        return [_without_entries(inner, entry) for inner in value if inner != entry]
    if isinstance(value, dict):
        return {name: _without_entries(inner, entry) for name, inner in value.items()}
    return value


FORGETTING = Forgetting(
    find_by_handle="comets/forgetting/find_by_handle",
    read_identities="comets/forgetting/read_identities",
    read_spellings="comets/forgetting/read_spellings",
    lock="comets/forgetting/lock_creator",
    rows=Rows(
        {
            "creators": "creators",
            "creator_stats": "creator_stats",
            "creator_videos": "creator_videos",
            "creator_video_sightings": "creator_video_sightings",
            "creator_contacts": "creator_contacts",
            "pictures": "pictures",
            "handle_history": "handle_history",
            "roll_call_misses": "roll_call_misses",
            "verdicts": "verdicts",
            "overrules": "overrules",
            "shortlist": "shortlist",
            "shortlist_events": "shortlist_events",
            "shortlist_stars": "shortlist_stars",
            "growth_labels": "growth_labels",
            "verdict_agreements": "verdict_agreements",
            "saved_searches": "saved_searches that are their own page",
        },
        "comets/forgetting/count_rows",
        "comets/forgetting/delete_rows",
    ),
    word_signs=(USERS_SIGN,),
    steps=[
        Texts(
            "comets/forgetting/count_texts",
            [
                (
                    "roll_call_batches",
                    "roll_call_batches (their place left empty)",
                    "comets/forgetting/blank_batches",
                ),
                ("creator_texts", "creators whose name or bio mentions them", "comets/forgetting/blank_creators"),
                ("contact_texts", "creator_contacts of others that name them", "comets/forgetting/delete_contacts"),
                ("reasons", "roll_call_misses of others that name them", "comets/forgetting/blank_reasons"),
                ("verdict_texts", "verdicts of others that name them", "comets/forgetting/blank_verdicts"),
                ("overrule_texts", "overrules of others that name them", "comets/forgetting/blank_overrules"),
                ("shortlist_texts", "shortlist notes of others that name them", "comets/forgetting/blank_shortlist"),
                (
                    "shortlist_event_texts",
                    "changes of shortlist notes of others that name them",
                    "comets/forgetting/blank_shortlist_events",
                ),
                ("search_looks", "saved_search_looks that they were among", "comets/forgetting/blank_search_looks"),
                ("adopted_leftovers", "adopted_leftovers", "comets/forgetting/delete_leftovers"),
            ],
        ),
        Documents(
            "video_texts",
            "creator_videos of others that name them",
            "comets/forgetting/read_videos",
            "comets/forgetting/store_video",
            _without_mentions,
            as_json=(),
        ),
        Documents(
            "leftover_texts",
            "adopted_leftovers of others that name them",
            "comets/forgetting/read_leftovers",
            "comets/forgetting/store_leftover",
            _without_leftovers,
            as_json=("row_data",),
        ),
        Documents(
            "saved_search_texts",
            "saved_searches that name them",
            "comets/forgetting/read_saved_searches",
            "comets/forgetting/store_saved_search",
            _without_searches,
            as_json=("parameters",),
        ),
        Documents(
            "rule_versions",
            "versions of the rules that name them",
            "comets/forgetting/read_rule_versions",
            "comets/forgetting/store_rule_version",
            _without_rules,
            as_json=("mapping",),
        ),
    ],
    keywords=Rows(
        {
            "daily_trends": "daily_trends that are their handle",
            "verdict_keywords": "verdicts found under their handle",
            "overrule_keywords": "overrules of verdicts found under their handle",
            "creator_keywords": "creators found under their handle",
            "stats_keywords": "snapshots found under their handle",
            "miss_keywords": "suspect readings found under their handle",
        },
        "comets/forgetting/count_keywords",
        "comets/forgetting/blank_keywords",
    ),
)
