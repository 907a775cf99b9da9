"""Claude is asked through the ledger: nothing is paid twice a day, a run keeps to its tokens, and what they cost is counted.

For the process that has the database and the key; the engine asks it from the process that has the models.

Prices are those of the vendor's own pages of each model (platform.claude.com/docs, Models & pricing), looked up on
2026-11-29, in USD for a million tokens in and out: Haiku 4.5 1 and 5, Haiku 5.5 0.10 and 0.50 for a prompt of up to 100,000
tokens and five times that for a longer one, Sonnet 5 and 5.5 2 and 10, Opus 5 5 and 25, Opus 5.5 4 and 20. A snapshot
(`claude-haiku-4-5-20251001`) costs what its model costs.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from include import database
from include.calls.desk import Desk, open_desk
from include.calls.limiter import SharedGate
from include.database import Connector, Database
from include.tikhub.account import Api
from include.vendors.asking import Answer as Understood
from include.vendors.asking import Asking, OpenGate, Try
from include.vendors.errors import (
    AuthenticationFailed,
    BalanceExhausted,
    BudgetSpent,
    CallFailed,
    EndpointGone,
    Forbidden,
    RateLimited,
    RequestRejected,
    Unavailable,
    UnexpectedAnswer,
)
from include.vendors.models import Attempt, Reply, Request
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.screen.asking import ENDPOINT, Answer, Question
from include.video_research.processing.screen.claude import body_of
from include.video_research.run import PIPELINE, Run
from include.video_research.settings import ResearchSettings

if TYPE_CHECKING:
    import anthropic

LIMIT = "claude"
DEADLINE_S = 120.0
# USD for a million tokens in, and out. Of another model the tokens are counted, and no money.
PRICES = {
    "claude-haiku-4-5": (Decimal("1.00"), Decimal("5.00")),
    "claude-haiku-5-5": (Decimal("0.10"), Decimal("0.50")),
    "claude-sonnet-5": (Decimal("2.00"), Decimal("10.00")),
    "claude-sonnet-5-5": (Decimal("2.00"), Decimal("10.00")),
    "claude-opus-5": (Decimal("5.00"), Decimal("25.00")),
    "claude-opus-5-5": (Decimal("4.00"), Decimal("20.00")),
}
# Models whose long prompts cost more: from more tokens in than these, so many times as much.
LONG_PROMPTS = {"claude-haiku-5-5": (100_000, 5)}
_SNAPSHOT = re.compile(r"-20\d{6}$")
_REFUSALS: dict[int, tuple[str, type[CallFailed], str]] = {
    401: ("refused_key", AuthenticationFailed, "Claude refuses the key: check ANTHROPIC_API_KEY."),
    402: ("no_balance", BalanceExhausted, "Claude's account has no credit left: top it up."),
    403: ("forbidden", Forbidden, "Claude's key may not do this: check its rights."),
    404: ("rejected", EndpointGone, "Claude knows no such model: check CLAUDE_MODEL."),
}


def answering(
    connector: Connector, run: Run, configured: ResearchSettings, map_index: int = -1
) -> Callable[[Question], Answer]:
    """Answers the engine's questions, one at a time.

    It raises EngineFailed when Claude cannot be had now or the run's tokens are spent, EngineUnavailable when a person has
    to act; in both cases the text is read offline, and the row says why.
    """

    def answer(question: Question) -> Answer:
        key = configured.anthropic_api_key
        if key is None:
            raise EngineUnavailable("no key: set ANTHROPIC_API_KEY")
        api = Api(configured.anthropic_base_url, key.reveal(), DEADLINE_S, threads=1)
        client = Claude(api.base_url, api.key, question)

        def make_client(_: Api, __: SharedGate) -> Claude:
            return client  # not at the shared gate: that counts the run's calls of TikHub

        with Database(connector) as store:
            today = _Today(run.run_id, store.run(_day))
            arguments: dict[str, Any] = {"make_client": make_client, "limit": LIMIT, "map_index": map_index}
            with open_desk(connector, api, today, "process", **arguments) as desk:
                try:
                    return _asked(desk, store, run, configured, question, client)
                except (AuthenticationFailed, BalanceExhausted, Forbidden, EndpointGone) as error:
                    raise EngineUnavailable(str(error)) from None  # Claude's trouble, and no reason to stop the run
                except BudgetSpent as error:
                    raise EngineFailed(str(error)) from None
                except CallFailed as error:
                    raise EngineFailed(f"Claude: {error}") from None

    return answer


def _asked(
    desk: Desk[Any], store: Database, run: Run, configured: ResearchSettings, question: Question, client: Claude
) -> Answer:
    is_paid = bool(desk.stored(ENDPOINT, [question.subject]))
    if not is_paid:
        _keep_to_budget(store, run, configured.claude_tokens, question)

    def enter(connection: Any) -> None:
        if client.used is not None:
            _enter(connection, run, desk.run.day, question, client.used)

    text = desk.ask(Request(ENDPOINT, {}, question.subject), _text_of, beside=enter)
    tokens_in, tokens_out = client.used or (0, 0)
    return Answer(text, tokens_in, tokens_out, was_paid=client.used is None)


def _keep_to_budget(store: Database, run: Run, budget: int, question: Question) -> None:
    told = store.one("calls/read_tokens", {"pipeline": PIPELINE, "run_id": run.run_id, "endpoint": ENDPOINT})
    if told["tokens"] + question.tokens_at_least > budget:
        raise BudgetSpent(
            f"the run's tokens are spent ({told['tokens']:,} of {budget:,}): raise CLAUDE_TOKENS, or run again later"
        )


def _enter(connection: Any, run: Run, day: date, question: Question, used: tuple[int, int]) -> None:
    parameters = {
        "day": day,
        "pipeline": PIPELINE,
        "run_id": run.run_id,
        "endpoint": ENDPOINT,
        "subject": question.subject,
        "tokens_in": used[0],
        "tokens_out": used[1],
        "usd": cost_of(question.model, *used),
    }
    database.rows(connection, "calls/add_tokens", parameters)


def cost_of(model: str, tokens_in: int, tokens_out: int) -> Decimal:
    """Of one request, in USD; 0 for a model whose price is not known."""
    name = _SNAPSHOT.sub("", model)
    price_in, price_out = PRICES.get(name, (Decimal(0), Decimal(0)))
    longest, times = LONG_PROMPTS.get(name, (tokens_in, 1))
    return (tokens_in * price_in + tokens_out * price_out) * (times if tokens_in > longest else 1) / 1_000_000


class Claude:
    """A client for one question, by the vendor's own library; how often it is tried is ours, so that each try is in the ledger.

    `used` are the tokens of all answers that came, whether or not they could be read.
    """

    def __init__(self, base_url: str, api_key: str, question: Question) -> None:
        self.used: tuple[int, int] | None = None
        self._base_url, self._key, self._question = base_url, api_key, question
        self._client: anthropic.Anthropic | None = None

    def fetch(self, request: Request) -> Reply:
        """Raises a CallFailed that carries all attempts."""
        asking = Asking(OpenGate(), max_retries=2, backoff=1.0, patience=60)
        return asking.until_answered(lambda: self._try_once(request))

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()

    def _try_once(self, request: Request) -> Try:
        started_at, started = datetime.now(UTC), time.monotonic()
        status, understood = self._send()
        error = understood.error
        attempt = Attempt(
            endpoint=request.endpoint,
            params_subject=request.subject,
            started_at=started_at,
            latency_ms=round((time.monotonic() - started) * 1000),
            http_status=status,
            outcome=understood.outcome,
            billed=understood.billed,
            error=str(error) if error else None,
        )
        return Try(attempt, understood, perhaps_paid=status == 200)

    def _send(self) -> tuple[int | None, Understood]:
        """The status, and what the answer means. What the vendor says in an error may quote what was sent: it is not kept."""
        import anthropic

        if self._client is None:
            self._client = anthropic.Anthropic(
                api_key=self._key, base_url=self._base_url, max_retries=0, timeout=DEADLINE_S
            )
        try:
            told = self._client.messages.create(**body_of(self._question))
        except anthropic.APIStatusError as error:
            return error.status_code, _refused(error.status_code, error.response.headers.get("retry-after"))
        except anthropic.APITimeoutError:
            return None, Understood("timed_out", None, Unavailable("Claude did not answer in time"))
        except anthropic.APIConnectionError:
            return None, Understood("unavailable", None, Unavailable("Claude could not be reached"))
        except anthropic.AnthropicError as error:
            unreadable = UnexpectedAnswer(f"Claude's answer cannot be read: {type(error).__name__}", status=200)
            return 200, Understood("unreadable", True, unreadable)
        before = self.used or (0, 0)
        self.used = (before[0] + told.usage.input_tokens, before[1] + told.usage.output_tokens)
        text = "".join(block.text for block in told.content if block.type == "text")
        return 200, Understood("answered", True, data={"stop_reason": told.stop_reason, "text": text})


def _refused(status: int, retry_after: str | None) -> Understood:
    if status in _REFUSALS:
        outcome, kind, why = _REFUSALS[status]
        return Understood(outcome, False, kind(why, endpoint=ENDPOINT, status=status))
    if status == 429:
        try:
            seconds = min(float(retry_after or ""), 3600.0)
        except ValueError:
            seconds = None
        return Understood("rate_limited", False, RateLimited("Claude asks to wait", retry_after=seconds))
    if status >= 500 or status == 408:
        return Understood("unavailable", False, Unavailable(f"Claude answered with status {status}", status=status))
    return Understood(
        "rejected", False, RequestRejected(f"Claude rejected the request (status {status})", status=status)
    )


def _text_of(data: Any) -> str:
    if not isinstance(data, dict) or data.get("stop_reason") != "end_turn" or not isinstance(data.get("text"), str):
        why = data.get("stop_reason") if isinstance(data, dict) else None
        raise UnexpectedAnswer(f"Claude stopped before the end ({why})", endpoint=ENDPOINT, status=200)
    return str(data["text"])


@dataclass(frozen=True, slots=True)
class _Today:
    """The run as its calls of today have it: what is read now is of today, whatever the run's day."""

    run_id: str
    day: date
    pipeline: str = PIPELINE
    is_replay: bool = False

    def as_replay(self) -> Self:
        return self


def _day(connection: Any) -> date:
    moment: datetime = connection.execute("select clock_timestamp()").fetchall()[0][0]
    return moment.astimezone(UTC).date()
