"""What the tables of one's own accounts hold about a person, and how it is taken out.

A person may be named in captions, notes and messages; or an account itself may be theirs: then all of it goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from include.database import Row
from include.erasure.parts import Documents, Forgetting, Rows
from include.erasure.person import Person
from include.erasure.traces import without

# Lists of names without the sign: there the mere word is a name.
NAMES = ("mentions", "hashtags", "candidates")
# Texts in which their name stands after an @, or as a hashtag.
CAPTIONS = ("title", "extra")


def _cleaned(found: Sequence[Row], person: Person, blank: str) -> list[Row]:
    """Rows of an account of their own are as they were: all of them go."""
    mentions, names, captions = person.mentions(blank), person.traces(blank), person.captions(blank)
    return [
        row
        if row.get("account") in person.handles
        else {
            **row,
            "texts": {
                column: without(value, names if column in NAMES else captions if column in CAPTIONS else mentions)
                for column, value in row["texts"].items()
            },
        }
        for row in found
    ]


def _documents(table: str, title: str) -> Documents:
    read, store = _STATEMENTS[table]
    return Documents(f"texts_of_{table}", title, read, store, _cleaned, as_json=("texts",))


_STATEMENTS = {
    "account_exports": (
        "account_analytics/forgetting/read_account_exports",
        "account_analytics/forgetting/store_account_exports",
    ),
    "account_outcomes": (
        "account_analytics/forgetting/read_account_outcomes",
        "account_analytics/forgetting/store_account_outcomes",
    ),
    "account_questions": (
        "account_analytics/forgetting/read_account_questions",
        "account_analytics/forgetting/store_account_questions",
    ),
    "social_media_stats": (
        "account_analytics/forgetting/read_social_media_stats",
        "account_analytics/forgetting/store_social_media_stats",
    ),
    "content_performance": (
        "account_analytics/forgetting/read_content_performance",
        "account_analytics/forgetting/store_content_performance",
    ),
    "account_anomalies": (
        "account_analytics/forgetting/read_account_anomalies",
        "account_analytics/forgetting/store_account_anomalies",
    ),
    "account_quality": (
        "account_analytics/forgetting/read_account_quality",
        "account_analytics/forgetting/store_account_quality",
    ),
    "account_sources": (
        "account_analytics/forgetting/read_account_sources",
        "account_analytics/forgetting/store_account_sources",
    ),
}
FORGETTING = Forgetting(
    read_names="account_analytics/forgetting/read_names",
    rows=Rows(
        {"accounts": "accounts of their own, with everything of them", "account_files": "files of such accounts"},
        "account_analytics/forgetting/count_rows",
        "account_analytics/forgetting/delete_rows",
    ),
    steps=[
        _documents("account_exports", "files and reports whose reason names them"),
        _documents("account_outcomes", "lines about files that name them"),
        _documents("account_questions", "questions that name them"),
        _documents("social_media_stats", "days of accounts with columns that name them"),
        _documents("content_performance", "videos of one's own accounts whose captions name them"),
        _documents("account_anomalies", "anomalies whose note names them"),
        _documents("account_quality", "scores whose worst offenders name them"),
        _documents("account_sources", "reasons why an account's numbers did not come that name them"),
    ],
)
