"""Claude by the vendor's own library against its stand-in: through the ledger, within the run's tokens."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from io import BytesIO

import psycopg
import pytest
from PIL import Image, ImageDraw, ImageFont

from include.local.driven_sandbox import RunningSandbox
from include.runs import open_run
from include.video_research import report
from include.video_research.claude_calls import answering, cost_of
from include.video_research.processing.errors import EngineFailed, EngineUnavailable
from include.video_research.processing.screen.asking import Answer, Question
from include.video_research.processing.screen.claude import lines_in
from include.video_research.run import Run
from include.video_research.settings import load

Asked = Callable[..., Answer]
CALLS = "select outcome, is_billed, http_status, price_usd from api_calls order by called_at"


def picture(text: str) -> bytes:
    page = Image.new("RGB", (480, 160), (30, 60, 90))
    ImageDraw.Draw(page).text((30, 50), text, font=ImageFont.load_default(size=44), fill="white")
    out = BytesIO()
    page.save(out, "JPEG", quality=92)
    return out.getvalue()


def question(*texts: str, model: str = "claude-haiku-4-5") -> Question:
    return Question("7300000000000000001", model, tuple(picture(text) for text in texts))


@pytest.fixture
def asked(database_url: str, connection: psycopg.Connection, sandbox: RunningSandbox, lasting_day: None) -> Asked:
    """Asks as a run does: `tokens` is its budget, `key` what it has."""
    run = Run("a run", datetime.now(UTC).date())
    open_run(connection, run, {}, max_calls=1)

    def ask(asking: Question, tokens: int = 100_000, key: str = "sandbox-key") -> Answer:
        given = {"ANTHROPIC_API_KEY": key, "ANTHROPIC_BASE_URL": sandbox.url, "CLAUDE_TOKENS": str(tokens)}
        return answering(partial(psycopg.connect, database_url), run, load(given, None))(asking)

    return ask


def test_read_and_paid_once(asked: Asked, connection: psycopg.Connection, sandbox: RunningSandbox):
    """One request for all pictures of a video; the same one again costs nothing, and is not sent. The spend is in the ledger."""
    first = asked(question("Takoyaki", "Kuromon"))
    assert lines_in(first.text, 2) == [["Takoyaki"], ["Kuromon"]]
    again = asked(question("Takoyaki", "Kuromon"))
    assert (again.text, again.tokens) == (first.text, 0)
    cost = cost_of("claude-haiku-4-5", first.tokens_in, first.tokens_out)
    assert first.tokens == first.tokens_in + first.tokens_out > 200
    assert connection.execute(CALLS).fetchall() == [("answered", True, 200, cost)]
    assert connection.execute("select vendor, billed_calls, usd from api_spend").fetchall() == [("claude", 1, cost)]
    assert connection.execute("select vendor, billed_calls, usd from pipeline_spend").fetchall() == [
        ("claude", 1, cost)
    ]
    assert connection.execute("select tokens_in, tokens_out, usd from call_tokens").fetchall() == [
        (first.tokens_in, first.tokens_out, cost)
    ]
    assert [line["params"] for line in sandbox.log("claude_messages")] == [{"model": "claude-haiku-4-5", "pictures": 2}]
    assert connection.execute("select calls_made from runs").fetchall() == [(0,)]  # those are TikHub's
    run = Run("a run", datetime.now(UTC).date())
    told = report.write(run, report.read_counts(connection, run, []), None, [])
    assert (
        f"Spend: claude 1 billed call of 1, {cost:.4f} USD, {first.tokens_in:,} tokens in and {first.tokens_out:,} out\n"
        in told
    )


def test_budget(asked: Asked, sandbox: RunningSandbox):
    """A run whose tokens would be exceeded asks nothing, and says how to go on; what was paid for is still read."""
    first = asked(question("Ramen"), tokens=5_000)
    with pytest.raises(EngineFailed, match=r"tokens are spent \([0-9]+ of 900\): raise CLAUDE_TOKENS"):
        asked(question("Udon"), tokens=900)
    assert asked(question("Ramen"), tokens=0).text == first.text
    assert len(sandbox.log("claude_messages")) == 1


def test_busy(asked: Asked, connection: psycopg.Connection, sandbox: RunningSandbox):
    """A busy API is asked again after the time it names, and every try stands in the ledger."""
    sandbox.inject({"match": {"endpoint": "claude_messages"}, "action": {"kind": "status", "status": 429}})
    sandbox.inject({"match": {"endpoint": "claude_messages"}, "action": {"kind": "status", "status": 529}})
    assert asked(question("Ramen")).tokens > 0
    outcomes = [(outcome, billed) for outcome, billed, *_ in connection.execute(CALLS).fetchall()]
    assert outcomes == [("rate_limited", False), ("unavailable", False), ("answered", True)]


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (402, EngineUnavailable, "top it up"),
        (403, EngineUnavailable, "check its rights"),
        (404, EngineUnavailable, "CLAUDE_MODEL"),
        (413, EngineFailed, "status 413"),
    ],
)
def test_refusals(
    asked: Asked, connection: psycopg.Connection, sandbox: RunningSandbox, status: int, kind: type, says: str
):
    """What another try cannot mend is asked once, costs nothing, and stops no run."""
    sandbox.inject({"match": {"endpoint": "claude_messages"}, "action": {"kind": "status", "status": status}})
    with pytest.raises(kind, match=says):
        asked(question("Ramen"))
    assert [(billed, http) for _, billed, http, _ in connection.execute(CALLS).fetchall()] == [(False, status)]
    assert connection.execute("select stopped_because from runs").fetchall() == [(None,)]


def test_wrong_key(asked: Asked, connection: psycopg.Connection):
    """A refused key is named by its setting; it stands in no message and in no row."""
    with pytest.raises(EngineUnavailable, match="ANTHROPIC_API_KEY") as caught:
        asked(question("Ramen"), key="another-key-of-somebody")
    rows = connection.execute("select error from api_calls").fetchall()
    assert "another-key-of-somebody" not in f"{caught.value} {rows}"


def test_answer_cut_short(
    asked: Asked, connection: psycopg.Connection, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    """An answer that stops before its end is not used; what it cost is counted, and the next try asks again."""
    monkeypatch.setattr("include.video_research.processing.screen.claude.MOST_TOKENS_BACK", 5)
    with pytest.raises(EngineFailed, match="stopped before the end"):
        asked(question("Takoyaki 500 yen"))
    assert connection.execute("select count(*), sum(usd) > 0 from call_tokens").fetchall() == [(1, True)]
    assert [(outcome, billed) for outcome, billed, *_ in connection.execute(CALLS).fetchall()] == [("unreadable", True)]


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        json.dumps({"frames": [{"index": 2, "lines": []}]}),
        json.dumps({"frames": [{"index": True, "lines": []}]}),
        json.dumps({"frames": [{"index": 0, "lines": [1]}]}),
        json.dumps({"frames": [{"index": 0}]}),
    ],
)
def test_other_shapes(text: str):
    """An answer in another shape than was asked for is none."""
    with pytest.raises(EngineFailed, match="another shape"):
        lines_in(text, 2)


def test_cost():
    """A million tokens in and out, by the vendor's prices; of a model without a known price no money is counted."""
    assert cost_of("claude-haiku-4-5", 1_000_000, 1_000_000) == Decimal(6)
    assert cost_of("claude-haiku-4-5-20251001", 1_000_000, 1_000_000) == Decimal(6)
    assert cost_of("claude-haiku-5-5", 100_000, 0) == Decimal("0.01")
    assert cost_of("claude-haiku-5-5", 200_000, 10_000) == Decimal("0.125")  # five times 0.02 and 0.005
    assert cost_of("claude-opus-5-5", 0, 50_000) == Decimal(1)
    assert cost_of("claude-other", 1_000_000, 1_000_000) == 0
