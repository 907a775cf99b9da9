"""The page "Why not?": every screened creator and video, which layer decided, and on what evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

import psycopg
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator
from pydantic import Field as Limit
from starlette.exceptions import HTTPException

from include.comets.evidence import JudgedTexts, read_texts, read_videos
from include.database import Row, rows
from include.ranking.choice import beginning_with, keywords_meant
from include.tikhub.models import Video
from plugins.dashboard.comets import agreements, overrules, pictures
from plugins.dashboard.comets.overrules import verdict_address
from plugins.dashboard.comets.verdict_words import (
    DECISIONS,
    FIELDS,
    FIELDS_OF,
    MISSED,
    REASONS,
    REASONS_TO_AGREE,
    REASONS_TO_PASS,
    SOURCES,
    TEXTS,
    can_be_overruled,
    doubt,
    evidence,
    judge,
    overrule_key,
)
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.store import reading
from plugins.filters.places import find_place
from plugins.filters.rules import Rules, RulesError, rules_from_mapping, shipped_mapping

VERDICTS_A_PAGE = 50
MOST_PAGES_READ = 40  # stored pages of searches that a page of verdicts looks through for captions
MOST_KEYWORDS = 50  # that a few letters may mean; each is looked up by itself
router = APIRouter()
router.include_router(agreements.router)
router.include_router(overrules.router)
# A form sends an empty date where none was chosen.
Day = Annotated[date | None, BeforeValidator(lambda text: text or None)]


class Layer(StrEnum):
    """Who decided."""

    any = ""
    platform = "platform"
    pronoun = "pronoun"
    criteria = "criteria"
    face = "face"
    consistency = "consistency"
    undetermined = "undetermined"
    accepted = "accepted"


class Field(StrEnum):
    """What it was decided by."""

    any = ""
    handle = "handle"
    nickname = "nickname"
    bio = "bio"
    caption = "caption"
    plays = "plays"
    followers = "followers"
    account = "account"
    profile = "profile"
    cover = "cover"
    median_plays = "median_plays"
    share = "share"
    last_post = "last_post"
    overrule = "overrule"


@dataclass(frozen=True, slots=True)
class Marked:
    """A whole text in three pieces, harmless to show: what matched is in the middle. `is_decisive`: it decided."""

    name: str
    before: str
    matched: str
    after: str
    is_decisive: bool


class Search(BaseModel):
    """What the page is asked for; the same text in a verdict's address leads back to it, and on to the next one."""

    handle: Annotated[str, Limit(max_length=100, description="the beginning of a handle")] = ""
    video: Annotated[str, Limit(max_length=500, description="a video's id or address")] = ""
    keyword: Annotated[
        str, Limit(max_length=500, description="the keyword it was found under, or the beginning of a word")
    ] = ""
    user_id: Annotated[str, Limit(max_length=100, description="one creator's verdicts, whatever the handle")] = ""
    layer: Layer = Layer.any
    field: Field = Field.any
    since: Day = None
    until: Day = None
    uncertain: Annotated[bool, Limit(description="only where the detector was unsure")] = False
    unseen: Annotated[bool, Limit(description="only about what nobody said anything yet")] = False
    before_day: date | None = None
    before_keyword: Annotated[str, Limit(max_length=500)] = ""
    before_video: Annotated[str, Limit(max_length=100)] = ""

    def parameters(self, most: int) -> dict[str, Any]:
        """As the statements take it."""
        wanted = self.wanted_handle
        return {
            "handle": beginning_with(wanted) if wanted else None,
            "user_id": self.user_id.replace("\0", "").strip() or None,
            "video_id": _video_id(self.video.replace("\0", "")),
            "layer": self.layer.value or None,
            "field": self.field.value or None,
            "since": self.since,
            "until": self.until,
            "only_uncertain": self.uncertain,
            "only_unseen": self.unseen,
            "before_day": self.before_day,
            "before_keyword": self.before_keyword.replace("\0", ""),
            "before_video": self.before_video.replace("\0", ""),
            "most": most,
        }

    @property
    def wanted_handle(self) -> str:
        return self.handle.replace("\0", "").strip().removeprefix("@")

    @property
    def is_filtered(self) -> bool:
        texts = (self.wanted_handle, self.video.strip(), self.user_id.strip(), self.keyword.strip())
        return any(
            (*texts, self.layer, self.field, self.since, self.until, self.uncertain, self.unseen, self.before_day)
        )

    @property
    def is_possible(self) -> bool:
        """Whether this layer can decide by this field; anything else is not looked for among millions."""
        return not (self.layer and self.field) or self.field.value in FIELDS_OF[self.layer.value]


