"""Versions of the filters' rules: drafts made from one another, what differs, what would change, and which is active."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from psycopg.types.json import Jsonb
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from include import settings
from include.database import Row, rows
from plugins.dashboard.access import Changer, Reader, can_change
from plugins.dashboard.comets import consistency_preview, rule_effects, rule_forms
from plugins.dashboard.comets.overrules import verdict_address
from plugins.dashboard.rendering import address_of, write_page
from plugins.dashboard.store import reading, writing
from plugins.filters.rules import RulesError, rules_from_mapping, shipped_mapping

MOST_VERSIONS = 200
CHANGES_A_PAGE = 50
LONGEST_NOTE = 2_000
EFFECTS = {
    "newly_refused": "newly refused",
    "newly_passed": "newly passed on",
    "refused_otherwise": "refused for another reason",
    "unchanged": "unchanged",
    "already": "already so by the rules in force",
    "unknown": "unknown",
}
OUTCOMES = {
    "profile": "would go on to the next check: the profile",
    "cover": "would go on to the next check: the cover",
    "accepted": "passed",
    "undetermined": "undetermined",
}
CONSISTENCY_FIELDS = {"median_plays": "median of plays", "share": "share above the bar", "last_post": "last post"}
router = APIRouter()


class ChangeRefused(Exception):
    """What a person asked for is not done, because of what has happened meanwhile, or of what is missing."""


async def _written(request: Request) -> Mapping[str, str]:
    """All fields of the form that are text, without the one letter that no database takes."""
    form = await request.form()
    return {name: value.replace("\0", "") for name, value in form.items() if isinstance(value, str)}


Written = Annotated[Mapping[str, str], Depends(_written)]
Version = Annotated[str, Path(max_length=60, pattern=r"^[\w.-]+$", description="name of a version")]
VersionQuery = Annotated[str | None, Query(max_length=60, pattern=r"^[\w.-]+$")]


def read_all(connection: psycopg.Connection[Any]) -> list[Row]:
    """The versions, newest first; last the shipped one, which is in force while none is active."""
    found = rows(connection, "dashboard/read_rule_versions", {"most": MOST_VERSIONS})
    shipped = shipped_mapping()["version"]
    is_active = any(row["state"] == "active" for row in found)
    others = [row for row in found if row["version"] != shipped]
    return [*others, {**_shipped_row(), "state": "shipped" if is_active else "in force"}]


def _shipped_row() -> Row:
    mapping = shipped_mapping()
    nothing = dict.fromkeys(("based_on", "made_at", "made_by", "activated_at", "activated_by"))
    note = "came with this release of Cometwatch"
    return {
        **nothing,
        "version": mapping["version"],
        "mapping": mapping,
        "state": "shipped",
        "note": note,
        "is_shipped": True,
    }


def _read(connection: psycopg.Connection[Any], version: str) -> Row:
    """One version; HTTP 404 when there is none. The shipped ones as their file says, or as an earlier release's did."""
    if version == shipped_mapping()["version"]:
        return _shipped_row()
    found = rows(connection, "dashboard/read_rule_version", {"version": version})
    if not found:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no version {version[:60]} of the rules (any more).")
    return found[0]


def _in_force(connection: psycopg.Connection[Any]) -> str:
    active = rows(connection, "comets/read_active_rules")
    return active[0]["version"] if active else shipped_mapping()["version"]


@router.get("/filters/draft", name="rule_draft")
def edit(
    request: Request,
    user: Reader,
    based_on: VersionQuery = None,
    moved: Annotated[VersionQuery, Query(description="a draft whose changes are made to `based_on` instead")] = None,
) -> Response:
    """The form, filled from the version in force, or from another one."""
    if not can_change(request, user):
        raise HTTPException(HTTPStatus.FORBIDDEN, "Drafts are for those who may change the DAG comets.")
    with reading() as connection:
        source = _read(connection, based_on or _in_force(connection))
        # A draft made from a draft replaces it: both are compared with what is or was in force.
        base = source["based_on"] if source["state"] == "draft" else source["version"]
        draft = _read(connection, moved) if moved else None
        was = _read(connection, draft["based_on"]) if draft else None
    mapping = source["mapping"]
    if draft is not None and was is not None:
        mapping = rule_forms.moved(was["mapping"], draft["mapping"], mapping)
    return _form(request, base, mapping, note=(draft or source)["note"] if draft or source["state"] == "draft" else "")


