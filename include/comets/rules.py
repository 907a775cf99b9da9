"""Which version of the filters' rules a run goes by, and how its tasks get at it: the same one for all of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from include import database
from include.failures import NeedsPerson
from plugins.filters.rules import RulesError, rules_from_mapping

# What the trigger form's min_face_percent says when nobody has touched it: as the rules say.
UNTOUCHED_FACE_PERCENT = 2.0
Contents = Mapping[str, Any]
log = logging.getLogger(__name__)


class RulesUnusable(NeedsPerson, ValueError):
    """The rules of a run cannot be used, or are nowhere to be found; the message names the version and what to do."""


def fix(
    connection: psycopg.Connection[Any],
    shipped: Contents,
    *,
    run_id: str,
    day: date,
    is_replay: bool,
    keeps_shipped: bool,
    face_percent: float,
) -> tuple[str, float]:
    """The version of the rules a run goes by, and its face threshold: that version's own where no other was asked for.

    Opened again, a run keeps its version; a replay takes that of its day's live run; any other takes the active version,
    or the shipped rules where none is. Inside the transaction that enters the run. Raises RulesUnusable.
    """
    contents = _chosen(connection, shipped, run_id, day, is_replay=is_replay)
    try:
        rules = rules_from_mapping(contents)
    except RulesError as error:
        raise RulesUnusable(
            f"The version {contents.get('version')} of the filters' rules cannot be used ({error}). "
            "Activate another one on the page Filters, then clear this task."
        ) from error
    if rules.version == shipped["version"] and keeps_shipped:
        _keep_shipped(connection, shipped)
    percent = rules.face.min_percent if face_percent == UNTOUCHED_FACE_PERCENT else face_percent
    log.info("Rules %s; the largest face must cover more than %g %% of the cover.", rules.version, percent)
    return rules.version, percent


def load(connections: database.Database, version: str | None, shipped: Contents) -> Contents:
    """The contents of the version that `fix` gave a run (None: the shipped ones). Raises RulesUnusable when they are gone."""
    if version is None:
        return shipped
    contents = connections.run(lambda connection: _contents(connection, version, shipped))
    if contents is None:
        raise RulesUnusable(
            f"The version {version} of the filters' rules, by which this run began, is nowhere to be found: "
            "it came with another release of Cometwatch. Clear the run with all its tasks."
        )
    return contents


def _chosen(
    connection: psycopg.Connection[Any], shipped: Contents, run_id: str, day: date, *, is_replay: bool
) -> Contents:
    parameters = {"run_id": run_id, "day": day, "is_replay": is_replay}
    for row in database.rows(connection, "comets/read_rules_used", parameters):
        contents = _contents(connection, row["rules_version"], shipped)
        if contents is not None:
            return contents
        log.warning(
            "The rules %s, used for %s before, are not there any more: those in force now are used.",
            row["rules_version"],
            day,
        )
    active = database.rows(connection, "comets/read_active_rules")
    return active[0]["mapping"] if active else shipped


def _contents(connection: psycopg.Connection[Any], version: str, shipped: Contents) -> Contents | None:
    if version == shipped["version"]:
        return shipped
    found = database.rows(connection, "comets/read_rules", {"version": version})
    return found[0]["mapping"] if found else None


def _keep_shipped(connection: psycopg.Connection[Any], shipped: Contents) -> None:
    """Keep a copy, so that verdicts made by it can be made again after the next release has brought other rules."""
    parameters = {"version": shipped["version"], "mapping": Jsonb(shipped)}
    (kept,) = database.rows(connection, "comets/keep_shipped_rules", parameters)
    if not kept["is_the_same"]:
        log.warning(
            "rules.json was changed, but still calls itself %s: give it a version of its own, so that verdicts can be "
            "told apart.",
            shipped["version"],
        )
