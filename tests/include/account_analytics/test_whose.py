"""Whose a file is: folder, name and links; questions where they disagree or say nothing; answers that hold for like files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from include.account_analytics import questions, undoing
from include.account_analytics.accounts import Accounts as Known
from include.account_analytics.accounts import Claims, whose
from include.account_analytics.questions import NoAnswer
from include.sandbox.exports import traps
from include.sandbox.exports.downloads import export
from tests.fixtures.accounts import Accounts

AT = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("claims", "account", "basis"),
    [
        (Claims("my.shop"), "my.shop", "folder"),
        (Claims("@My.Shop"), "my.shop", "folder"),
        (Claims(None, "my.shop"), "my.shop", "name"),
        (Claims(None, None, ("my.shop",)), "my.shop", "links"),
        (Claims("my.shop", "my.shop", ("My.Shop",)), "my.shop", "folder"),
        (Claims("old.name", "my.band"), "my.band", "folder"),  # a name it had before
        (Claims("tiktok/anna"), "anna", "folder"),
        (Claims("anna/2026/2026-10"), "anna", "folder"),
        (Claims("my.band/exports"), "my.band", "folder"),
        (Claims("exports/@Anna", "anna"), "anna", "folder"),
        (Claims("anna/exports", "anna", ("Anna",)), "anna", "folder"),
        (Claims("anna/New Folder (2)"), "anna", "folder"),
    ],
)
def test_claims_that_agree(claims: Claims, account: str, basis: str):
    """The folder is asked first, then the name, then the links; each in any case, and under any name the account had."""
    known = Known({"my.band": "my.band", "old.name": "my.band"})
    found = whose("sha", "Overview.csv", claims, known, {})
    assert (found.account, found.basis, found.question) == (account, basis, None)


@pytest.mark.parametrize(
    ("claims", "kind", "subject", "candidates"),
    [
        (Claims("a.a", "b.b"), "two_handles", "a.a|b.b", ("a.a", "b.b")),
        (Claims("a.a", None, ("b.b",)), "two_handles", "a.a|b.b", ("a.a", "b.b")),
        (Claims(None, None, ("b.b", "a.a")), "two_handles", "a.a|b.b", ("a.a", "b.b")),
        (Claims(), "unknown_account", "sha", ("my.band",)),
        (Claims("New Folder (2)"), "unknown_account", "folder:New Folder (2)", ("my.band",)),
        (Claims("from the agency/2026"), "unknown_account", "folder:from the agency", ("my.band",)),
        (Claims("2026/10"), "unknown_account", "folder:2026", ("my.band",)),
        (Claims("tiktok/anna", "b.b"), "two_handles", "anna|b.b", ("anna", "b.b")),
        (Claims("anna/my.band", "anna"), "two_handles", "anna|my.band", ("anna", "my.band")),
    ],
)
def test_claims_that_do_not(claims: Claims, kind: str, subject: str, candidates: tuple[str, ...]):
    """Two handles, none, or a folder whose name is no handle: a question, whose subject is the same for like files."""
    found = whose("sha", "Overview.csv", claims, Known({"my.band": "my.band"}), {})
    assert found.account is None
    assert found.question is not None
    assert (found.question.kind, found.question.subject, found.question.candidates) == (kind, subject, candidates)


def bare(world, number: int = 0, at: datetime = AT, **switches):
    """The Overview of a business account, with years in it and no hint whose it is."""
    (file,) = export(world.account(number, zone="UTC"), at, reports=["overview"], family="business", **switches)
    return file


def states(accounts: Accounts) -> list[tuple]:
    return accounts.rows(
        "select file_name, account, state from account_exports where member = '' order by landed_at, 1"
    )


def only_question(accounts: Accounts) -> int:
    ((number,),) = accounts.rows("select question_id from account_questions where not is_settled")
    return number


def test_a_file_without_a_hint_waits_and_nothing_else_does(accounts: Accounts, world):
    """It is kept and read as nobody's; the others go on; the run is green and says so."""
    accounts.drop({"Overview.csv": bare(world).data, "my.band/Overview.csv": bare(world, 1).data})
    text = accounts.run()
    assert set(states(accounts)) == {("Overview.csv", "my.band", "staged"), ("Overview.csv", None, "waiting")}
    assert [key for key in accounts.files("raw") if "_unassigned" in key] != []
    assert "whose numbers are these?" in text
    assert accounts.rows("select distinct account from social_media_stats") == [("my.band",)]


