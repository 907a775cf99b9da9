"""Finds comets under one keyword: pages the search, screens every video, profiles and keeps who passes."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import psycopg

from include import database
from include.calls.desk import Desk, NotInLedger
from include.calls.ledger import read_answers
from include.calls.limiter import DayOver
from include.calls.look_up import Failure, Measured, Wanted, profile_of
from include.calls.sigterm import DRAIN_SECONDS as LAST_DRAIN_SECONDS
from include.calls.sigterm import ToldToEnd
from include.comets import candidates, consistency, contacts, pictures, roster, screening, snapshots
from include.comets.run import Run
from include.comets.screening import NOT_OVERRULED, Overrules, Verdict
from include.comets.trends import Keyword, is_followed, normalise
from include.erasure import forgotten as erasure
from include.failures import NeedsPerson
from include.tikhub import endpoints, parsers
from include.tikhub.endpoints import Request
from include.tikhub.errors import BudgetSpent, NotFound
from include.tikhub.models import Absent, Profile, Refusal, Video, VideoPage
from plugins.filters.consistency import ConsistencyFinding
from plugins.filters.layers import ContextLayers, TextLayers

COVER_THREADS = 8
DRAIN_SECONDS = 30.0
FetchCover = Callable[[tuple[str, ...]], bytes]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Covers:
    """How covers are fetched, and for how many days small copies of those that were judged are kept; 0: none are."""

    fetch: FetchCover
    days: int = 0


class NoSuchHashtag(NeedsPerson, LookupError):
    """TikTok knows no hashtag of exactly this name."""


@dataclass
class Tally:
    """What one keyword gave; counted for the log and for a dry run's report, which has no rows to be read from."""

    keyword: Keyword
    layers: Counter[str] = field(default_factory=Counter)
    judged: dict[str, list[str]] = field(default_factory=dict)
    accepted_creators: dict[str, int] = field(default_factory=dict)  # with their followers

    @property
    def videos(self) -> int:
        return self.layers.total()

    def add(
        self, verdicts: Sequence[tuple[Video, Verdict]], profiles: Mapping[str, Profile | Absent | Failure]
    ) -> None:
        for video, verdict in verdicts:
            self.layers[verdict.layer] += 1
            self.judged.setdefault(f"{verdict.layer} {verdict.field or ''}", []).append(video.video_id)
            profile = profiles.get(video.author.user_id)
            if verdict.layer == "accepted" and isinstance(profile, Profile):
                self.accepted_creators[profile.user_id] = profile.followers

    def as_json(self) -> dict[str, Any]:
        return {"keyword": self.keyword.text, "videos": self.videos, "layers": dict(self.layers)}

    def rehearsed(self, connection: psycopg.Connection[Any], run: Run) -> dict[str, Any]:
        """What a dry run's report needs besides: tokens of the videos by layer and field, and for the token of each accepted
        creator how they stand without this run, whether they are new, and whether their count would be a suspect fall.
        """
        parameters = {"day": run.day, "user_ids": list(self.accepted_creators)}
        standing = database.rows(connection, "comets/read_standing", parameters)
        parameters["followers"] = list(self.accepted_creators.values())
        falls = {row["user_id"] for row in database.rows(connection, "comets/preview_falls", parameters)}
        return {
            "rank": self.keyword.rank,
            "judged": {name: sorted(token(run, video_id) for video_id in ids) for name, ids in self.judged.items()},
            "accepted": {
                token(run, row["user_id"]): [
                    row["part"],
                    row["is_new"],
                    row["part"] != "updated" and row["user_id"] in falls,  # what is a row already is believed
                ]
                for row in standing
            },
        }


def token(run: Run, name: str) -> str:
    """Stands for an id, so that it is counted once; it says nothing outside of this run."""
    return hashlib.blake2b(f"{run.run_id} {name}".encode(), digest_size=8).hexdigest()


