"""Reads a file of the drop folder once: what each report in it is, and what the file proves by itself. Stores nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from include.account_analytics.accounts import Accounts, Answers, Claims
from include.account_analytics.drop import Dropped
from include.account_analytics.facts import NameFacts, Question, Refused
from include.account_analytics.proof import Proof, prove
from include.account_analytics.reading import containers, formats, labels, names
from include.account_analytics.reading.containers import MemberFile
from include.account_analytics.reading.copies import NoRoom
from include.account_analytics.reading.examine import Examined, examine
from include.account_analytics.reading.formats import Catalogue
from include.account_analytics.reading.headers import Asks, renames_of
from include.account_analytics.reading.labels import Months

# So many rows with so many views are never the same in two accounts' reports.
TELLING_ROWS, TELLING_COUNT = 3, 10
NONE = "none of these"
VERSION = 1  # of the rules that are code
NOTHING, UNPROVED = NameFacts(), Proof()


@dataclass(frozen=True, slots=True)
class Books:
    """What reading goes by: formats, month names, and what people answered about headers."""

    catalogue: Catalogue
    months: Months
    answers: Answers = field(default_factory=dict)

    @classmethod
    def load(cls, answers: Answers | None = None) -> Books:
        return cls(Catalogue.load(), Months.load(), answers or {})

    @property
    def edition(self) -> str:
        """Other rules of reading have another one."""
        rules = [VERSION, sorted((*kind, answer) for kind, answer in self.answers.items())]
        rules += [path.read_text(encoding="utf-8") for path in (formats.PATH, labels.PATH)]
        return hashlib.sha256(json.dumps(rules).encode()).hexdigest()[:16]

    def examine(self, file: MemberFile) -> tuple[Examined, str | None]:
        """As `examine`, and with the renames that somebody confirmed for this very header: then with what was asked about."""
        try:
            return examine(file, self.catalogue, self.months), None
        except Asks as asked:
            renames = self.renames(asked.question)
            return examine(file, self.catalogue, self.months, renames), asked.question.subject

    def renames(self, question: Question) -> Mapping[str, str]:
        answer = self.answers.get((question.kind, question.subject))
        return renames_of(question, answer) if answer else {}


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a file: what it is, or why not. A `refusal` quarantines it; with a `question` it waits.

    `is_telling`: so much is in it that another account's report would not be the same. `views`: of all its rows together, where
    it has a row a day. `answered`: what an answer about its
    header was about.
    """

    name: str
    sha256: str
    size: int
    container: str
    written_at: datetime | None = None
    facts: NameFacts = NOTHING
    examined: Examined | None = None
    is_telling: bool = False
    views: int | None = None
    answered: str | None = None
    refusal: Refused | None = None
    question: Question | None = None
    proof: Proof = UNPROVED


@dataclass(frozen=True, slots=True)
class Looked:
    """A file as it was found. With a `refusal` nothing of it is read."""

    file: Dropped
    sha256: str | None
    size: int
    container: str | None = None
    facts: NameFacts = NOTHING
    folder: str | None = None
    reports: tuple[Report, ...] = ()
    refusal: Refused | None = None

    @property
    def claims(self) -> Claims:
        """Whose links and names are in it; reports of two accounts in one ZIP show here."""
        linked = [handle for report in self.reports if report.examined for handle in report.examined.handles]
        own = [report.facts.handle for report in self.reports if report.facts.handle]
        return Claims(self.folder, self.facts.handle, tuple(dict.fromkeys([*linked, *own])))


