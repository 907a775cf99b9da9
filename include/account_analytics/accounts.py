"""Whose a file is: by its folder, its name, and the links in it; where these disagree, or say nothing, a person is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from include import database
from include.account_analytics.facts import Question
from include.account_analytics.rows import as_jsonb
from include.database import Row

UNASSIGNED = "_unassigned"  # where the lake keeps what is nobody's yet
HANDLE = re.compile(r"(?!\.+$)[\w.]{2,24}")
DATED = re.compile(r"[\d._-]+")  # a folder of a year or a month, which is nobody's name
Answers = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Claims:
    """What speaks for an account: the folders around it, outermost first and with / between them, the handle in a name as
    TikTok gives it, whose videos the links lead to.
    """

    folder: str | None = None
    named: str | None = None
    linked: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Whose:
    """The account and what it was found by; or the question that has to be answered first."""

    account: str | None
    basis: str | None = None
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that are known, each under all its names in small letters."""

    by_name: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: psycopg.Connection[Any]) -> Accounts:
        found = read_all(connection)
        names = {
            name.lower(): row["account"] for row in found for name in (*row["aliases"], row["handle"], row["account"])
        }
        return cls(names)

    @property
    def all(self) -> list[str]:
        return sorted(set(self.by_name.values()))

    def find(self, handle: str) -> str:
        """The account of this name; a name that nobody has stands for itself."""
        name = normal(handle)
        return self.by_name.get(name, name)


def normal(handle: str) -> str:
    return handle.strip().lstrip("@").lower()


def whose(export_sha256: str, file_name: str, claims: Claims, known: Accounts, answers: Answers) -> Whose:
    """The one account that all claims lead to. An unknown handle is a new account; what is no handle opens none."""
    said = {
        "folder": _by_folder(claims, known),
        "name": [claims.named] if claims.named else [],
        "links": list(claims.linked),
    }
    found = {known.find(handle): basis for basis in reversed(said) for handle in said[basis]}
    if len(found) == 1:
        return Whose(*next(iter(found.items())))
    asked = _two(file_name, sorted(found)) if found else _unknown(export_sha256, file_name, claims, known)
    # What was asked before one of the names became another account's is answered all the same.
    names = sorted({normal(handle) for handles in said.values() for handle in handles})
    answer = answers.get((asked.kind, asked.subject)) or answers.get(("two_handles", "|".join(names)))
    return Whose(known.find(answer), "answer") if answer else Whose(None, question=asked)


def _by_folder(claims: Claims, known: Accounts) -> list[str]:
    """Folders that are known accounts; else one that the name or a link agrees with; else the nearest that may be a handle."""
    folders = list(reversed(claims.folder.split("/"))) if claims.folder else []
    if accounts := [folder for folder in folders if normal(folder) in known.by_name]:
        return accounts
    handles = [each for each in folders if HANDLE.fullmatch(normal(each)) and not DATED.fullmatch(each)]
    others = {known.find(handle) for handle in (*([claims.named] if claims.named else []), *claims.linked)}
    return [*(handle for handle in handles if known.find(handle) in others), *handles][:1]


def _two(file_name: str, accounts: Sequence[str]) -> Question:
    """Its subject holds for every file that is claimed by the same accounts."""
    listed = " and ".join(f"@{account}" for account in accounts)
    return Question(
        "two_handles",
        "|".join(accounts),
        f"{file_name}: its folder, its name and the links in it lead to {listed}. Which account's numbers are these? "
        "(An account that was renamed keeps one history: choose the name it is kept under.)",
        tuple(accounts),
        {"file": file_name},
    )


def _unknown(export_sha256: str, file_name: str, claims: Claims, known: Accounts) -> Question:
    folder = _named(claims.folder)
    subject = f"folder:{folder}" if folder else export_sha256
    where = f"the folder {folder!r} is no handle" if folder else "it lies in no folder of an account"
    return Question(
        "unknown_account",
        subject,
        f"{file_name}: whose numbers are these? Neither its name nor a link in it says so, and {where}.",
        tuple(known.all),
        {"file": file_name, "free_text": True},
    )


def _named(path: str | None) -> str | None:
    """The nearest folder that is not of a year or a month."""
    folders = path.split("/") if path else []
    return next((folder for folder in reversed(folders) if not DATED.fullmatch(folder)), next(iter(folders), None))


def open_accounts(connection: psycopg.Connection[Any], accounts: Sequence[str], *, is_made_up: bool = False) -> None:
    """Enter those that are new."""
    rows = as_jsonb(
        {"account": account, "handle": account, "is_made_up": is_made_up} for account in sorted(set(accounts))
    )
    database.rows(connection, "account_analytics/open_accounts", {"accounts": rows})


def mark_stale(connection: psycopg.Connection[Any], accounts: Sequence[str]) -> None:
    """Something of them waits to be staged."""
    database.rows(connection, "account_analytics/mark_stale", {"accounts": sorted(set(accounts))})


def read_all(connection: psycopg.Connection[Any]) -> list[Row]:
    return database.rows(connection, "account_analytics/read_accounts", {"accounts": None})


def read_one(connection: psycopg.Connection[Any], account: str) -> Row:
    """The account of this name, which there has to be."""
    return database.one(connection, "account_analytics/read_accounts", {"accounts": [account]})


def mark_curated(connection: psycopg.Connection[Any], accounts: Sequence[Row]) -> None:
    """These are curated as they were staged when they were read; what was staged since still waits."""
    rows = as_jsonb(
        {"account": row["account"], "uncurated_since": row["uncurated_since"], "aliases": []} for row in accounts
    )
    database.rows(connection, "account_analytics/mark_curated", {"accounts": rows})
