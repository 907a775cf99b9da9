"""Takes a person out of the settings and reports of runs, whichever pipeline's they are."""

from __future__ import annotations

from collections.abc import Sequence

from include.database import Row
from include.erasure.parts import Documents, Forgetting
from include.erasure.person import Person
from include.erasure.traces import Traces, without

JSON = ("settings", "counts")
TEXTS = ("report", "stopped_because", "failed_tasks", "failed_checks")


def _cleaned(found: Sequence[Row], person: Person, blank: str) -> list[Row]:
    traces = person.traces(blank)
    in_texts = Traces(traces.user_ids, [*traces.texts, *person.words], blank=blank)
    return [
        {
            **row,
            **{name: without(row[name], traces) for name in JSON},
            **{name: without(row[name], in_texts) for name in TEXTS},
        }
        for row in found
    ]


FORGETTING = Forgetting(
    steps=[
        Documents(
            "runs",
            "runs whose settings or report name them",
            "erasure/read_runs",
            "erasure/store_run",
            _cleaned,
            as_json=JSON,
            has_own_blanks=True,
        )
    ]
)