def test_the_folder_next_to_the_file(accounts: Accounts, world):
    """In a tree of folders it is the nearest that is called like an account; two known ones in a row are a question."""
    accounts.drop({"tiktok/anna/Overview.csv": bare(world).data, "tiktok/bella/2026/Overview.csv": bare(world, 1).data})
    accounts.run()
    assert accounts.rows("select account, folder from account_exports where member = '' order by 1") == [
        ("anna", "tiktok/anna"),
        ("bella", "tiktok/bella/2026"),
    ]
    accounts.drop({"anna/bella/more.csv": bare(world, at=AT.replace(day=20)).data})
    accounts.run()
    assert accounts.rows("select kind, candidates from account_questions") == [("two_handles", ["anna", "bella"])]
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "anna", "ann"))
    accounts.run()
    assert {account for name, account, _ in states(accounts) if name == "more.csv"} == {"anna"}


def test_an_answer_puts_it_where_it_belongs(accounts: Accounts, world):
    """Answered, the next run reads it there, and nothing is left of it where it was nobody's."""
    accounts.drop({"Overview.csv": bare(world).data})
    accounts.run()
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "@My.Shop", "ann"))
    accounts.run()
    assert states(accounts) == [("Overview.csv", "my.shop", "staged")]
    assert [key.split("/")[1] for key in accounts.files("raw")] == ["my.shop"]
    assert accounts.rows("select answer, answered_by, is_settled from account_questions") == [("my.shop", "ann", True)]
    assert len(accounts.days("my.shop")) > 20


def test_an_answer_holds_for_like_files(accounts: Accounts, world):
    """A folder that is no handle is asked about once: what comes into it later is of the same account."""
    accounts.drop({"New Folder/Overview.csv": bare(world).data})
    accounts.run()
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "my.shop", "ann"))
    accounts.drop({"New Folder/more.csv": bare(world, at=AT.replace(day=20)).data})
    accounts.run()
    assert {account for _, account, _ in states(accounts)} == {"my.shop"}
    assert accounts.rows("select aliases from accounts where account = 'my.shop'") == [(["new folder"],)]


def test_what_is_no_answer_is_refused(accounts: Accounts, world):
    """Of a question with candidates only these are answers."""
    first, second = (export(world.account(number, zone="UTC"), AT, reports=["content"])[0] for number in (0, 1))
    accounts.drop([traps.strayed(second, first.handle)])
    accounts.run()
    with pytest.raises(NoAnswer, match="is no answer to this: choose one of"):
        accounts.work(lambda c: questions.answer(c, only_question(accounts), "somebody.else", "ann"))


def test_a_strayed_file_waits(accounts: Accounts, world):
    """Another account's download in an account's folder is a question; the first account's numbers stay as they are."""
    own, other = (export(world.account(number, zone="UTC"), AT)[0] for number in (0, 1))
    accounts.drop({f"{own.handle}/{own.name}": own.data})
    accounts.run()
    before = accounts.days(own.handle)
    accounts.drop([traps.strayed(other, own.handle)])
    accounts.run()
    assert accounts.days(own.handle) == before
    assert accounts.rows("select kind, candidates from account_questions where not is_settled") == [
        ("two_handles", sorted([own.handle, other.handle]))
    ]


def test_two_accounts_in_one_zip(accounts: Accounts, world):
    """Reports of two accounts in one ZIP: it is refused whole, with what to do; unpacked, each is where it belongs."""
    first, second = (export(world.account(number, zone="UTC"), AT, reports=["content"])[0] for number in (0, 1))
    accounts.drop([traps.two_accounts(first, second)])
    assert f"reports of @{first.handle} and @{second.handle}" in accounts.run().replace("\n", " ")
    assert accounts.rows("select distinct state, reason_code from account_exports") == [("quarantined", "two_accounts")]
    assert accounts.rows("select count(*) from account_questions") == [(0,)]
    accounts.run(reprocess="all")
    assert accounts.rows("select count(*) from content_performance") == [(0,)]
    accounts.drop({f"{file.handle}/Content.csv": traps.unpacked(file)[0].data for file in (first, second)})
    accounts.run()
    assert accounts.rows(
        "select account from account_exports where account is not null and member <> '' order by 1"
    ) == [(name,) for name in sorted([first.handle, second.handle])]