def discover(desk: Desk[Run], keyword: Keyword, layers: ContextLayers, covers: Covers, threads: int) -> Tally:
    """Screen the videos found under `keyword`, and keep verdicts, creators and their first snapshots.

    Each page is kept when it is done, so that a retry finds all of it in the ledger. Raises what makes this keyword
    fail: TikHubError (DayOver is one), NoSuchHashtag, DatabaseUnavailable; in a replay NotInLedger when nothing at all
    was stored.
    """
    tally = Tally(keyword)
    profiles: dict[str, Profile | Absent | Failure] = {}
    known: dict[str, ConsistencyFinding] = {}
    try:
        found = (
            candidates.pages(desk, keyword, layers) if keyword.source in candidates.SOURCES else _pages(desk, keyword)
        )
        for videos in found:
            verdicts = _screen(desk, keyword, videos, profiles, layers, covers, threads)
            if layers.asks_consistency:
                verdicts = consistency.check(desk, layers, verdicts, _overrules(desk, keyword, videos), known)
            named = set(tally.accepted_creators)
            tally.add(verdicts, profiles)
            if not desk.run.dry_run:
                stored = _keep(desk, keyword, layers, verdicts, profiles, covers.days)
                _log_saved([row for row in stored if row["user_id"] not in named], profiles)
    except DayOver as error:
        raise DayOver(
            f"The day ended before all pages of {keyword.text} could be asked: from 06:00 UTC on, what is found is the next "
            f"day's. {tally.videos} videos were screened before, and are kept."
        ) from error
    except BudgetSpent:
        log.info(
            "The run's budget for discovery is spent: %s is left after %s videos.", keyword.text, f"{tally.videos:,}"
        )
    return tally


def problems(connection: psycopg.Connection[Any], run: Run) -> list[tuple[str, str]]:
    """What the day's checks have to say of discovery, and what to do: searches that find no video, or no count, are no quiet day.

    A search that failed is red by itself; a dry run keeps no verdicts to tell by.
    """
    if run.is_replay or run.skip_discovery or run.dry_run:
        return []
    figures = database.one(connection, "comets/count_searches", {"day": run.day})
    if figures["videos"] and not figures["has_counts"]:
        return [
            (
                f"no number of followers was given for any of {figures['videos']} videos, neither by the searches nor by a "
                "profile: nobody could be judged by it",
                "Compare one of the creators in TikTok and TikHub's status page, then clear discover with everything "
                "downstream: profiles that failed are asked again",
            )
        ]
    if figures["videos"] or not figures["searches"]:
        return []
    return [
        (
            f"no video was found by any of {figures['searches']} searches: what TikHub answers may have changed",
            "Look at one of the keywords in TikTok; if there are videos, run the day again with the param 'keywords' later on",
        )
    ]


def _pages(desk: Desk[Run], keyword: Keyword) -> Iterator[list[Video]]:
    """New videos, page by page; ends where the search ends, stalls or repeats itself.

    A page of which nothing can be read (live and user cards, an advert) is logged and passed over. Only when no page of the
    search can be read the answers are none: UnexpectedAnswer, and they are asked for again when the task is cleared.
    """
    request_page, parse = _source(desk, keyword)
    unreadable: list[tuple[Request, Sequence[Refusal]]] = []
    seen: set[str] = set()
    offset = 0
    for number in range(desk.run.pages_per_keyword):
        request = request_page(offset)
        try:
            page = desk.ask(request, parse)
        except NotInLedger:
            if number == 0:
                raise
            break
        except BudgetSpent:
            if unreadable and not seen:
                break
            raise
        videos = _bounded(keyword, page, 2 * int(request.params["count"]))
        fresh = list({video.video_id: video for video in videos if video.video_id not in seen}.values())
        if page.refused and not page.videos:
            unreadable.append((request, page.refused))
        elif not fresh:
            break
        else:
            seen.update(video.video_id for video in fresh)
            yield _remembered(desk, fresh)
        if page.next_offset is None or page.next_offset <= offset:
            break
        offset = page.next_offset
    if unreadable and not seen and not desk.run.is_replay:
        desk.call_unreadable([request for request, _ in unreadable])
        refused = [refusal for _, refusals in unreadable for refusal in refusals]
        raise parsers.none_readable(unreadable[0][0].endpoint, refused[0].field, refused)


