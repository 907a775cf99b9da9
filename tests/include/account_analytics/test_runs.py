"""Whole runs without Airflow: orders, kills, two at once, disks that fail, and reports whose numbers add up."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from include import lake as lakes
from include.account_analytics import check_file, clearing, landing, raw, staging_step, tasks
from include.account_analytics.landing import Source
from include.account_analytics.run import plan
from include.lake import Lake, LakeRefused
from include.runs import RunRefused
from include.sandbox.exports import traps
from include.sandbox.exports.downloads import export
from include.sandbox.exports.truth import standing
from tests.fixtures.accounts import Accounts
from tests.fixtures.stores import Store

AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
PARAMS = {"accounts": [], "since": None, "reprocess": None, "strict": False, "dry_run": False}


def visits(world, number: int = 0, count: int = 2):
    """Whole visits of one account, eight days apart; a browser numbers files of the same name."""
    account = world.account(number, zone="UTC")
    return [
        [
            replace(file, name=file.name.replace(".zip", f" ({visit}).zip" if visit else ".zip"))
            for file in export(account, AT + timedelta(days=8 * visit))
        ]
        for visit in range(count)
    ]


def computed(accounts: Accounts) -> dict[str, bytes]:
    """Every byte that was computed: staging and curated."""
    return {**accounts.files("staging"), **accounts.files("curated")}


def test_numbers_are_the_true_ones(accounts: Accounts, world):
    """Every stored day says what the world says of that day, and names the line that says it."""
    first, second = visits(world)
    accounts.drop([*first, *second])
    accounts.run()
    handle = first[0].handle
    stored = accounts.days(handle)
    truth = {day: values["video_views"] for (_, day), values in standing([*first, *second]).items()}
    assert {day: stored[day] for day in truth} == truth
    for day, member, line in accounts.rows("select date, overview_member, overview_line from social_media_stats"):
        if member is None:
            continue
        ((key,),) = accounts.rows(
            "select raw_key from account_exports where member_sha256 = %s and raw_key is not null", member
        )
        said = next(row for row in map(json.loads, accounts.lake.read(key).splitlines()) if row["_line"] == line)
        assert int(said["Video Views"]) == stored[day]


def test_raw_lines_say_what_the_file_says(accounts: Accounts, world):
    """Each row is a line with the file's own headers, every value the text it came in, and where it is from."""
    (file,) = export(world.account(0, zone="UTC"), AT, reports=["overview"])
    accounts.drop([file])
    accounts.run()
    ((key, content),) = accounts.files("raw").items()
    (member,) = file.members
    assert key == f"raw/{file.handle}/overview_{member.sha256[:8]}.ndjson"
    lines = [json.loads(line) for line in content.splitlines()]
    assert [tuple(line[name] for name in member.sheet.header) for line in lines] == list(member.sheet.rows)
    first = lines[0]
    assert (first["_account"], first["_format"], first["_report"]) == (file.handle, "studio_overview", "overview")
    assert (first["_member"], first["_member_sha256"], first["_line"]) == ("Overview.csv", member.sha256, 2)
    assert (first["_exported_at"], first["_date_basis"]) == ("2026-10-12T09:30:00+00:00", "name")