def _form(
    request: Request,
    based_on: str,
    mapping: Mapping[str, Any],
    *,
    note: str = "",
    written: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    form = rule_forms.make_form(mapping, written, errors)
    named = {field.name for fields in form.values() for field in fields}
    return write_page(
        request,
        "comets/rule_draft.html",
        status_code=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        based_on=based_on,
        form=rule_forms.groups(form),
        note=note,
        errors=errors or {},
        named=named,
    )


@router.post("/filters/draft", name="save_rule_draft")
def save(request: Request, user: Changer, written: Written) -> Response:
    """Keep what was written as a new draft; what makes no rules comes back, with the reason beside it."""
    based_on, note = written.get("based_on", "")[:60], written.get("note", "").strip()
    with reading() as connection:
        base = _read(connection, based_on)
    errors: dict[str, str] = {}
    mapping: Mapping[str, Any] = {}
    try:
        mapping = rule_forms.read_form(base["mapping"], written)
    except rule_forms.FormRefused as refused:
        errors = refused.errors
    if len(note) > LONGEST_NOTE:
        errors["note"] = f"note: {len(note):,} letters are too many. Write at most {LONGEST_NOTE:,}."
    if errors:
        return _form(request, based_on, base["mapping"], note=note, written=written, errors=errors)
    with writing() as connection:
        version = _insert(connection, mapping, based_on, note, user.get_name())
    return _show(request, version)


@router.post("/filter-words", name="add_word")
def add_word(
    request: Request,
    user: Changer,
    word: Annotated[str, Form(max_length=4 * rule_forms.LONGEST_WORD)],
    where: Annotated[str, Form(max_length=60)],
) -> Response:
    """Keep the rules in force with one more word as a draft, and show what it would change; 422 where it cannot be added."""
    clean = word.replace("\0", "")
    with reading() as connection:
        base = _read(connection, _in_force(connection))
    try:
        mapping = rule_forms.with_word(base["mapping"], where, clean)
    except rule_forms.FormRefused as refused:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(refused)) from refused
    note = f"+ {' '.join(clean.split())} ({where})"
    with writing() as connection:
        version = _insert(connection, mapping, base["version"], note, user.get_name())
    return _show(request, version)


def _insert(
    connection: psycopg.Connection[Any], mapping: Mapping[str, Any], based_on: str, note: str, made_by: str
) -> str:
    rows(connection, "dashboard/lock_rule_versions")
    if based_on == shipped_mapping()["version"]:
        # So that it can be compared with after the next release has brought others.
        rows(connection, "comets/keep_shipped_rules", {"version": based_on, "mapping": Jsonb(shipped_mapping())})
    parameters = {"mapping": Jsonb(dict(mapping)), "based_on": based_on, "note": note, "made_by": made_by}
    return str(rows(connection, "dashboard/save_rule_draft", parameters)[0]["version"])


def _show(request: Request, version: str) -> Response:
    return RedirectResponse(address_of(request, "rule_version", version=version), HTTPStatus.SEE_OTHER)


@router.get("/filters/{version}", name="rule_version")
def show(
    request: Request,
    version: Version,
    days: Annotated[int, Query(ge=1, le=30, description="days of verdicts to judge again")] = 7,
    effect: Annotated[str | None, Query(pattern=r"^(newly_refused|newly_passed|refused_otherwise|already)$")] = None,
    page: Annotated[int, Query(ge=1, le=1_000)] = 1,
) -> Response:
    """One version: what differs from what it is based on, what it would change, and what can be done with it."""
    return _page(request, version, days=days, effect=effect, page=page)


def _page(
    request: Request,
    version: str,
    *,
    days: int = 7,
    effect: str | None = None,
    page: int = 1,
    problem: str | None = None,
    note: str | None = None,
) -> Response:
    with reading() as connection:
        row = _read(connection, version)
        in_force = _in_force(connection)
        mapping_in_force = _read(connection, in_force)["mapping"]
        base = _base(connection, row)
    last = settings.load().now().date()
    first = last - timedelta(days=days - 1)
    differences, entries, effects, consistency, unusable = [], {}, None, None, None
    try:
        entries = rule_forms.read_entries(row["mapping"])
        differences = rule_forms.differences(base["mapping"], row["mapping"]) if base else []
        if version != in_force:
            effects = rule_effects.effects(row["mapping"], mapping_in_force, first, last)
            with reading() as connection:
                consistency = consistency_preview.preview(connection, row["mapping"], first, last)
    except RulesError as error:
        unusable = str(error)
    wanted = {effect} if effect else rule_effects.BY_THESE
    changed = [one for one in effects.changed if one.effect in wanted] if effects else []
    shown = changed[(page - 1) * CHANGES_A_PAGE : page * CHANGES_A_PAGE]
    return write_page(
        request,
        "comets/rule_version.html",
        status_code=HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        row=row,
        in_force=in_force,
        base=base,
        differences=differences,
        entries=entries,
        effects=effects,
        consistency=consistency,
        videos_asked=consistency_preview.VIDEOS_ASKED,
        consistency_fields=CONSISTENCY_FIELDS,
        unusable=unusable,
        effect=effect,
        effect_names=EFFECTS,
        outcomes=OUTCOMES,
        changes=[
            (one, rule_effects.marked(one), verdict_address(request, one.day, one.keyword, one.video_id))
            for one in shown
        ],
        more=len(changed) > page * CHANGES_A_PAGE,
        page=page,
        days=days,
        first=first,
        last=last,
        problem=problem,
        note=row["note"] if note is None else note,
    )