def test_two_accounts_in_a_folder_of_no_account(accounts: Accounts, world):
    """Both are asked about, and both answers hold, though the first one made the folder's name its account's own."""
    files = [export(world.account(number, zone="UTC"), AT, reports=["overview"])[0] for number in (0, 1)]
    accounts.drop({f"team/{file.name}": file.data for file in files})
    accounts.run()
    for number, handle in accounts.rows("select question_id, array_remove(candidates, 'team') from account_questions"):
        accounts.work(lambda c, number=number, handle=handle: questions.answer(c, number, handle[0], "ann"))
    accounts.run()
    assert states(accounts) == [
        (file.name, file.handle, "staged") for file in sorted(files, key=lambda file: file.name)
    ]
    assert [len(accounts.days(file.handle)) for file in files] == [28, 28]


def test_what_was_learnt_makes_another_question(accounts: Accounts, world):
    """Nobody's file, dropped again where folder and name disagree: that is asked, not any longer what no answer would help."""
    file = export(world.account(0, zone="UTC"), AT, reports=["overview"])[0]
    accounts.drop({"download.zip": file.data})
    accounts.run()
    accounts.drop({f"my.shop/{file.name}": file.data})
    accounts.run()
    assert accounts.rows("select kind from account_questions where not is_settled") == [("two_handles",)]
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "my.shop", "ann"))
    accounts.run()
    assert states(accounts) == [("download.zip", "my.shop", "staged")]


def test_a_zip_answers_for_a_bare_csv(accounts: Accounts, world):
    """A report that waited as nobody's is whose a ZIP with the same report says; the question is asked no longer."""
    zipped = export(world.account(0, zone="UTC"), AT, reports=["overview"])[0]
    (csv,) = traps.unpacked(zipped)
    accounts.drop({"Overview.csv": csv.data})
    accounts.run()
    assert states(accounts) == [("Overview.csv", None, "waiting")]
    accounts.drop([zipped])
    text = accounts.run()
    assert {account for _, account, _ in states(accounts)} == {zipped.handle}
    assert accounts.rows("select count(*) from account_questions where not is_settled") == [(0,)]
    assert "Questions: none" in text
    assert len(accounts.days(zipped.handle)) == 28


def test_what_is_known_at_the_end_of_a_run_waits_for_nobody(accounts: Accounts, world):
    """A bare report that nobody could be asked of alone, dropped beside the ZIP that answers for it, is taken in by that run."""
    zipped = export(world.account(0, zone="UTC"), AT, reports=["overview"])[0]
    (csv,) = traps.unpacked(zipped)
    accounts.drop({"Overview.csv": csv.data, zipped.name: zipped.data})
    text = accounts.run()
    assert "2 files: 1 taken in, 1 seen before" in text
    assert "waiting" not in text


def test_one_report_put_to_two_accounts(accounts: Accounts, world):
    """The very same report in a second account's folder is a question; answered, it is where it was said to be."""
    accounts.drop({"my.band/Overview.csv": bare(world).data})
    accounts.run()
    accounts.drop({"my.shop/Overview.zip": zipped_member(world)})
    accounts.run()
    ((kind, candidates),) = accounts.rows("select kind, candidates from account_questions where not is_settled")
    assert (kind, candidates) == ("two_handles", ["my.band", "my.shop"])
    assert accounts.days("my.shop") == {}
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "my.shop", "ann"))
    accounts.run()
    assert accounts.days("my.band") == {}
    assert len(accounts.days("my.shop")) > 20


def zipped_member(world) -> bytes:
    """The bare report, packed by hand."""
    return traps.zipped_by_hand([bare(world)], "Overview.zip").data


def test_a_renamed_account_keeps_one_history(accounts: Accounts, world):
    """A download under a new name in the old account's folder: answered once, both names are the same account."""
    account = world.account(0, zone="UTC")
    renamed = account.renamed(AT.replace(month=9))
    old = export(account, AT.replace(month=8), reports=["overview"])[0]
    new = export(renamed, AT, reports=["overview"])[0]
    accounts.drop({f"{account.handle}/{old.name}": old.data})
    accounts.run()
    accounts.drop({f"{account.handle}/{new.name}": new.data})
    accounts.run()
    accounts.work(lambda c: questions.answer(c, only_question(accounts), account.handle, "ann"))
    accounts.drop(export(renamed, AT.replace(day=20), reports=["overview"]))
    accounts.run()
    assert {account for _, account, _ in states(accounts)} == {account.handle}
    assert accounts.rows("select aliases from accounts") == [([new.handle],)]


