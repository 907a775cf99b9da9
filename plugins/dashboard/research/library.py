"""The page "Library": search in what videos say, show and are captioned with; each hit with its second, picture and words."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup, escape
from pydantic import BeforeValidator
from starlette.responses import RedirectResponse

from include.database import one, rows
from include.export.tables import MEDIA_TYPES, pieces
from include.video_research import library
from include.video_research.documents import LIBRARY
from include.video_research.library import LONGEST_TEXT, Answer, Filters, Passage
from include.video_research.records import VIDEO
from include.video_research.thinning import thinned
from plugins.dashboard.access import Reader, Sender
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.research.video import frames_of
from plugins.dashboard.research.words import SOURCES, SPEECH
from plugins.dashboard.store import reading, writing

A_PAGE, MOST_PAGES = 20, 500
MOST_EXPORTED = 5_000
FRAMES_SHOWN = 5
LONGEST_SHOWN, BEFORE = 240, 60  # letters of a passage, and of what stands before its first mark
JSON = "application/json"
MOST_LISTED = 12  # characters that cannot be searched
# As rapidocr's model reads them; first words of Unicode's names of letters.
_READ_ON_SCREENS = frozenset(
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH", "MODIFIER", "MASCULINE", "FEMININE"}
)
Format = Literal["csv", "parquet", "json"]
# A form sends a field that nobody filled as an empty text.
Day = Annotated[date | None, BeforeValidator(lambda text: text or None)]
Short = Annotated[str, Query(max_length=200)]
router = APIRouter()


class Order(StrEnum):
    """What answers go by."""

    best = "best"
    newest = "newest"
    posted = "posted"


class Source(StrEnum):
    """Where it has to stand."""

    any = ""
    speech = "speech"
    screen = "screen"
    caption = "caption"


class Judged(StrEnum):
    """What somebody said of the video."""

    any = ""
    relevant = "relevant"
    not_relevant = "not_relevant"


@router.get("/library", name="library")
def search(
    request: Request,
    user: Reader,
    q: Annotated[str, Query(max_length=LONGEST_TEXT)] = "",
    query: Short = "",
    author: Short = "",
    language: Short = "",
    since: Day = None,
    until: Day = None,
    source: Source = Source.any,
    state: Short = "",
    judged: Judged = Judged.any,
    certain: bool = False,
    new: bool = False,
    order: Order = Order.best,
    page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1,
) -> Response:
    """Answers to what was typed; all videos where nothing was, newest first."""
    with reading() as connection:
        looked_at = one(connection, "dashboard/research/read_look", {"reader": user.get_name()})["looked_at"]
        wanted = filters(query, author, language, since, until, source, state, judged, certain)
        wanted = replace(wanted, added_since=looked_at) if new else wanted
        found = library.find(connection, q, wanted, limit=A_PAGE + 1, skip=(page - 1) * A_PAGE, order=order.value)
        choices = rows(connection, "dashboard/research/read_choices")
        total = one(connection, "dashboard/research/count_library", {"since": looked_at})
        question = (
            rows(connection, "dashboard/research/find_question", {"query_id": query.replace("\0", "")}) if query else []
        )
    return write_page(
        request,
        "research/library.html",
        answers=[shown(each) for each in found[:A_PAGE]],
        has_more=len(found) > A_PAGE,
        page=page,
        q=q,
        unsearchable=unsearchable(q),
        empty=why_empty(q, wanted, page, total["videos"]) if not found else None,
        unread=scripts_unread(q),
        question=question[0] if question else None,
        chosen={
            "query": query,
            "author": author,
            "language": language,
            "since": since,
            "until": until,
            "source": source.value,
            "state": state,
            "judged": judged.value,
            "certain": certain,
            "new": new,
            "order": order.value,
        },
        choices=choices,
        total=total,
        looked_at=looked_at,
        sources=SOURCES,
        speech_words=SPEECH,
        orders={
            Order.best.value: "best first",
            Order.newest.value: "new here first",
            Order.posted.value: "newest posts first",
        },
        longest=LONGEST_TEXT,
        highlighted=highlighted,
    )


@router.post("/looks", name="looked")
def note_look(request: Request, user: Sender) -> Response:
    """From now on what was there is not new to this reader any more."""
    with writing() as connection:
        rows(connection, "dashboard/research/note_look", {"reader": user.get_name()})
    return RedirectResponse(address_of(request, "library"), HTTPStatus.SEE_OTHER)


@router.get("/export/library.{file_format}", name="export_library")
def export(
    file_format: Format,
    q: Annotated[str, Query(max_length=LONGEST_TEXT)] = "",
    query: Short = "",
    author: Short = "",
    language: Short = "",
    since: Day = None,
    until: Day = None,
    source: Source = Source.any,
    state: Short = "",
    judged: Judged = Judged.any,
    certain: bool = False,
    order: Order = Order.best,
) -> Response:
    """The list that the page shows, with the best passage of each video; at most MOST_EXPORTED."""
    wanted = filters(query, author, language, since, until, source, state, judged, certain)
    with reading() as connection:
        found = library.find(connection, q, wanted, limit=MOST_EXPORTED, order=order.value, passages=1)
    lines = [exported(answer) for answer in found]
    kind = JSON if file_format == "json" else MEDIA_TYPES[file_format]
    headers = {"content-type": kind, "content-disposition": f'attachment; filename="cometwatch-library.{file_format}"'}
    if file_format == "json":
        return Response(json.dumps(lines, default=str, ensure_ascii=False, indent=1).encode(), headers=headers)
    listed = [[line[column.name] for column in LIBRARY.columns] for line in lines]
    return Response(b"".join(pieces(LIBRARY, listed, file_format)), headers=headers)


def filters(
    query: str,
    author: str,
    language: str,
    since: date | None,
    until: date | None,
    source: Source,
    state: str,
    judged: Judged,
    certain: bool,
) -> Filters:
    """What was chosen; empty is any."""

    def given(text: str) -> str | None:
        return text.replace("\0", "").strip().removeprefix("@") or None

    return Filters(
        query_id=given(query),
        author=given(author),
        language=given(language),
        posted_from=since,
        posted_to=until,
        speech_state=given(state),
        source=source.value or None,  # type: ignore[arg-type]  # one of the words that Filters takes
        is_certain=certain,
        is_relevant=None if judged is Judged.any else judged is Judged.relevant,
    )


def why_empty(q: str, wanted: Filters, page: int, videos: int) -> str:
    """Which of the reasons it is that a page has no answer: each is told by a sentence of its own."""
    if videos == 0:
        return "library"
    if wanted.posted_from and wanted.posted_to and wanted.posted_from > wanted.posted_to:
        return "dates"
    if page > 1:
        return "page"
    if library.sought(q) is None:
        return "filters"
    return "words and filters" if wanted != Filters() else "words"


def unsearchable(q: str) -> str:
    """The characters of a text in which no word is, each once; empty where one is, or nothing was typed."""
    if library.sought(q) is not None:
        return ""
    seen = dict.fromkeys(letter for letter in q if letter.isprintable() and not letter.isspace())
    return " ".join(list(seen)[:MOST_LISTED]) if seen or not q.strip() else "what is not seen"


def scripts_unread(q: str) -> str:
    """The scripts in a text that the offline engine does not read on screens, by their English names."""
    names = (unicodedata.name(letter, "").partition(" ")[0] for letter in q if letter.isalpha())
    return ", ".join(dict.fromkeys(name.capitalize() for name in names if name and name not in _READ_ON_SCREENS))


def shown(answer: Answer) -> dict[str, Any]:
    """An answer with the picture that belongs to its best passage, and a few others."""
    frames = frames_of(answer.sha256)
    best = answer.passages[0] if answer.passages else None
    second = round(best.at, 2) if best and best.at is not None else 0.0
    before = [frame for frame in frames if frame["second"] <= second + 0.5]
    return {
        "answer": answer,
        "second": second,
        "frame": before[-1] if before else frames[0] if frames else None,
        "others": thinned(frames, FRAMES_SHOWN),
        "plays": VIDEO in answer.sha256,
    }


def highlighted(passage: Passage) -> Markup:
    """The text, escaped, with what matched marked; what is long is cut around the first mark."""
    first = passage.marks[0][0] if passage.marks else 0
    begins = max(0, first - BEFORE) if len(passage.text) > LONGEST_SHOWN else 0
    ends = min(len(passage.text), begins + LONGEST_SHOWN)
    told = Markup("… ") if begins else Markup("")
    at = begins
    for start, end in passage.marks:
        if start < begins or end > ends:
            continue
        told += escape(calmed(passage.text[at:start])) + Markup("<mark>{}</mark>").format(
            calmed(passage.text[start:end])
        )
        at = end
    return told + escape(calmed(passage.text[at:ends])) + (Markup(" …") if ends < len(passage.text) else Markup(""))


def exported(answer: Answer) -> dict[str, Any]:
    """An answer as a line of a file."""
    of_answer = {name: getattr(answer, name) for name in _OF_ANSWER}
    best = library.as_json(answer)
    return {
        **of_answer,
        **{name: best[name] for name in ("source", "second", "about", "is_estimated", "is_uncertain", "text")},
    }


_OF_ANSWER = ("video_id", "url", "author", "caption", "language", "posted_at", "added_at", "is_relevant", "is_made_up")