def look(file: Dropped, books: Books) -> Looked:
    """Whatever is wrong with the file is a refusal of it; with one of its reports, of that report. Raises NoRoom."""
    folder, facts = claims_of(file.name)
    found = Looked(file, None, file.size, facts=facts, folder=folder)
    if file.is_link:
        return replace(found, refusal=Refused("link", "It is a link: copy the file itself here.", is_kept=False))
    try:
        with containers.open_export(file.path, file.file_name) as export:
            reports = [report_of(member, _more(member.facts, facts), books) for member in export.members]
            reports += [_unread(name, refusal, export) for name, refusal in export.refused]
            return replace(
                found, sha256=export.sha256, size=export.size, container=export.container, reports=tuple(reports)
            )
    except Refused as refusal:
        return _summed(replace(found, refusal=refusal))
    except OSError as error:
        why = f"It cannot be read ({error.strerror or error}). Give this user the right to read it."
        return replace(found, refusal=Refused("no_right", why, is_kept=False))
    except NoRoom:  # a fault of this machine, not of the file
        raise
    except Exception as error:  # noqa: BLE001 - see the list in test_architecture
        why = f"It cannot be read: {type(error).__name__}: {error}"[:300]
        return _summed(replace(found, refusal=Refused("unreadable", why)))


def two_accounts(found: Looked, known: Accounts) -> Refused | None:
    """One answer could not be right for a ZIP whose reports are of several accounts, each of one of them."""
    said = [report.examined.handles or [report.facts.handle] for report in found.reports if report.examined]
    owners = [{known.find(handle) for handle in handles if handle} for handles in said]
    listed = sorted(set().union(*owners))
    if len(listed) < 2 or any(len(each) > 1 for each in owners):
        return None
    names = " and ".join(f"@{account}" for account in listed)
    why = f"It holds reports of {names}. Unpack it, and put each account's files into a folder named after the account."
    return Refused("two_accounts", why)


def claims_of(path: str) -> tuple[str | None, NameFacts]:
    """Folders that may be an account's, and what the names say: the file's, else that of the nearest folder named by TikTok."""
    *folders, name = path.split("/")
    facts = names.parse_name(name)
    for outer in reversed(folders):
        facts = _more(facts, names.parse_name(outer))
    return "/".join(folder for folder in folders if names.parse_name(folder) == NameFacts()) or None, facts


def _more(facts: NameFacts, outer: NameFacts) -> NameFacts:
    """A name with a handle or a date speaks for itself; else what is around it speaks."""
    return facts if facts.start or facts.handle or not (outer.start or outer.handle) else outer


def report_of(member: MemberFile, facts: NameFacts, books: Books) -> Report:
    """Reads one report to its end."""
    report = Report(member.name, member.sha256, member.size, member.container, member.written_at, facts)
    try:
        examined, answered = books.examine(member)
    except Asks as asked:
        is_denied = (asked.question.kind, asked.question.subject) in books.answers
        if is_denied or not asked.question.candidates:
            return replace(report, refusal=Refused(asked.code, str(asked)))
        question = replace(asked.question, candidates=(*asked.question.candidates, NONE))
        return replace(report, question=question)
    except Refused as refusal:
        return replace(report, refusal=refusal)
    is_of_one_moment = examined.format.report == "content"
    proof = prove(examined.labels, facts, member.written_at, is_of_one_moment=is_of_one_moment)
    read = replace(report, examined=examined, proof=proof, answered=answered)
    return replace(read, is_telling=_is_telling(examined), views=_views(examined))


def _is_telling(examined: Examined) -> bool:
    counted = (sum(abs(value or 0) >= TELLING_COUNT for value in each) for each in examined.metrics.values())
    return bool(examined.posts) or max(counted, default=0) >= TELLING_ROWS


def _views(examined: Examined) -> int | None:
    said = [views for views in examined.metrics.get("video_views", ()) if views is not None]
    return sum(said) if said else None


def _unread(name: str, refusal: Refused, export: containers.Export) -> Report:
    """It could not be read to its end, so that it has no sum of its own."""
    own = hashlib.sha256(f"{export.sha256}/{name}".encode()).hexdigest()
    return Report(name, own, 0, export.container, refusal=refusal)


def _summed(looked: Looked) -> Looked:
    """With the sum of the bytes, as far as they can be read: that is how the file is known when it comes again."""
    try:
        sha256, size = containers.sum_of(looked.file.path)
    except OSError:
        return looked
    return replace(looked, sha256=sha256, size=size)
