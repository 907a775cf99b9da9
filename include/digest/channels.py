"""Airflow's notifier for the end of a day: sends a digest by mail and webhook, where a connection for them exists."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import psycopg
from airflow.sdk import BaseNotifier, conf
from airflow.sdk.exceptions import AirflowException

from include import connections, database, settings
from include.digest.message import Channel, Letter, Message, Occasion
from include.settings import SettingsError

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

MAIL, WEBHOOK = "comets_smtp", "comets_webhook"
PREFIX = "/cometwatch"
PATIENCE_SECONDS = 15.0
TIMEOUT_SECONDS = 15
# A refused login, a server that is away or answers nonsense, an address that is none: all of them OSError but these.
SENDING_FAILS = (AirflowException, OSError, smtplib.SMTPException, HTTPException, ValueError)
log = logging.getLogger(__name__)


class NobodyToTell(ValueError):
    """A channel is there, and leads to nobody; the log says what is missing."""


class DayDigest(BaseNotifier):
    """Tells what happened on the day of the run, once for what is the same; off until a connection exists.

    `comets_smtp`: type SMTP, extra `{"from_email": "…", "to": "a@example.org, b@example.org"}`.
    `comets_webhook`: type Slack Incoming Webhook; anything that takes Slack's format will do.

    A pipeline hands in what there is to tell: `read` finds it, None when there is nothing, and is told the time; `unread`
    says what to tell when not even the database can be asked.
    """

    def __init__(
        self,
        read: Callable[[psycopg.Connection[Any], Occasion, datetime], Message | None],
        unread: Callable[[Occasion], Message],
    ) -> None:
        super().__init__()
        self._read = read
        self._unread = unread

    def notify(self, context: Context) -> None:
        """Send what is new. A channel that fails is logged and tried again with the next run of the day."""
        channels: dict[str, Callable[[Message, Context], None]] = {}
        if connections.find(MAIL) is not None:
            channels["mail"] = _send_mail
        if connections.find(WEBHOOK) is not None:
            channels["webhook"] = _send_webhook
        if not channels:
            return
        message = self._message(_occasion(context))
        if message is None:
            log.info("Nothing to tell: no digest is sent.")
            return
        for channel, send in channels.items():
            _tell_once(channel, message, context, send)

    def _message(self, occasion: Occasion) -> Message | None:
        try:
            now = settings.load().now()
            with database.Database(connections.connect(), PATIENCE_SECONDS) as store:
                return store.run(lambda connection: self._read(connection, occasion, now))
        except (database.DatabaseUnavailable, SettingsError):
            return self._unread(occasion)  # the very day on which somebody has to know


class PersonalAlerts(BaseNotifier):
    """Tells each person what they asked for, on the digest's connections and from their own address on; a mail for each and day.

    A pipeline hands in the work: `work_out` keeps what is to be told and says whether this run tells anything; `unsent` gives
    the letters of a channel; `note` keeps that one was sent. Nothing of it makes a day red: what could not be worked out or sent
    is tried at the end of the next run.
    """

    def __init__(
        self,
        work_out: Callable[[psycopg.Connection[Any], Occasion, datetime], bool],
        unsent: Callable[[psycopg.Connection[Any], Channel, Occasion, datetime], list[Letter]],
        note: Callable[[psycopg.Connection[Any], Channel, Letter], None],
    ) -> None:
        super().__init__()
        self._work_out = work_out
        self._unsent = unsent
        self._note = note

    def notify(self, context: Context) -> None:
        """Work out what is to be told, then send all that was not sent; a letter that fails costs the others nothing."""
        occasion = _occasion(context)
        try:
            now = settings.load().now()
            with database.Database(connections.connect(), PATIENCE_SECONDS) as store:
                if store.run(lambda connection: self._work_out(connection, occasion, now)):
                    self._send_all(store, occasion, now, context)
        except (database.DatabaseUnavailable, SettingsError) as error:
            log.error("Personal alerts wait for the next run, for the database could not be asked: %s", error)

    def _send_all(self, store: database.Database, occasion: Occasion, now: datetime, context: Context) -> None:
        senders: tuple[tuple[Channel, str, Callable[[Letter, Context], None]], ...] = (
            ("mail", MAIL, _mail_letter),
            ("webhook", WEBHOOK, _send_webhook),
        )
        for channel, name, send in senders:
            letters = self._letters(store, channel, occasion, now)
            if letters and connections.find(name) is None:
                log.warning("Alerts for %d people wait: there is no connection %s.", len(letters), name)
                continue
            for letter in letters:
                if _was_sent(channel, name, letter, context, send):
                    self._note_sent(store, channel, letter)

    def _letters(self, store: database.Database, channel: Channel, occasion: Occasion, now: datetime) -> list[Letter]:
        return store.run(lambda connection: self._unsent(connection, channel, occasion, now))

    def _note_sent(self, store: database.Database, channel: Channel, letter: Letter) -> None:
        """What could not be noted is said twice, never not at all."""
        store.run(lambda connection: self._note(connection, channel, letter))


def _was_sent(
    channel: Channel, name: str, letter: Letter, context: Context, send: Callable[[Letter, Context], None]
) -> bool:
    try:
        send(letter, context)
    except SENDING_FAILS as error:
        # The error's own words may hold an address.
        log.error(
            "The alerts of one person could not be sent by %s (%s). They are tried again with the next run; check the"
            " connection %s, and the address on that person's page.",
            channel,
            type(error).__name__,
            name,
        )
        return False
    log.info("Alerts sent by %s: %d.", channel, len(letter.alert_ids))
    return True


def _occasion(context: Context) -> Occasion:
    dag_run: Any = context["dag_run"]
    day = (dag_run.logical_date or dag_run.run_after).astimezone(UTC).date()
    pages = conf.get("api", "base_url", fallback="http://localhost:8080").rstrip("/") + PREFIX
    return Occasion(dag_run.run_id, day, pages)


def _tell_once(channel: str, message: Message, context: Context, send: Callable[[Message, Context], None]) -> None:
    """Send unless the same was sent on this channel; what could not be noted may be said twice, never not at all."""
    about = {"pipeline": message.pipeline, "day": message.day, "channel": channel}
    with database.Database(connections.connect(), PATIENCE_SECONDS) as store:
        try:
            said = store.rows("digest/read_sent", about)
        except database.DatabaseUnavailable:
            said = []
        if said and said[0]["fingerprint"] == message.fingerprint:
            log.info("Already told by %s: %s", channel, message.subject)
            return
        try:
            send(message, context)
        except SENDING_FAILS as error:
            # The error's own words may hold the webhook's address, which is a secret.
            log.error(
                "The digest could not be sent by %s (%s). Check the connection %s; clear the task report to send it again.",
                channel,
                type(error).__name__,
                MAIL if channel == "mail" else WEBHOOK,
            )
            return
        log.info("Told by %s: %s", channel, message.subject)
        noted = {**about, "fingerprint": message.fingerprint}
        try:
            store.rows("digest/save_sent", noted)
        except database.DatabaseUnavailable:
            log.warning("The database did not note that this was sent.")


def _send_mail(message: Message, context: Context) -> None:
    recipients = _recipients()
    if not recipients:
        log.error('The connection %s names nobody to write to: put "to": "you@example.org" into its extra.', MAIL)
        raise NobodyToTell
    _mail(message, recipients, context)


def _mail_letter(letter: Letter, context: Context) -> None:
    if letter.address is None:
        raise NobodyToTell
    _mail(letter, [letter.address], context)


def _recipients() -> list[str]:
    extra = getattr(connections.find(MAIL), "extra_dejson", {})
    return [name.strip() for name in str(extra.get("to") or "").split(",") if name.strip()]


def _mail(said: Message | Letter, recipients: list[str], context: Context) -> None:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    extra = getattr(connections.find(MAIL), "extra_dejson", {})
    notifier = SmtpNotifier(
        to=recipients,
        from_email=extra.get("from_email") or (_recipients() or recipients)[0],
        subject=said.subject,
        html_content=said.html,
        smtp_conn_id=MAIL,
    )
    # Not called like a function: that would take the creators' names for templates, and run them.
    notifier.notify(context)


def _send_webhook(message: Message | Letter, context: Context) -> None:
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

    notifier = SlackWebhookNotifier(
        slack_webhook_conn_id=WEBHOOK,
        text=message.text,
        unfurl_links=False,
        unfurl_media=False,
        timeout=TIMEOUT_SECONDS,
    )
    notifier.notify(context)