@pytest.mark.server
def test_a_bucket_that_refuses(accounts: Accounts, world, s3_store: Store, refusing: str):
    """At every step a bucket that answers 403 ends it with what to do, and nothing is lost: cleared, each step goes on."""
    (file,) = export(world.account(0, zone="UTC"), AT, reports=["overview"])
    accounts.drop([file])
    mine = Store(f"{s3_store.uri}/{uuid4().hex}", s3_store.options)
    shut = Store(mine.uri, {**mine.options, "endpoint_url": refusing})
    run = accounts.open()
    steps: list[tuple[str, Callable[[Lake, list[Any]], Any]]] = [
        ("land", lambda lake, _: tasks.land(accounts.connect, lake, run, accounts.source)),
        ("to_raw", lambda lake, work: [tasks.to_raw(accounts.connect, lake, run, batch) for batch in work]),
        ("plan_accounts", lambda lake, _: tasks.plan_accounts(accounts.connect, lake, run, accounts.source)),
        ("to_staging", lambda lake, work: [tasks.to_staging(accounts.connect, lake, run, batch) for batch in work]),
        ("to_curated", lambda lake, _: tasks.to_curated(accounts.connect, lake, run)),
    ]
    given: list[Any] = []
    for name, step in steps:
        before = {entry.key for entry in mine.lake("own").entries()}
        with pytest.raises(Exception, match="Give this account the right to read and write there"):
            step(shut.lake("own"), given)
        text, problems = tasks.write_report(accounts.connect, mine.uri, run, accounts.source, failed_tasks=[name])
        assert problems == [f"Red: {name}. Clear them with everything downstream."]
        assert (accounts.drop_folder / file.name).exists() == (name in {"land", "to_raw", "plan_accounts"}), text
        assert {entry.key for entry in mine.lake("own").entries()} == before
        given = step(mine.lake("own"), given) or given
    accounts.store = mine
    assert "nothing new" in accounts.run()
    on_disk = Accounts(accounts.database_url, accounts.folder / "disk")
    on_disk.drop_folder.mkdir(parents=True)
    with accounts.connect() as connection:
        for table in ("account_exports", "account_outcomes", "account_drop_files", "accounts"):
            connection.execute(f"truncate {table} cascade".encode())
    on_disk.drop([file])
    on_disk.run()
    assert computed(accounts) == computed(on_disk)


def test_a_file_has_a_total_of_its_own(accounts: Accounts, world):
    """It is the sum of that file's rows, whatever a later file says of the same days, and the same when it is read again."""
    first, second = (
        export(world.account(0, zone="UTC"), at, reports=["overview"])[0] for at in (AT, AT.replace(day=14))
    )
    accounts.drop([first, second])
    accounts.run()
    said = {
        file.name: sum(
            int(row[file.members[0].sheet.header.index("Video Views")]) for row in file.members[0].sheet.rows
        )
        for file in (first, second)
    }
    query = "select file_name, views_in_file from account_exports where member <> ''"
    assert dict(accounts.rows(query)) == said
    accounts.run(reprocess="all")
    assert dict(accounts.rows(query)) == said
    assert sum(accounts.days(first.handle).values()) not in said.values()


@pytest.mark.parametrize("order", [(0, 1), (1, 0), "together"])
def test_the_order_of_drops_changes_no_byte(accounts: Accounts, world, order):
    """Dropped one after the other in any order, or together, two visits leave the same files."""
    both = visits(world)
    if order == "together":
        accounts.drop([file for visit in both for file in visit])
        accounts.run()
    else:
        for place in order:
            accounts.drop(both[place])
            accounts.run()
    frames = {key: data for key, data in computed(accounts).items() if not key.endswith("members.json")}
    expected = _LEFT.setdefault("frames", frames)  # what the first of these left
    assert frames.keys() == expected.keys()
    assert [key for key, data in frames.items() if expected[key] != data] == []


_LEFT: dict[str, dict[str, bytes]] = {}


def test_running_again_changes_nothing(accounts: Accounts, world):
    """A second run, and one that reads all anew from landing, leave every byte, every row and every line as it was."""
    accounts.drop([file for visit in visits(world) for file in visit])
    accounts.run()
    query = "select * from social_media_stats order by account, date"
    before, files = accounts.rows(query), accounts.files("")
    assert "nothing new" in accounts.run()
    accounts.run(reprocess="all")
    accounts.run(reprocess="studio_overview")
    assert (accounts.rows(query), accounts.files("")) == (before, files)


@pytest.mark.parametrize("step", ["upload", "enter", "to_raw", "to_staging", "publish"])
def test_a_kill_at_any_moment(accounts: Accounts, world, step: str, monkeypatch):
    """Whatever was under way, the next run ends in the same bytes as one that nothing happened to."""
    files = [file for visit in visits(world, count=1) for file in visit]
    accounts.drop(files)

    class Killed(BaseException):
        pass

    def die(*_args, **_kwargs):
        raise Killed

    with monkeypatch.context() as patched:
        if step == "upload":
            calls = iter(range(100))
            rename = lakes._rename
            patched.setattr(lakes, "_rename", lambda *given: die() if next(calls) == 2 else rename(*given))
        elif step == "enter":
            patched.setattr(landing, "_enter", die)
        elif step == "to_raw":
            patched.setattr("include.account_analytics.raw._enter", die)
        elif step == "to_staging":
            patched.setattr("include.account_analytics.staging_step._enter", die)
        else:
            upload = Lake.upload
            patched.setattr(Lake, "upload", lambda *given: die() if given[2].startswith("curated/") else upload(*given))
        with pytest.raises(Killed):
            accounts.run()
    accounts.run()
    after = computed(accounts)

    other = Accounts(accounts.database_url, accounts.folder / "other")
    other.drop_folder.mkdir(parents=True)
    with accounts.connect() as connection:
        for table in ("account_exports", "account_outcomes", "account_drop_files", "accounts"):
            connection.execute(f"truncate {table} cascade".encode())
    other.drop(files)
    other.run()
    expected = computed(other)
    assert after.keys() == expected.keys()
    assert [key for key in after if after[key] != expected[key] and not key.endswith("members.json")] == []