def _bounded(keyword: Keyword, page: VideoPage, most: int) -> Sequence[Video]:
    """The first `most` videos of a page: how much one page can cost is not for the answer to say. Logs what is left out."""
    if page.refused and not page.videos:
        log.warning("A page of %s holds nothing that can be read.", keyword.text)
    for refusal in page.refused[:most]:
        log.warning(
            "A video could not be read and is left out: %s %s %s", refusal.item_id, refusal.field, refusal.reason
        )
    if len(page.refused) > most:
        log.warning("%s more could not be read.", len(page.refused) - most)
    if len(page.videos) > most:
        log.warning(
            "A page of %s holds %s videos, though %s were asked for: the first %s are screened, the others left out.",
            keyword.text,
            len(page.videos),
            most // 2,
            most,
        )
    return page.videos[:most]


def _remembered(desk: Desk[Run], videos: Sequence[Video]) -> list[Video]:
    """Without those of people who asked to be forgotten: they are not even screened."""
    authors = {video.author.user_id for video in videos}
    forgotten = desk.database.run(lambda connection: erasure.forgotten_among(connection, authors))
    return [video for video in videos if video.author.user_id not in forgotten]


def _source(desk: Desk[Run], keyword: Keyword) -> tuple[Callable[[int], Request], Callable[[Any], VideoPage]]:
    if not keyword.is_hashtag:
        return lambda offset: endpoints.video_search(keyword.text, offset), parsers.parse_video_search
    name = keyword.text.lstrip("#")
    try:
        found = desk.ask(endpoints.hashtag_search(name), parsers.parse_hashtag_search).challenges
    except NotFound:
        found = ()
    same = [challenge for challenge in found if normalise(challenge.name).casefold() == name.casefold()]
    if same:
        challenge_id = same[0].challenge_id
        return lambda cursor: endpoints.hashtag_videos(challenge_id, cursor), parsers.parse_hashtag_videos
    if is_followed(keyword, desk.run.hashtags):
        raise NoSuchHashtag(
            f"TikTok knows no hashtag {keyword.text}: check its spelling in COMETS_HASHTAGS or the param."
        )
    log.info("TikTok knows no hashtag %s: it is searched as a word.", keyword.text)
    return lambda offset: endpoints.video_search(name, offset), parsers.parse_video_search


def _screen(
    desk: Desk[Run],
    keyword: Keyword,
    videos: Sequence[Video],
    profiles: dict[str, Profile | Absent | Failure],
    layers: ContextLayers,
    covers: Covers,
    threads: int,
) -> list[tuple[Video, Verdict]]:
    run = desk.run
    said = _overrules(desk, keyword, videos)
    verdicts: dict[str, Verdict] = {}
    for video in videos:
        refusal = screening.before_profile(layers, run, video, said.get(video.video_id, NOT_OVERRULED))
        if refusal is not None:
            verdicts[video.video_id] = refusal
    racing = [video for video in videos if video.video_id not in verdicts]
    _profile(desk, racing, profiles, threads)
    looked_up = {video.video_id: profiles[video.author.user_id] for video in racing}
    for video in racing:
        overrules = said.get(video.video_id, NOT_OVERRULED)
        decided = screening.with_profile(
            layers, run, profiles[video.author.user_id], overrules
        ) or screening.without_cover(overrules)
        if decided is not None:
            verdicts[video.video_id] = decided
    racing = [video for video in racing if video.video_id not in verdicts]
    verdicts.update(_judge_covers(desk, racing, layers, covers))
    return [
        (
            video,
            replace(
                verdicts[video.video_id],
                followers_from=screening.source_of_followers(video.author, looked_up.get(video.video_id)),
            ),
        )
        for video in videos
    ]


