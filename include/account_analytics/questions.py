"""What only a person knows: asked once, answered on the page, and heeded for all like files from then on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from include import database
from include.account_analytics.accounts import HANDLE, Accounts, Answers, mark_stale, normal, open_accounts
from include.account_analytics.facts import Question
from include.account_analytics.rows import as_jsonb
from include.failures import NeedsPerson


class NoAnswer(NeedsPerson, ValueError):
    """This answers nothing; the message says what would."""


def ask(
    connection: psycopg.Connection[Any],
    run_id: str,
    asked: Sequence[tuple[Question, str | None]],
    *,
    is_made_up: bool = False,
) -> None:
    """Enter questions, each with the account it is about; one that is known keeps its answer and gets today's words."""
    if not asked:
        return
    rows = as_jsonb(
        {
            "kind": each.kind,
            "subject": each.subject,
            "account": account,
            "question": each.text,
            "candidates": list(each.candidates),
            "details": dict(each.details),
            "run_id": run_id,
            "is_made_up": is_made_up,
        }
        for each, account in {(each.kind, each.subject): (each, account) for each, account in asked}.values()
    )
    database.rows(connection, "account_analytics/ask_questions", {"questions": rows})


def answers(connection: psycopg.Connection[Any]) -> Answers:
    """(kind, subject) -> what was answered; of all accounts."""
    found = database.rows(connection, "account_analytics/read_answers", {"accounts": None})
    return {(row["kind"], row["subject"]): row["answer"] for row in found}


def answers_of(connection: psycopg.Connection[Any], accounts: Sequence[str]) -> dict[str, dict[tuple[str, str], str]]:
    """The same for each of these accounts: what was answered of it, and what is of none."""
    found = database.rows(connection, "account_analytics/read_answers", {"accounts": list(accounts)})
    return {
        account: {(row["kind"], row["subject"]): row["answer"] for row in found if row["account"] in {None, account}}
        for account in accounts
    }


def answer(connection: psycopg.Connection[Any], question_id: int, given: str, who: str) -> None:
    """Store an answer with who gave it; the next run heeds it. Raises NoAnswer where it is none of the candidates."""
    found = database.rows(connection, "account_analytics/read_question", {"question_id": question_id})
    if not found:
        raise NoAnswer(f"There is no question {question_id}.")
    question, said = found[0], given.strip()
    is_free = question["kind"] == "unknown_account"
    if not said or (not is_free and question["candidates"] and said not in question["candidates"]):
        raise NoAnswer(f"{given!r} is no answer to this: choose one of {', '.join(question['candidates'])}.")
    if question["kind"] in {"unknown_account", "two_handles"}:
        said = _account_meant(connection, question, said)
    parameters = {"question_id": question_id, "answer": said, "who": who}
    database.rows(connection, "account_analytics/answer_question", parameters)
    if question["account"] is not None:
        mark_stale(connection, [question["account"]])


def settle(connection: psycopg.Connection[Any], kinds: Sequence[str], subjects: Sequence[str]) -> None:
    """What a later file answered is asked no longer."""
    parameters = {"kinds": list(kinds), "subjects": list(subjects)}
    database.rows(connection, "account_analytics/settle_questions", parameters)


def _account_meant(connection: psycopg.Connection[Any], question: database.Row, said: str) -> str:
    """The account, opened if it is new. What else was claimed and is no account of its own is its former name from now on."""
    known = Accounts.read(connection)
    account = known.find(said)
    if account not in known.all and not HANDLE.fullmatch(account):
        raise NoAnswer(f"{said!r} is no handle: write letters, digits, . and _, as in @my.shop.")
    open_accounts(connection, [account], is_made_up=question["is_made_up"])
    others = [normal(name) for name in question["candidates"] if question["kind"] == "two_handles"]
    if question["subject"].startswith("folder:"):
        others.append(normal(question["subject"].removeprefix("folder:")))
    aliases = [name for name in others if name != account and name not in known.by_name]
    database.rows(connection, "account_analytics/add_aliases", {"account": account, "aliases": aliases})
    return account