def test_two_runs_at_once(accounts: Accounts, world):
    """They do each piece one after the other: one row for each file, one copy of it, and the days once."""
    accounts.drop([file for visit in visits(world) for file in visit])
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: accounts.run(), range(2)))
    assert len(reports) == 2
    assert accounts.rows("select count(*) - count(distinct export_sha256) from account_exports where member = ''") == [
        (0,)
    ]
    assert accounts.rows("select distinct state from account_exports where member = ''") == [("staged",)]
    assert accounts.rows("select count(*) - count(distinct date) from social_media_stats") == [(0,)]


@pytest.mark.parametrize(
    ("number", "message"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "no right to do this")]
)
def test_a_lake_that_cannot_be_written_takes_nothing_in(
    accounts: Accounts, world, monkeypatch, number: int, message: str
):
    """The run fails with what to do; nothing is entered, the file stays in the drop folder, and the next run takes it."""
    accounts.drop(visits(world, count=1)[0])

    def full(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(LakeRefused, match=message):
            accounts.run()
    assert accounts.rows("select count(*) from account_exports") == [(0,)]
    assert len(list(accounts.drop_folder.iterdir())) == 4
    accounts.run()
    assert accounts.rows("select distinct state from account_exports where member = ''") == [("staged",)]


def test_a_drop_of_refused_files_alone_is_red(accounts: Accounts, world):
    """When every file of a drop was refused the run is red; beside a good one, or waiting, it is green, unless strict."""
    page = traps.html_page(world.account(0), AT)
    accounts.drop([page])
    assert "✗ Every file of this drop was refused" in accounts.run()
    assert accounts.rows("select state, failed_tasks from runs") == [("incomplete", ["report"])]
    accounts.drop({"other.csv": page.data + b"<!-- -->"})
    accounts.drop(visits(world, count=1)[0])
    assert "✗ Every" not in accounts.run()
    accounts.drop({"third.csv": page.data + b"<!-- 3 -->"})
    accounts.drop(visits(world, number=1, count=1)[0])
    assert "strict is set, and 1 files" in accounts.run(strict=True)


def test_a_file_taken_away_while_it_is_read(accounts: Accounts, world, monkeypatch):
    """A file that another one took the place of is not entered: it waits for the next run."""
    (file,) = export(world.account(0, zone="UTC"), AT, reports=["overview"])
    accounts.drop([file])
    upload_all = Lake.upload_all

    def replaced(lake, files):
        upload_all(lake, files)
        for path in files.values():
            path.write_bytes(b"something else")

    with monkeypatch.context() as patched:
        patched.setattr(Lake, "upload_all", replaced)
        accounts.land()
    assert accounts.rows("select result from account_outcomes") == [("waiting",)]
    assert accounts.files("landing") == {}


def test_one_account_alone(accounts: Accounts, world):
    """With `accounts`, everything is landed, and only these are read and staged."""
    first, second = visits(world, count=1)[0], visits(world, number=1, count=1)[0]
    accounts.drop([*first, *second])
    accounts.run(accounts=(first[0].handle,))
    assert accounts.rows("select distinct account from social_media_stats") == [(first[0].handle,)]
    accounts.run()
    assert len(accounts.rows("select distinct account from social_media_stats")) == 2


def test_one_of_a_batch_fails(accounts: Accounts, world):
    """A report and an account that cannot be read are named; all others of their batch are read, and staged."""
    (first,), (second,) = visits(world, count=1), visits(world, number=1, count=1)
    accounts.drop([*first, *second])
    run = accounts.open()
    items = [item for batch in accounts.land(run) for item in batch["items"]]
    ((key, kept),) = accounts.rows(
        "select landing_key, member_sha256 from account_exports where account = %s and report = 'overview'",
        first[0].handle,
    )
    whole = accounts.lake.read(key)
    accounts.lake.write(key, second[0].data)
    with pytest.raises(raw.ReportsFailed, match=f"1 of {len(items)} reports could not be read: .*somebody changed it"):
        tasks.to_raw(accounts.connect, accounts.lake, run, {"name": "all", "items": items})
    states = dict(accounts.rows("select state, count(*) from account_exports where member <> '' group by state"))
    assert states == {"raw": len(items) - 1, "landed": 1}
    accounts.lake.write(key, whole)
    tasks.to_raw(accounts.connect, accounts.lake, run, {"name": "all", "items": items})

    lost = f"raw/{first[0].handle}/overview_{kept[:8]}.ndjson"
    accounts.lake.delete(lost)
    both = {"name": "both", "items": sorted([first[0].handle, second[0].handle])}
    with pytest.raises(staging_step.AccountsFailed, match=f"1 of 2 accounts could not be staged: @{first[0].handle}"):
        tasks.to_staging(accounts.connect, accounts.lake, run, both)
    assert {key.split("/")[1] for key in accounts.files("staging")} == {second[0].handle}
    assert accounts.rows("select account from accounts where stale_since is null") == [(second[0].handle,)]


def test_a_dry_run_stores_nothing(accounts: Accounts, world):
    """It says what each file would be; tables and lake stay empty."""
    accounts.drop(visits(world, count=1)[0])
    run = accounts.open(dry_run=True)
    found = tasks.rehearse(accounts.connect, accounts.lake, run, accounts.source)
    text, problems = tasks.write_report(accounts.connect, accounts.lake.uri, run, accounts.source, rehearsed=found)
    assert "would be taken in" in text
    assert "nothing new" not in text
    assert problems == []
    assert accounts.files("") == {}
    assert accounts.rows("select count(*) from account_exports") == [(0,)]


def test_the_reports_numbers_add_up(accounts: Accounts, world):
    """Rows read are rows in raw, and rows of raw are rows staged and refused; each file and report has its line."""
    files = [file for visit in visits(world) for file in visit]
    accounts.drop(files)
    text = accounts.run()
    rows = sum(len(member.sheet.rows) for sha, member in {m.sha256: m for f in files for m in f.members}.items())
    assert f"rows: {rows:,} read = {rows:,} in raw" in text
    ((rows_in, rows_out, refused),) = accounts.rows(
        "select sum(rows_in), sum(rows_out), sum(rows_refused) from account_outcomes"
        " where step = 'to_staging' and result = 'done'"
    )
    assert rows_in == rows_out + refused
    assert f"{rows_in:,} of raw = {rows_out:,} staged + {refused:,} refused" in text
    assert f"{accounts.lake.uri}/curated/social_media/tiktok/" in text


@pytest.mark.parametrize(
    ("param", "value", "message"),
    [
        ("since", "yesterday", "since is 'yesterday': write a day as 2026-11-02, or leave it empty."),
        ("accounts", [" "], "accounts holds ' ': write a name."),
        ("reprocess", "x" * 300, "reprocess holds 'xxx"),
    ],
)
def test_params_that_make_no_sense(param: str, value: object, message: str):
    """A run made in another way than by the form meets the same bounds."""
    with pytest.raises(RunRefused) as refused:
        plan("r", AT.date(), AT, {**PARAMS, param: value})
    assert str(refused.value).startswith(message)


def test_reading_anew_what_nobody_knows_is_refused(accounts: Accounts):
    """A mistyped account or format is told, with what there is; else the run would read nothing, and be green."""
    with pytest.raises(
        RunRefused, match="reprocess is 'studio_overvew': write all, an account, or one of the formats api_"
    ):
        accounts.open(reprocess="studio_overvew")
    assert accounts.open(reprocess="studio_overview").reprocess == "studio_overview"


def test_made_up_accounts_go_with_one_command(accounts: Accounts, world):
    """Rows and files of made-up exports are gone; what is one's own stays, in files and tables."""
    own, made_up = visits(world, count=1)[0], visits(world, number=1, count=1)[0]
    accounts.drop(own)
    accounts.run()
    folder = accounts.folder / "made-up"
    for file in made_up:
        (folder / file.name).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(file.data)
    before = computed(accounts)
    source = Source(folder, keeps=True, settle_seconds=0, is_made_up=True)
    run = accounts.open()
    for batch in tasks.land(accounts.connect, accounts.lake, run, source):
        tasks.to_raw(accounts.connect, accounts.lake, run, batch)
    for batch in tasks.plan_accounts(accounts.connect, accounts.lake, run, source):
        tasks.to_staging(accounts.connect, accounts.lake, run, batch)
    tasks.to_curated(accounts.connect, accounts.lake, run)
    assert accounts.rows("select distinct is_made_up from social_media_stats order by 1") == [(False,), (True,)]
    gone = clearing.clear(accounts.connect, accounts.lake)
    assert (gone.accounts, gone.files) == (1, 4)
    assert computed(accounts) == before
    assert accounts.rows("select distinct account from social_media_stats") == [(own[0].handle,)]
    assert accounts.rows("select count(*) from account_exports where is_made_up") == [(0,)]


def test_made_up_files_lie_in_no_drop_folder(accounts: Accounts, world):
    """A refused made-up file is told where it is refused, and not as one that lies in the user's drop folder."""
    folder = accounts.folder / "made-up"
    folder.mkdir()
    (folder / "page.csv").write_bytes(traps.html_page(world.account(0), AT, "page.csv").data)
    source = Source(folder, keeps=True, settle_seconds=0, is_made_up=True)
    run = accounts.open()
    tasks.land(accounts.connect, accounts.lake, run, source)
    text, _ = tasks.write_report(accounts.connect, accounts.lake.uri, run, source)
    assert "✗ page.csv: This is a web page" in text
    assert "Still in the drop folder" not in text


def test_a_check_tells_and_stores_nothing(tmp_path: Path, world):
    """`make accounts-check` names each report with its days and shift, and what is refused with the reason."""
    files = [*visits(world, count=1)[0], traps.html_page(world.account(0), AT, "page.csv")]
    for file in files:
        (tmp_path / file.name).write_bytes(file.data)
    lines = [line.text for line in check_file.tell(tmp_path)]
    (overview,) = [line for line in lines if "studio_overview" in line]
    assert "2026-09-13 to 2026-10-10 (year by name; labels as they are" in overview
    assert any(line.startswith("✗ page.csv: refused (html).") for line in lines)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file.name for file in files)