def _overrules(desk: Desk[Run], keyword: Keyword, videos: Sequence[Video]) -> dict[str, Overrules]:
    """What people said about the creators of a page, by video; those of whom nothing was said are left out."""
    parameters = {
        "run_id": desk.run.run_id,
        "day": desk.run.day,
        "keyword": keyword.text,
        "is_replay": desk.run.is_replay,
        **database.columns(videos, video_ids="video_id", user_ids="author.user_id"),
    }
    return screening.overrules_by_video(desk.database.rows("comets/read_overrules", parameters))


def _profile(
    desk: Desk[Run], videos: Iterable[Video], profiles: dict[str, Profile | Absent | Failure], threads: int
) -> None:
    """Look up the authors not looked up yet; what was paid for is in the ledger before anything else happens."""
    authors = {video.author.user_id: video.author for video in videos if video.author.user_id not in profiles}
    wanted = [Wanted(author.user_id, author.sec_user_id, author.handle or None) for author in authors.values()]
    if not wanted:
        return
    if desk.run.is_replay:
        answers = desk.stored(endpoints.USER_PROFILE, [each.user_id for each in wanted])
        stored = {answer.subject: answer for answer in answers}
        for each in wanted:
            answer = stored.get(each.user_id)
            profiles[each.user_id] = profile_of(answer) if answer else Failure("no stored answer")
        return
    look_up = desk.look_up(threads)
    look_up.add(wanted)
    try:
        while look_up.unfinished:
            _settle(desk, look_up.results(1.0), profiles)
            if desk.told_to_end.is_set():
                raise ToldToEnd
    finally:
        is_short = desk.told_to_end.is_set()
        _settle(desk, look_up.stop(LAST_DRAIN_SECONDS if is_short else DRAIN_SECONDS), profiles)


def _settle(desk: Desk[Run], arrived: Sequence[Measured], profiles: dict[str, Profile | Absent | Failure]) -> None:
    for measured in arrived:
        profiles[measured.wanted.user_id] = measured.result
    called = [measured for measured in arrived if measured.call is not None]

    def write(connection: psycopg.Connection[Any]) -> None:
        now = desk.now(connection)
        calls = [measured.call for measured in called if measured.call is not None]
        desk.ledger.settle(connection, endpoints.USER_PROFILE, calls, [measured.moment(now) for measured in called])
        desk.ledger.extend(connection)  # a long pause of the rate limit must not outlast the claims

    desk.database.run(write)


def _judge_covers(
    desk: Desk[Run], videos: Sequence[Video], layers: ContextLayers, covers: Covers
) -> dict[str, Verdict]:
    """Layer 3 for each; a cover judged before under the same rules is not fetched again, a replay fetches none.

    One that could not be judged is tried again on the next day it is seen, and not earlier.
    """
    known = _known_findings(desk, videos, layers)
    unknown = [video for video in videos if video.video_id not in known]
    if desk.run.is_replay:
        missing = Verdict("undetermined", field="cover", matched_text="not fetched: a replay makes no calls")
        return {**known, **{video.video_id: missing for video in unknown}}
    if not unknown:
        return known
    copy = pictures.copy_of if covers.days else None
    with ThreadPoolExecutor(COVER_THREADS, thread_name_prefix="cover") as pool:
        judged = pool.map(lambda video: screening.with_cover(layers.face, desk.run, video, covers.fetch, copy), unknown)
        return {**known, **{video.video_id: verdict for video, verdict in zip(unknown, judged, strict=True)}}