def search_from(query: str) -> Search | None:
    """The search of a page's query; None where it is none."""
    try:
        return Search.model_validate(dict(parse_qsl(query)))
    except ValueError:
        return None


@router.get("/why-not", name="why_not")
def search_verdicts(request: Request, search: Annotated[Search, Query()]) -> Response:
    """Verdicts, the newest day first, VERDICTS_A_PAGE to a page."""
    with reading() as connection:
        # One more than is shown tells whether there is another page.
        found = _find(connection, search, VERDICTS_A_PAGE + 1)
        shown = _with_covers(connection, found[:VERDICTS_A_PAGE], pictures.SMALL)
        videos = read_videos(connection, [_key(row) for row in shown], MOST_PAGES_READ)
    return write_page(
        request,
        "comets/why_not.html",
        verdicts=[_in_words(request, row, request.url.query, videos.get(_key(row))) for row in shown],
        has_covers=any(row["field"] == "cover" for row in shown),
        search=search,
        layers={"": "any", **DECISIONS},
        fields={"": "any", **FIELDS},
        last=shown[-1] if len(found) > VERDICTS_A_PAGE else None,
    )


@router.get("/why-not/{day}/{keyword:path}/{video_id}", name="verdict")
def show_verdict(
    request: Request,
    day: date,
    keyword: str,
    video_id: str,
    back: Annotated[str, Query(max_length=2000, description="the query of the list that led here")] = "",
) -> Response:
    """One verdict: the texts it was made from, with what matched marked in them, and what people said about it."""
    key = {"day": day, "keyword": keyword.replace("\0", ""), "video_id": video_id.replace("\0", "")}
    with reading() as connection:
        found = rows(connection, "dashboard/read_verdict", key)
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such verdict.")
        (verdict,) = _with_covers(connection, found, pictures.LARGE)
        texts = read_texts(connection, day, verdict["keyword"], verdict["video_id"], verdict["user_id"])
        said = rows(connection, "dashboard/read_overrules_of", {"user_id": verdict["user_id"]})
        agreed = rows(
            connection, "dashboard/agreements/read", {name: verdict[name] for name in ("user_id", "video_id", "layer")}
        )
        following = _next(connection, search_from(back) or Search(), verdict)
        rules = _rules(connection, verdict["rules_version"])
    marked = _marked(verdict, texts, rules)
    return write_page(
        request,
        "comets/verdict.html",
        verdict=_in_words(request, verdict, back, texts.video),
        back=back,
        next=verdict_address(request, *_key(following), back) if following else None,
        agreed=[{**row, "reason": REASONS[row["chosen_reason"]]} for row in agreed],
        reasons_to_pass=REASONS_TO_PASS.get(verdict["layer"], ()),
        reasons_to_agree=REASONS_TO_AGREE.get(verdict["layer"], {}),
        texts=marked,
        # The matched text alone is all that is left of a text that is not stored any more.
        is_text_gone=verdict["field"] in TEXTS and not any(text.is_decisive for text in marked),
        sources=SOURCES,
        target=overrule_key(verdict["layer"], verdict["field"]),
        can_be_overruled=can_be_overruled(verdict),
        missed=MISSED,
        shortest=overrules.SHORTEST,
        longest=overrules.LONGEST,
        overrules=[overrules.in_words(row) for row in said],
        is_passed=any(
            row["withdrawn_at"] is None and (row["layer"], row["expected"]) == (verdict["layer"], "pass")
            for row in said
        ),
    )


