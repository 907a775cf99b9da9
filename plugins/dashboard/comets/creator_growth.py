"""Part of the page "Creator": whether the growth looks bought, sign by sign, with the numbers each rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from include.database import Row, rows
from plugins.dashboard.rendering import number

DAYS = 28
LEAST_DAYS = 10  # observed ones, before anything is said
SAID = {None: "cannot be told", 0: "nothing speaks for it", 1: "a sign", 2: "a strong sign"}
TITLES = {
    "hearts": "Hearts",
    "videos": "Videos",
    "purge": "Purge and rebuy",
    "steps": "Equal steps",
    "jumps": "Round jumps",
}


def read_growth(connection: psycopg.Connection[Any], person: Mapping[str, Any]) -> dict[str, Any]:
    """What the template creator_growth.html shows; each part is (title, the sign in words, the sign, its numbers in words)."""
    found = rows(connection, "dashboard/growth/read_check", person)
    check = found[0] if found else None
    verdict = check["verdict"] if check else "cannot be told"
    signs = {name: check[f"sign_{name}"] if check else None for name in TITLES}
    parts: list[tuple[str, str, int | None, str]] = []
    if check and check["gained"] is not None:
        parts = [(title, SAID[signs[name]], signs[name], _TEXTS[name](check)) for name, title in TITLES.items()]
    return {"check": check, "verdict": verdict, "sentence": sentence(verdict, check, signs), "parts": parts}


def sentence(verdict: str, check: Row | None, signs: Mapping[str, int | None]) -> str:
    """The check in one sentence."""
    speaking = _listed([TITLES[name].lower() for name, sign in signs.items() if sign])
    open_ones = _listed([TITLES[name].lower() for name, sign in signs.items() if sign is None])
    asked = f" Of {open_ones} it cannot be told." if open_ones else ""
    match verdict:
        case "looks bought":
            return f"The growth looks bought: {speaking} speak for it.{asked}"
        case "one sign":
            return f"One sign speaks for bought followers, {speaking}: too little for the mark.{asked}"
        case "no sign":
            return f"Nothing that was asked speaks for bought followers; that proves nothing.{asked}"
        case "no growth":
            return f"The followers did not grow by 3 % and 100 within {DAYS} days: there is nothing to ask about."
        case _ if check is None or check["days"] < LEAST_DAYS:
            days = check["days"] if check else 0
            return f"It cannot be told: observed on {days} of the last {DAYS + 1} days, and it takes {LEAST_DAYS}."
        case _:
            return "It cannot be told: too few creators grow to say how many hearts are usual."


def _hearts(check: Row) -> str:
    said = (
        f"{number(check['gained'])} followers were gained and {number(check['hearts'])} hearts,"
        f" {check['first_day']} to {check['last_day']}"
    )
    if check["usual_hearts"] is None:
        return f"{said}. Too few creators grow to say what is usual."
    said += f"; usual for so many are {number(check['usual_hearts'])} (n = {number(check['usual_creators'])} creators)."
    if check["burst_days"] and check["other_days"]:
        even = check["other_hearts"] * check["burst_days"] // check["other_days"]
        said += (
            f" The {check['burst_days']} strongest days brought {number(check['burst_gained'])} followers and"
            f" {number(check['burst_hearts'])} hearts; on as many other days it is {number(even)} hearts."
        )
    return said


def _videos(check: Row) -> str:
    per = f"{check['plays'] / check['gained']:,.1f}" if check["gained"] else "–"
    return (
        f"{number(check['posts'])} posted, {number(check['known_videos'])} of them known;"
        f" {number(check['plays'])} plays counted, {per} for each follower gained. 10 explain it."
    )


def _purge(check: Row) -> str:
    if check["fall"] is None:
        return "No sudden loss of 8 % or more."
    return (
        f"{number(check['fall'])} followers lost in one look, seen on {check['fell_on']};"
        f" {number(check['regained'])} more within the ten days after. Half of the loss makes it a rebuy."
    )


def _steps(check: Row) -> str:
    often = f", up to {number(check['even_step'])}" if check["even_step"] else ""
    return f"{check['even_steps']} of {check['steps']} days brought as many followers as the day before{often}. It takes 5."


def _jumps(check: Row) -> str:
    largest = f", up to {number(check['round_jump'])}" if check["round_jump"] else ""
    return f"{check['round_jumps']} of {check['jumps']} sudden jumps were of a size that is sold{largest}."


_TEXTS = {"hearts": _hearts, "videos": _videos, "purge": _purge, "steps": _steps, "jumps": _jumps}


def _listed(names: list[str]) -> str:
    *first, last = names or [""]
    return f"{', '.join(first)} and {last}" if first else last
