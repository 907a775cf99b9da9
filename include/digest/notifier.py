"""Airflow's notifier for the end of a day: sends the digest by mail and webhook, where a connection for them exists."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable
from datetime import UTC
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier, conf
from airflow.sdk.exceptions import AirflowException

from include import connections, database, settings
from include.digest.digest import Digest, as_html, as_text, could_not_begin, read_digest, subject
from include.settings import SettingsError

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

MAIL, WEBHOOK = "comets_smtp", "comets_webhook"
PREFIX = "/cometwatch"
PIPELINE = "comets"
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
    """

    def notify(self, context: Context) -> None:
        """Send what is new. A channel that fails is logged and tried again with the next run of the day."""
        channels: dict[str, Callable[[Digest, Context], None]] = {}
        if connections.find(MAIL) is not None:
            channels["mail"] = _send_mail
        if connections.find(WEBHOOK) is not None:
            channels["webhook"] = _send_webhook
        if not channels:
            return
        digest = _read(context)
        if digest is None or not digest.has_news:
            log.info("Nothing to tell: no digest is sent.")
            return
        for channel, send in channels.items():
            _tell_once(channel, digest, lambda digest, send=send: send(digest, context))  # type: ignore[misc]


def _tell_once(channel: str, digest: Digest, send: Callable[[Digest], None]) -> None:
    """Send unless the same was sent on this channel; what could not be noted may be said twice, never not at all."""
    about = {"pipeline": PIPELINE, "day": digest.day, "channel": channel}
    with database.Database(connections.connect(), PATIENCE_SECONDS) as store:
        try:
            said = store.run(lambda connection: database.rows(connection, "digest/read_sent", about))
        except database.DatabaseUnavailable:
            said = []
        if said and said[0]["fingerprint"] == digest.fingerprint:
            log.info("Already told by %s: %s", channel, subject(digest))
            return
        try:
            send(digest)
        except SENDING_FAILS as error:
            # The error's own words may hold the webhook's address, which is a secret.
            log.error(
                "The digest could not be sent by %s (%s). Check the connection %s; clear the task report to send it again.",
                channel,
                type(error).__name__,
                MAIL if channel == "mail" else WEBHOOK,
            )
            return
        log.info("Told by %s: %s", channel, subject(digest))
        noted = {**about, "fingerprint": digest.fingerprint}
        try:
            store.run(lambda connection: database.rows(connection, "digest/save_sent", noted))
        except database.DatabaseUnavailable:
            log.warning("The database did not note that this was sent.")


def _send_mail(digest: Digest, context: Context) -> None:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    extra = getattr(connections.find(MAIL), "extra_dejson", {})
    recipients = [name.strip() for name in str(extra.get("to") or "").split(",") if name.strip()]
    if not recipients:
        log.error('The connection %s names nobody to write to: put "to": "you@example.org" into its extra.', MAIL)
        raise NobodyToTell
    notifier = SmtpNotifier(
        to=recipients,
        from_email=extra.get("from_email") or recipients[0],
        subject=subject(digest),
        html_content=as_html(digest),
        smtp_conn_id=MAIL,
    )
    # Not called like a function: that would take the creators' names for templates, and run them.
    notifier.notify(context)


def _send_webhook(digest: Digest, context: Context) -> None:
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

    notifier = SlackWebhookNotifier(
        slack_webhook_conn_id=WEBHOOK,
        text=as_text(digest),
        unfurl_links=False,
        unfurl_media=False,
        timeout=TIMEOUT_SECONDS,
    )
    notifier.notify(context)


def _read(context: Context) -> Digest | None:
    dag_run: Any = context["dag_run"]
    day = (dag_run.logical_date or dag_run.run_after).astimezone(UTC).date()
    pages = conf.get("api", "base_url", fallback="http://localhost:8080").rstrip("/") + PREFIX
    try:
        now = settings.load().now()
        with database.Database(connections.connect(), PATIENCE_SECONDS) as store:
            return store.run(lambda connection: read_digest(connection, dag_run.run_id, day, pages, now))
    except (database.DatabaseUnavailable, SettingsError):
        return could_not_begin(day, pages)  # the very day on which somebody has to know