def test_a_check_says_what_a_run_would(tmp_path: Path, world):
    """A ZIP of two accounts is refused here as there; of a file that is refused nobody is asked whose it is."""
    first, second = (export(world.account(number), AT, reports=["content"])[0] for number in (0, 1))
    (tmp_path / "both.zip").write_bytes(traps.two_accounts(first, second).data)
    (tmp_path / "numbers.csv").write_bytes(b"a,b\n1,2\n")
    lines = [line.text for line in check_file.tell(tmp_path)]
    assert lines[0].startswith("✗ both.zip: refused (two_accounts). It holds reports of @")
    assert lines[1] == "numbers.csv: csv, 1 report(s), none of which can be taken"


@pytest.mark.parametrize(("zone", "suggested"), [("Europe/Athens", "UTC+3"), ("America/Mexico_City", "UTC-6")])
def test_follower_activity_suggests_the_zone(accounts: Accounts, world, zone: str, suggested: str):
    """The hours of the day that is under way are as many as the zone is ahead of UTC."""
    accounts.drop(export(world.account(0, zone=zone), AT, reports=["followers"], activity_days=8))
    accounts.run()
    assert accounts.rows("select time_zone, suggested_time_zone from accounts") == [(None, suggested)]


def test_waiting_rows_are_counted(accounts: Accounts, world):
    """Rows that wait for an answer are neither staged nor refused, and the line of the report adds up all the same."""
    account = world.account(0, zone="UTC")
    accounts.drop(export(account, AT, reports=["viewers"]))
    accounts.drop(export(world.account(1), AT, reports=["overview"], container="csv", folder="my.shop"))
    text = accounts.run()
    assert "rows: 56 of raw = 28 staged + 0 refused + 28 waiting" in text
    assert "1 report waiting for an answer" in text
