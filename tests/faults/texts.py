"""Texts that are too long for a row or an index, and texts that mean something to SQL, to COPY, to a template or to a reader."""

from __future__ import annotations

import json
from typing import Any

from include.tikhub.parsers import LONG_TEXT, SHORT_TEXT
from tests.faults.catalogue import fault
from tests.faults.stage import Play

PROFILE = {"endpoint": "user_profile"}
MEGABYTE = 1_000_000
# Field of data.user -> column of `creators`.
COLUMNS = {"nickname": "nickname", "signature": "signature", "unique_id": "handle"}
MEANINGFUL = (
    "'; drop table creators; --",
    '" or 1=1 /* */ $$ $1 :name %(user_id)s %s %% {} {0} {{ 7*7 }}',
    r"\. \N \\ \x00 \u0041 C:\new\table",
    "a\tb\nc\rd",
    "\u202egnp.exe\u202c \u200fשלום\u200e",
    "👩\u200d👩\u200d👧 🏳️\u200d🌈 ﬀ İ ß e\u0301 é",
    "\ufeffBOM \u00a0 \u3000",
    "раypal Αdmin ①②",
    "z\u0351\u0363\u0352a\u0346\u0359l\u0323g\u0310o\u031a",
    "<script>alert(1)</script>",
)
ONE_LINE = str.maketrans("\t\n\r", "   ")


def _strike(play: Play, actions: list[dict[str, Any]]) -> list[str]:
    """One creator for each action; returns the creators."""
    struck = play.rng.sample(sorted(play.expected), len(actions))
    for user_id, action in zip(struck, actions, strict=True):
        play.sandbox.inject({"match": {**PROFILE, "user_id": user_id}, "times": None, "action": action})
    return struck


def _says(name: str, text: str) -> dict[str, Any]:
    return {"kind": "field", "path": f"data.user.{name}", "literal": json.dumps(text)}


def _kept(play: Play, user_id: str, name: str) -> str:
    return play.rows(f"select {COLUMNS[name]} from creators where user_id = %s", user_id)[0][0] or ""  # noqa: S608 - a name of ours


@fault("F26", "an answer of 10 MB, a bio of 7 MB, and 8 kB that do not compress in an indexed column", roster=40)
def long_texts(play: Play) -> None:
    play.deadline = 20.0
    # Four bytes each, and no two alike beside each other: an index takes 2,704 bytes of what it cannot compress.
    wide = "".join(chr(play.rng.randrange(0x20000, 0x2A6D0)) for _ in range(2_000))
    texts = [("signature", "x" * 7 * MEGABYTE), ("unique_id", wide), ("nickname", wide)]
    huge, *others = _strike(
        play, [{"kind": "oversize", "bytes": 10 * MEGABYTE}, *(_says(name, text) for name, text in texts)]
    )
    run = play.roll_call()
    # More than the client reads of any answer: refused before its end, and named as a miss.
    misses: dict[str, Any] = dict(play.rows("select user_id, reason from roll_call_misses where day = %s", play.day))
    play.check(f"10 MB cost their own creator alone ({misses})", set(misses) == {huge} and bool(misses[huge]))
    for user_id, (name, text) in zip(others, texts, strict=True):
        kept, most = _kept(play, user_id, name), LONG_TEXT if name == "signature" else SHORT_TEXT
        play.check(f"{name} is cut to {most:,} letters ({len(kept):,})", kept == text[:most])
    play.check("the index finds who has the long handle",
               play.rows("select user_id from creators where handle = %s", wide[:SHORT_TEXT]) == [(others[1],)])  # fmt: skip
    play.bound = 8  # the refused answers are billed all the same: two tries, three identities
    play.sandbox.clear_faults()
    again = play.open(run_id=run.run_id)
    play.retry_until_done(play.start_all(again, play.plan(again)))
    play.finish(again)


@fault("F27", "SQL, placeholders, backslashes, RTL marks, ZWJ emoji, BOM, look-alikes: kept to the byte, a name is no identity",
       roster=60)  # fmt: skip
def meaningful_texts(play: Play) -> None:
    texts = [(name, text) for text in MEANINGFUL for name in ("nickname", "signature")]
    # The very name of somebody else, letter by letter or to the eye.
    double = play.rng.choice(sorted(play.expected))
    name = play.rows("select nickname from creators where user_id = %s", double)[0][0]
    texts += [("nickname", name), ("nickname", name.replace("a", "а").replace("e", "е"))]
    before = play.rows("select count(*) from creators")
    struck = _strike(play, [_says(name, text) for name, text in texts])
    play.roll_call()
    # A name is one line, wherever it is shown; all else is kept.
    texts = [(name, text if name == "signature" else text.translate(ONE_LINE)) for name, text in texts]
    for user_id, (field, text) in zip(struck, texts, strict=True):
        kept = _kept(play, user_id, field)
        play.check(f"{field} {text[:20]!r} is kept as {kept[:20]!r}", kept.encode() == text.encode())
    play.check("nobody is entered, removed or merged by a name", play.rows("select count(*) from creators") == before)
    found = play.rows("select user_id from creators where nickname = any(%s)", [text for _, text in texts])
    play.check("and each is found by that name", {each for (each,) in found} >= {
        user_id for user_id, (field, _) in zip(struck, texts, strict=True) if field == "nickname"})  # fmt: skip
