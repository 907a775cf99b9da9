"""The three audience reports of the Followers tab: hours of the last week, gender, countries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from include.sandbox.dice import Dice
from include.sandbox.exports.frame import Frame
from include.sandbox.exports.truth import Sheet
from include.sandbox.exports.world import DAY, Account, midnight

_TERRITORIES = ("US", "DE", "BR", "JP", "MX", "GB", "FR", "XK", "ID", "SE")


def follower_activity(frame: Frame) -> Sheet:
    """FollowerActivity.csv: 7 or 8 days of hours in the account's zone, counted up to a UTC midnight.

    Where the clocks change a day has 23 or 25 hours. Hours that are not yet counted are 0.
    """
    zone = ZoneInfo(frame.account.zone)
    end = midnight(frame.at.astimezone(UTC).date() - (frame.switches.delay - 1) * DAY)
    last = (end.astimezone(zone) - timedelta(seconds=1)).date()
    first = last - (frame.switches.activity_days - 1) * DAY
    moment = datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC)
    labels, hours, numbers = [], [], []
    while moment.astimezone(zone).date() <= last:
        local = moment.astimezone(zone)
        labels.append(local.date() + (frame.shift + frame.switches.activity_shift) * DAY)
        hours.append(local.hour)
        numbers.append(_active(frame.account, moment) if moment < end else 0)
        moment += timedelta(hours=1)
    header = ("Date", "Hour", "Active followers")
    texts = [map(frame.write, labels), map(str, hours), map(str, numbers)]
    rows = [] if frame.switches.header_only else list(zip(*texts, strict=True))
    if not rows:
        return Sheet("follower_activity", "FollowerActivity", header, rows)
    values = {"hour": tuple(hours), "active_followers": tuple(numbers)}
    shift = frame.shift + frame.switches.activity_shift
    true_days = tuple(day - shift * DAY for day in labels)
    return Sheet("follower_activity", "FollowerActivity", header, rows, shift, tuple(labels), true_days, values)


def _active(account: Account, moment: datetime) -> int:
    dice = Dice(account.seed, "active", account.index, int(moment.timestamp()) // 3600)
    level = account.value(moment.date(), "followers") or 0
    evening = 1 - abs(moment.hour - 18) / 24
    weekend = 1.25 if moment.weekday() >= 5 else 1
    return int(level * 0.3 * evening * weekend * dice.between(0.85, 1.15))


def follower_gender(frame: Frame) -> Sheet:
    """FollowerGender.csv: shares as they are at the export."""
    women = Dice(frame.account.seed, "gender", frame.account.index).between(0.2, 0.75)
    women = round(women + _drift(frame, "women").between(-0.03, 0.03), 2)
    other = 0.02
    shares = {"Male": round(1 - women - other, 2), "Female": women, "Other": other}
    return _audience(frame, "follower_gender", "FollowerGender", ("Gender", "Distribution"), shares)


def follower_territories(frame: Frame) -> Sheet:
    """FollowerTopTerritories.csv: ten countries and the others; the shares add up to 1."""
    dice, drift = Dice(frame.account.seed, "territories", frame.account.index), _drift(frame, "territories")
    weights = sorted((dice.spread(3, 60) * drift.between(0.95, 1.05) for _ in _TERRITORIES), reverse=True)
    thousandths = [int(weight / sum(weights) * 940) for weight in weights]
    shares = {name: number / 1000 for name, number in zip(_TERRITORIES, thousandths, strict=True)}
    shares["Others"] = (1000 - sum(thousandths)) / 1000
    header = ("Top territories", "Distribution")
    return _audience(frame, "follower_territories", "FollowerTopTerritories", header, shares)


def _drift(frame: Frame, about: str) -> Dice:
    """Followers come and go: shares change a little from week to week."""
    return Dice(frame.account.seed, about, frame.account.index, frame.today.isocalendar()[:2])


def _audience(frame: Frame, report: str, title: str, header: tuple[str, ...], shares: dict[str, float]) -> Sheet:
    if frame.switches.header_only:
        return Sheet(report, title, header, [])
    as_text = "{:.0%}" if frame.switches.percent else "{:g}"
    rows = [(name, as_text.format(share)) for name, share in shares.items()]
    return Sheet(report, title, header, rows, buckets=shares)
