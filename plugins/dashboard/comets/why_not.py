"""The page "Why not?": every screened creator and video, which layer decided, and on what evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

import psycopg
from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator
from starlette.exceptions import HTTPException

from include.comets.evidence import JudgedTexts, read_texts
from include.database import Row, rows
from plugins.dashboard.comets import overrules, pictures
from plugins.dashboard.comets.ranking import beginning_with, keywords_meant
from plugins.dashboard.comets.verdict_words import (
    DECISIONS,
    FIELDS,
    FIELDS_OF,
    MISSED,
    SOURCES,
    TEXTS,
    can_be_overruled,
    doubt,
    evidence,
    overrule_key,
)
from plugins.dashboard.rendering import address_of, calmed, write_page
from plugins.dashboard.store import reading
from plugins.filters.places import find_place
from plugins.filters.rules import Rules, RulesError, rules_from_mapping, shipped_mapping

VERDICTS_A_PAGE = 50
MOST_KEYWORDS = 50  # that a few letters may mean; each is looked up by itself
router = APIRouter()
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
    overrule = "overrule"


@dataclass(frozen=True, slots=True)
class Marked:
    """A whole text in three pieces, harmless to show: what matched is in the middle. `is_decisive`: it decided."""

    name: str
    before: str
    matched: str
    after: str
    is_decisive: bool


@router.get("/why-not", name="why_not")
def search_verdicts(
    request: Request,
    handle: Annotated[str, Query(max_length=100, description="the beginning of a handle")] = "",
    video: Annotated[str, Query(max_length=500, description="a video's id or address")] = "",
    keyword: Annotated[
        str, Query(max_length=500, description="the keyword it was found under, or the beginning of a word")
    ] = "",
    user_id: Annotated[str, Query(max_length=100, description="one creator's verdicts, whatever the handle")] = "",
    layer: Annotated[Layer, Query()] = Layer.any,
    field: Annotated[Field, Query()] = Field.any,
    since: Annotated[Day, Query()] = None,
    until: Annotated[Day, Query()] = None,
    uncertain: Annotated[bool, Query(description="only where the detector was unsure")] = False,
    before_day: Annotated[date | None, Query()] = None,
    before_keyword: Annotated[str, Query(max_length=500)] = "",
    before_video: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Verdicts, the newest day first, VERDICTS_A_PAGE to a page."""
    wanted = handle.replace("\0", "").strip().removeprefix("@")
    video_id = _video_id(video.replace("\0", ""))
    parameters: dict[str, Any] = {
        "handle": beginning_with(wanted) if wanted else None,
        "user_id": user_id.replace("\0", "").strip() or None,
        "video_id": video_id,
        "layer": layer.value or None,
        "field": field.value or None,
        "since": since,
        "until": until,
        "only_uncertain": uncertain,
        "before_day": before_day,
        "before_keyword": before_keyword.replace("\0", ""),
        "before_video": before_video.replace("\0", ""),
        # One more than is shown tells whether there is another page.
        "most": VERDICTS_A_PAGE + 1,
    }
    is_possible = not (layer.value and field.value) or field.value in FIELDS_OF[layer.value]
    with reading() as connection:
        found = _find(connection, keyword, parameters) if is_possible else []
        shown = _with_covers(connection, found[:VERDICTS_A_PAGE], pictures.SMALL)
    return write_page(
        request,
        "comets/why_not.html",
        verdicts=[_in_words(request, row) for row in shown],
        has_covers=any(row["field"] == "cover" for row in shown),
        handle=handle,
        video=video,
        keyword=keyword,
        user_id=user_id,
        layer=layer.value,
        layers={"": "any", **DECISIONS},
        field=field.value,
        fields={"": "any", **FIELDS},
        since=since,
        until=until,
        uncertain=uncertain,
        is_filtered=bool(wanted or video_id or parameters["user_id"] or keyword.strip() or layer.value or field.value)
        or bool(since or until or uncertain or before_day),
        last=shown[-1] if len(found) > VERDICTS_A_PAGE else None,
        is_first=before_day is None,
    )


@router.get("/why-not/{day}/{keyword:path}/{video_id}", name="verdict")
def show_verdict(request: Request, day: date, keyword: str, video_id: str) -> Response:
    """One verdict: the texts it was made from, with what matched marked in them, and what people said about it."""
    key = {"day": day, "keyword": keyword.replace("\0", ""), "video_id": video_id.replace("\0", "")}
    with reading() as connection:
        found = rows(connection, "dashboard/read_verdict", key)
        if not found:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such verdict.")
        (verdict,) = _with_covers(connection, found, pictures.LARGE)
        texts = read_texts(connection, day, verdict["keyword"], verdict["video_id"], verdict["user_id"])
        said = rows(connection, "dashboard/read_overrules_of", {"user_id": verdict["user_id"]})
        rules = _rules(connection, verdict["rules_version"])
    marked = _marked(verdict, texts, rules)
    return write_page(
        request,
        "comets/verdict.html",
        verdict=_in_words(request, verdict),
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
    )


def _find(connection: psycopg.Connection[Any], keyword: str, parameters: dict[str, Any]) -> list[Row]:
    """A page of verdicts, of these keywords alone when some are asked for."""
    meant = keywords_meant(connection, keyword, MOST_KEYWORDS)
    if meant is None:
        return rows(connection, "dashboard/search_verdicts", parameters)
    return rows(connection, "dashboard/search_verdicts_under", {**parameters, "keywords": meant})


def _with_covers(connection: psycopg.Connection[Any], verdicts: Sequence[Row], place: tuple[int, int]) -> list[Row]:
    """Each with the copy of its cover, where it was judged by one and a copy is kept, and with the box of the face."""
    by_cover = [(row["user_id"], row["video_id"]) for row in verdicts if row["field"] == "cover"]
    found = pictures.read_covers(connection, by_cover, place)
    covers = [found.get((row["user_id"], row["video_id"])) if row["field"] == "cover" else None for row in verdicts]
    return [{**row, "cover": pictures.with_box(cover, row)} for row, cover in zip(verdicts, covers, strict=True)]


def _in_words(request: Request, row: Row) -> Row:
    return {
        **row,
        "decision": DECISIONS[row["layer"]],
        "evidence": evidence(row),
        "doubt": doubt(row),
        "address": overrules.verdict_address(request, row["day"], row["keyword"], row["video_id"]),
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
