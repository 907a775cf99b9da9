"""What the ranking holds about a person, and how it is taken out."""

from __future__ import annotations

from include.erasure.parts import Forgetting, Rows, Texts

FORGETTING = Forgetting(
    read_spellings="ranking/forgetting/read_spellings",
    rows=Rows(
        {
            "standings": "standings",
            "breakout_rankings": "breakout_rankings (their rank left empty)",
            "alerts_told": "alerts_told",
        },
        "ranking/forgetting/count_rows",
        "ranking/forgetting/delete_rows",
    ),
    steps=[
        Texts(
            "ranking/forgetting/count_texts",
            [
                ("standing_texts", "standings whose name mentions them", "ranking/forgetting/blank_standings"),
                ("alert_addresses", "addresses of alerts that name them", "ranking/forgetting/blank_addresses"),
            ],
        )
    ],
    keywords=Rows(
        {"standing_keywords": "standings found under their handle"},
        "ranking/forgetting/count_keywords",
        "ranking/forgetting/blank_keywords",
    ),
)
