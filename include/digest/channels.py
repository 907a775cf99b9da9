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
from include.digest.message import Message, Occasion
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
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    extra = getattr(connections.find(MAIL), "extra_dejson", {})
    recipients = [name.strip() for name in str(extra.get("to") or "").split(",") if name.strip()]
    if not recipients:
        log.error('The connection %s names nobody to write to: put "to": "you@example.org" into its extra.', MAIL)
        raise NobodyToTell
    notifier = SmtpNotifier(
        to=recipients,
        from_email=extra.get("from_email") or recipients[0],
        subject=message.subject,
        html_content=message.html,
        smtp_conn_id=MAIL,
    )
    # Not called like a function: that would take the creators' names for templates, and run them.
    notifier.notify(context)


def _send_webhook(message: Message, context: Context) -> None:
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

    notifier = SlackWebhookNotifier(
        slack_webhook_conn_id=WEBHOOK,
        text=message.text,
        unfurl_links=False,
        unfurl_media=False,
        timeout=TIMEOUT_SECONDS,
    )
    notifier.notify(context)