def _find(connection: psycopg.Connection[Any], search: Search, most: int) -> list[Row]:
    """Verdicts, of these keywords alone when some are asked for."""
    if not search.is_possible:
        return []
    meant = keywords_meant(connection, search.keyword, MOST_KEYWORDS)
    if meant is None:
        return rows(connection, "dashboard/search_verdicts", search.parameters(most))
    return rows(connection, "dashboard/search_verdicts_under", {**search.parameters(most), "keywords": meant})


def _next(connection: psycopg.Connection[Any], search: Search, verdict: Row) -> Row | None:
    """The verdict after this one among those that were searched for."""
    day, keyword, video_id = _key(verdict)
    after = search.model_copy(update={"before_day": day, "before_keyword": keyword, "before_video": video_id})
    return next(iter(_find(connection, after, 1)), None)


def _key(verdict: Row) -> tuple[date, str, str]:
    return verdict["day"], verdict["keyword"], verdict["video_id"]


def _with_covers(connection: psycopg.Connection[Any], verdicts: Sequence[Row], place: tuple[int, int]) -> list[Row]:
    """Each with the copy of its cover, where it was judged by one and a copy is kept, and with the box of the face."""
    by_cover = [(row["user_id"], row["video_id"]) for row in verdicts if row["field"] == "cover"]
    found = pictures.read_covers(connection, by_cover, place)
    covers = [found.get((row["user_id"], row["video_id"])) if row["field"] == "cover" else None for row in verdicts]
    return [{**row, "cover": pictures.with_box(cover, row)} for row, cover in zip(verdicts, covers, strict=True)]


def _in_words(request: Request, row: Row, back: str, video: Video | None) -> Row:
    """As the pages show it; with the caption and the plays of its video, where the answer is still stored."""
    return {
        **row,
        "caption": calmed(video.caption) if video else None,
        "plays": video.plays if video else None,
        "judge": judge(row),
        "decision": DECISIONS[row["layer"]],
        "evidence": evidence(row),
        "doubt": doubt(row),
        "address": verdict_address(request, *_key(row), back),
        "post_address": verdict_address(request, *_key(row)),
        "agree_address": overrules.address_about(request, "agree", *_key(row)),
        "video_address": f"https://www.tiktok.com/@{quote(row['handle'], safe='')}/video/{quote(row['video_id'], safe='')}",
        "run_address": f"{address_of(request, 'runs')}?run_id={quote(row['run_id'], safe='')}",
        "match": calmed(row["matched_text"] or ""),
    }


def _marked(verdict: Row, texts: JudgedTexts, rules: Rules) -> list[Marked]:
    """The texts that are still stored, with the match marked where the verdict has one."""
    marked = []
    for name in TEXTS:
        is_decisive = verdict["field"] == name
        matched = verdict["matched_text"] if is_decisive else None
        text = texts.read(name, matched) or (verdict["handle"] if name == "handle" else None)
        if not text:
            continue
        place = find_place(rules, name, text, matched) if matched else None
        if is_decisive and place is None:
            continue  # not the text that was judged
        start, end = place or (len(text), len(text))
        pieces = (calmed(text[:start]), calmed(text[start:end]), calmed(text[end:]))
        marked.append(Marked(FIELDS[name], *pieces, is_decisive))
    return marked


def _rules(connection: psycopg.Connection[Any], version: str) -> Rules:
    """The rules that made a verdict; those that ship where they are not kept any more."""
    kept = rows(connection, "comets/read_rules", {"version": version})
    try:
        return rules_from_mapping(kept[0]["mapping"] if kept else shipped_mapping())
    except RulesError:
        return rules_from_mapping(shipped_mapping())


def _video_id(given: str) -> str | None:
    """The id in what was pasted: an id, or a video's address, whose longest number it is."""
    numbers = re.findall(r"[0-9]+", given)
    return max(numbers, key=len) if numbers else given.strip() or None
