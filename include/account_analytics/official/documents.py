"""What the official API answered, as the file that lands: one for each account, endpoint and window, with all its pages.

The same answers always give the same bytes: the moment in it is that of the first answer, as the ledger has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from include.account_analytics.facts import Refused
from include.account_analytics.reading.documents import NOT_GIVEN, read_document
from include.tiktok_business.endpoints import VENDOR

KIND = "tiktok_accounts_api/1"


@dataclass(frozen=True, slots=True)
class Document:
    """A file to be handed over. `answers` is how many pages are in it; `last_day` the last one that it has numbers of.

    `refused`: why it would not be taken in.
    """

    name: str
    content: bytes
    answers: int
    last_day: date | None = None
    refused: Refused | None = None

    @property
    def is_empty(self) -> bool:
        """Whether TikTok answered, and gave nothing: a new account has no numbers yet."""
        return self.refused is not None and self.refused.code == "no_rows"


def document(
    endpoint: str, business_id: str, asked_at: datetime, request: Mapping[str, Any], answers: Sequence[Any]
) -> Document:
    """`endpoint` as the ledger names it; `answers` are the envelopes' data as they came. No credential is part of any."""
    own = endpoint.removeprefix(f"{VENDOR}/")
    at = asked_at.astimezone(UTC)
    content = {
        "cometwatch": KIND,
        "endpoint": own,
        "business_id": business_id,
        "asked_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "request": dict(request),
        "answers": list(answers),
    }
    packed = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    name = f"api_{own.replace('/', '_')}_{at:%Y%m%dT%H%M%SZ}.json"
    try:
        read = read_document(packed)
    except Refused as refused:
        return Document(name, packed, len(answers), refused=refused)
    rows = [row for part in read.parts if part.name == "days" for row in part.rows]
    days = [day for day, *numbers in rows if any(number not in ("", NOT_GIVEN) for number in numbers)]
    return Document(name, packed, len(answers), date.fromisoformat(max(days)) if days else None)