def _known_findings(desk: Desk[Run], videos: Sequence[Video], layers: ContextLayers) -> dict[str, Verdict]:
    parameters = {
        "video_ids": [video.video_id for video in videos],
        "rules_version": layers.version,
        "day": desk.run.day,
        "is_replay": desk.run.is_replay,
    }
    rows = desk.database.rows("comets/read_face_findings", parameters)
    threshold = desk.run.min_face_percent
    return {row["video_id"]: _judged_again(row, layers, threshold) for row in rows}


def _judged_again(row: database.Row, layers: ContextLayers, threshold: float) -> Verdict:
    if row["measured"] is None:
        return Verdict("undetermined", field="cover", matched_text=row["matched_text"], threshold=threshold)
    is_accepted, is_uncertain = layers.face_again(row["measured"], row["score"], threshold)
    return Verdict(
        "accepted" if is_accepted else "face",
        field="cover",
        measured=row["measured"],
        threshold=threshold,
        is_uncertain=is_uncertain,
        detector=row["detector"],
        score=row["score"],
        cover_field=row["cover_field"],
    )


def _keep(
    desk: Desk[Run],
    keyword: Keyword,
    layers: ContextLayers,
    verdicts: Sequence[tuple[Video, Verdict]],
    profiles: Mapping[str, Profile | Absent | Failure],
    picture_days: int,
) -> list[database.Row]:
    """Verdicts, creators and snapshots of one page, in one transaction; returns what became of the snapshots.

    When one creator's data make it fail, halves are kept, so that it costs no other theirs.
    """
    try:
        return desk.database.run(
            lambda connection: _write_page(desk, connection, keyword, layers, verdicts, profiles, picture_days)
        )
    except database.REFUSED as error:
        authors = sorted({video.author.user_id for video, _ in verdicts})
        if len(authors) > 1:
            first = set(authors[: len(authors) // 2])
            ours = [each for each in verdicts if each[0].author.user_id in first]
            others = [each for each in verdicts if each[0].author.user_id not in first]
            return [
                *_keep(desk, keyword, layers, ours, profiles, picture_days),
                *_keep(desk, keyword, layers, others, profiles, picture_days),
            ]
        if all(verdict.layer != "accepted" for _, verdict in verdicts):
            raise
        # In one line, and short: a trigger of the operator's may say much.
        said = " ".join((error.diag.message_primary or "data error").split())
        reason = f"the database refused the profile: {said}"[: screening.LONGEST_MATCH]
        log.warning("%s is left out: %s", authors[0], reason)
        refused = Verdict("undetermined", field="profile", matched_text=reason)
        left = [(video, refused if verdict.layer == "accepted" else verdict) for video, verdict in verdicts]
        return _keep(desk, keyword, layers, left, profiles, picture_days)


def _log_saved(stored: Sequence[database.Row], profiles: Mapping[str, Profile | Absent | Failure]) -> None:
    """A line for each creator accepted, with the numbers as they are stored."""
    for row in stored:
        profile = profiles[row["user_id"]]
        if not isinstance(profile, Profile):
            continue
        if row["outcome"] == "suspect":
            log.info("%s", snapshots.suspect_line(profile.handle, profile.followers, row))
        else:
            growth = snapshots.growth_text(row)
            log.info(
                "✅ Comet saved: @%s (%s followers, growth: %s)", profile.handle, f"{row['follower_count']:,}", growth
            )


def _write_page(
    desk: Desk[Run],
    connection: psycopg.Connection[Any],
    keyword: Keyword,
    layers: ContextLayers,
    verdicts: Sequence[tuple[Video, Verdict]],
    profiles: Mapping[str, Profile | Absent | Failure],
    picture_days: int,
) -> list[database.Row]:
    run = desk.run
    authors = sorted({video.author.user_id for video, _ in verdicts})
    # First, as everybody does: it may have to wait for an erasure, which may want any row.
    forgotten = erasure.forgotten_among(connection, authors)
    database.rows(connection, "comets/lock_creators", {"user_ids": authors})
    verdicts = [each for each in verdicts if each[0].author.user_id not in forgotten]
    accepted = {video.author.user_id for video, verdict in verdicts if verdict.layer == "accepted"}
    found = [profile for user_id in sorted(accepted) if isinstance(profile := profiles[user_id], Profile)]
    seen_at = _observed_at(desk, connection, sorted(accepted))
    save_creators(connection, run, keyword.text, found, [seen_at[profile.user_id] for profile in found])
    contacts.send(connection, [(profile, seen_at[profile.user_id]) for profile in found])
    stored = snapshots.store(
        connection,
        run.day,
        "replay" if run.is_replay else "discovery",
        [
            snapshots.Snapshot(
                profile.user_id,
                profile.followers,
                profile.hearts,
                profile.videos,
                seen_at[profile.user_id],
                keyword.text,
            )
            for profile in found
        ],
    )
    database.rows(connection, "comets/save_verdicts", _verdict_parameters(run, keyword, layers, verdicts, profiles))
    pictures.save(connection, _seen_covers(verdicts), picture_days)
    return stored


def _seen_covers(verdicts: Sequence[tuple[Video, Verdict]]) -> list[pictures.Picture]:
    """What layer 3 looked at just now, with what it found as the verdicts have it."""
    return [
        pictures.Picture(
            video.author.user_id,
            video.video_id,
            verdict.seen.copy,
            detector=verdict.detector,
            percent=_exact(verdict.face_percent if verdict.layer == "consistency" else verdict.measured),
            score=_exact(verdict.score),
            box=verdict.seen.box,
        )
        for video, verdict in verdicts
        if verdict.seen
    ]


def save_creators(
    connection: psycopg.Connection[Any],
    run: Run,
    keyword: str,
    found: Sequence[Profile],
    seen_at: Sequence[Any],
) -> None:
    if not found:
        return
    parameters = {
        "day": run.day,
        "keyword": keyword,
        "seen_at": list(seen_at),
        **roster.identity_columns(found),
    }
    database.rows(connection, "comets/save_creators", parameters)


def _observed_at(desk: Desk[Run], connection: psycopg.Connection[Any], user_ids: Sequence[str]) -> dict[str, Any]:
    """When each profile was answered, from the ledger, so that a replay writes the very same moment."""
    answers = read_answers(connection, desk.run.day, endpoints.USER_PROFILE, user_ids)
    return {answer.subject: answer.answered_at for answer in answers}


def _verdict_parameters(
    run: Run,
    keyword: Keyword,
    layers: TextLayers,
    verdicts: Sequence[tuple[Video, Verdict]],
    profiles: Mapping[str, Profile | Absent | Failure],
) -> dict[str, Any]:
    return {
        "day": run.day,
        "keyword": keyword.text,
        "run_id": run.run_id,
        "rules_version": layers.version,
        **database.columns(
            (video for video, _ in verdicts),
            video_ids="video_id",
            user_ids="author.user_id",
            handles=lambda video: _handle(video, profiles),
        ),
        **database.columns(
            (verdict for _, verdict in verdicts),
            layers="layer",
            fields="field",
            matched_texts="matched_text",
            measured=lambda verdict: _exact(verdict.measured),
            thresholds=lambda verdict: _exact(verdict.threshold),
            uncertain="is_uncertain",
            detectors="detector",
            scores=lambda verdict: _exact(verdict.score),
            cover_fields="cover_field",
            followers_from="followers_from",
            face_percents=lambda verdict: _exact(verdict.face_percent),
        ),
    }


def _handle(video: Video, profiles: Mapping[str, Profile | Absent | Failure]) -> str:
    """As the search gave it; where it gave none, as the profile did."""
    profile = profiles.get(video.author.user_id)
    return video.author.handle or (profile.handle if isinstance(profile, Profile) else "")


def _exact(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))