def test_a_header_is_asked_about_once(accounts: Accounts, world):
    """A likely rename is proposed and not applied; confirmed, it holds for every file with this header."""
    account = world.account(0, zone="UTC")
    first = export(account, AT, reports=["overview"])[0]
    later = export(account, AT.replace(day=20), reports=["overview"])[0]
    accounts.drop([traps.renamed_column(first)])
    accounts.run()
    ((kind, candidates),) = accounts.rows("select kind, candidates from account_questions where not is_settled")
    assert (kind, candidates) == ("unknown_header", ["profile visits = profile views", "none of these"])
    assert accounts.days(account.handle) == {}
    accounts.work(lambda c: questions.answer(c, only_question(accounts), candidates[0], "ann"))
    accounts.run()
    assert len(accounts.days(account.handle, "profile_views")) == 28
    accounts.drop([traps.renamed_column(later)])
    accounts.run()
    assert len(accounts.days(account.handle, "profile_views")) == 36
    assert None not in accounts.days(account.handle, "profile_views").values()


def test_a_denied_rename_is_quarantined(accounts: Accounts, world):
    """Answered with none of the proposals, the report is set aside, with its header shown."""
    accounts.drop([traps.renamed_column(export(world.account(0, zone="UTC"), AT, reports=["overview"])[0])])
    accounts.run()
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "none of these", "ann"))
    accounts.run()
    ((state, code, reason),) = accounts.rows(
        "select state, reason_code, reason from account_exports where member <> ''"
    )
    assert (state, code) == ("quarantined", "unknown_header")
    assert "Profile visits" in reason


def test_a_lone_reach_is_what_its_owner_says(accounts: Accounts, world):
    """A column `Reach` where views should be waits; as views it is views."""
    account = world.account(0, zone="UTC")
    file = export(account, AT, reports=["overview"])[0]
    accounts.drop([traps.lone_reach(file)])
    accounts.run()
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "video views", "ann"))
    accounts.run()
    (member,) = file.members
    settled = [day for day in member.sheet.true_days if day not in member.sheet.provisional]
    assert {day: accounts.days(account.handle)[day] for day in settled} == {
        day: values["video_views"] for day, values in member.sheet.by_true_day() if day in settled
    }


def test_a_bare_csv_asks_for_its_year(accounts: Accounts, world):
    """Answered, its days are those of that year."""
    account = world.account(0, zone="UTC")
    (file,) = export(account, AT, reports=["overview"], container="csv", folder=account.handle)
    accounts.drop([file])
    accounts.run()
    ((kind, candidates),) = accounts.rows("select kind, candidates from account_questions where not is_settled")
    assert kind == "year"
    assert "2026" in candidates
    accounts.work(lambda c: questions.answer(c, only_question(accounts), "2026", "ann"))
    accounts.run()
    days = accounts.days(account.handle)
    assert {day.year for day in days} == {2026}
    assert len(days) == 28


def test_what_is_taken_back_is_gone_and_comes_again(accounts: Accounts, world):
    """Undone, the older numbers return; dropped again it stays undone; brought back, it counts again."""
    account = world.account(0, zone="UTC")
    older = export(account, AT, reports=["overview"])[0]
    newer = export(account, AT.replace(day=20), reports=["overview"])[0]
    accounts.drop([older])
    accounts.run()
    before = accounts.days(account.handle)
    accounts.drop([newer])
    accounts.run()
    both = accounts.days(account.handle)
    assert len(both) == 36
    ((sha,),) = accounts.rows(
        "select export_sha256 from account_exports where file_name = %s and member = ''", newer.name
    )
    accounts.work(lambda c: undoing.undo(c, sha, None, "ann"))
    accounts.run()
    assert accounts.days(account.handle) == before
    accounts.drop({"again.zip": newer.data})
    accounts.run()
    assert accounts.days(account.handle) == before
    accounts.work(lambda c: undoing.redo(c, sha, None, "ann"))
    accounts.run()
    assert accounts.days(account.handle) == both
    lines = accounts.rows("select step, result, reason from account_outcomes where step in ('undo', 'redo') order by 1")
    assert lines == [("redo", "done", "said ann"), ("undo", "undone", "said ann")]


def test_a_file_is_moved_to_another_account(accounts: Accounts, world):
    """Its days are the other account's then, and nothing is left of them where they were."""
    accounts.drop({"my.band/Overview.csv": bare(world).data})
    accounts.run()
    before = accounts.days("my.band")
    ((sha,),) = accounts.rows("select export_sha256 from account_exports where member = ''")
    accounts.work(lambda c: undoing.move(c, sha, None, "my.shop", "ann"))
    accounts.run()
    assert (accounts.days("my.band"), accounts.days("my.shop")) == ({}, before)
    assert {key.split("/")[1] for key in accounts.files("raw")} == {"my.shop"}