def _base(connection: psycopg.Connection[Any], row: Row) -> Row | None:
    if row["based_on"] is None:
        return None
    try:
        return _read(connection, row["based_on"])
    except HTTPException:
        return None  # of a release that is gone and was never used here


@router.post("/filters/{version}/activate", name="activate_rules")
def activate(request: Request, user: Changer, version: Version, written: Written) -> Response:
    """Make a draft the active version: runs opened from now on go by it."""
    note = written.get("note", "").strip()
    try:
        with writing() as connection:
            rows(connection, "dashboard/lock_rule_versions")
            in_force = _unchanged_since(connection, written)
            row = _read(connection, version)
            if row["state"] != "draft":
                raise ChangeRefused(f"{version} is no draft: it was activated by {row['activated_by']}.")
            if row["based_on"] != in_force and written.get("confirmed") != "yes":
                raise ChangeRefused(
                    f"{version} is based on {row['based_on']}, but {in_force} is in force: what was changed there would be "
                    "lost. Move the draft, or confirm that it is meant."
                )
            _activate(connection, row, note, user.get_name())
    except ChangeRefused as refused:
        return _page(request, version, problem=str(refused), note=note)
    return _show(request, version)


@router.post("/filters/{version}/restore", name="restore_rules")
def restore(request: Request, user: Changer, version: Version, written: Written) -> Response:
    """Go back: a copy of an earlier version becomes the active one, under a name of its own."""
    note = written.get("note", "").strip()
    try:
        with writing() as connection:
            rows(connection, "dashboard/lock_rule_versions")
            in_force = _unchanged_since(connection, written)
            row = _read(connection, version)
            if row["state"] == "draft" or version == in_force:
                raise ChangeRefused(f"{version} is {'a draft' if row['state'] == 'draft' else 'in force already'}.")
            copy = _insert(connection, row["mapping"], in_force, note, user.get_name())
            _activate(connection, _read(connection, copy), note, user.get_name())
    except ChangeRefused as refused:
        return _page(request, version, problem=str(refused), note=note)
    return _show(request, copy)


def _unchanged_since(connection: psycopg.Connection[Any], written: Mapping[str, str]) -> str:
    """The version in force. Raises ChangeRefused when it is another one than when the form was shown."""
    in_force = _in_force(connection)
    if written.get("in_force") == in_force:
        return in_force
    (row,) = [each for each in read_all(connection) if each["version"] == in_force]
    raise ChangeRefused(
        f"Meanwhile {row['activated_by'] or 'somebody'} has activated {in_force}"
        f"{': ' + row['note'] if row['note'] else ''}. Nothing was done: look at what would change now, and repeat it."
    )


def _activate(connection: psycopg.Connection[Any], row: Row, note: str, made_by: str) -> None:
    if not note:
        raise ChangeRefused(
            "The note is missing: write why the rules change. Whoever reads a verdict will want to know."
        )
    if len(note) > LONGEST_NOTE:
        raise ChangeRefused(f"The note has {len(note):,} letters: write at most {LONGEST_NOTE:,}.")
    try:
        rules_from_mapping(row["mapping"])
    except RulesError as error:
        raise ChangeRefused(f"These rules cannot be used by this release: {error}") from error
    rows(connection, "dashboard/retire_active_version")
    rows(connection, "dashboard/activate_rule_version", {"version": row["version"], "note": note, "made_by": made_by})


@router.post("/filters/{version}/discard", name="discard_rules")
def discard(request: Request, user: Changer, version: Version) -> Response:
    """Delete a draft."""
    with writing() as connection:
        rows(connection, "dashboard/lock_rule_versions")
        row = _read(connection, version)
        is_gone = bool(rows(connection, "dashboard/discard_rule_draft", {"version": version}))
    if not is_gone:
        return _page(request, version, problem=f"{version} is {row['state']}: only a draft can be discarded.")
    return RedirectResponse(address_of(request, "filters"), HTTPStatus.SEE_OTHER)
