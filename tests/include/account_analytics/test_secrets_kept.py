"""Secrets in tables: encrypted with Airflow's key, and refused in plain words where that is not to be had."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from include import connections
from include.account_analytics.secrets_kept import KeyChanged, KeyMissing, Safe
from include.settings import Secret

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
TOKEN = Secret("recognisable-t0ken ü")


def test_there_and_back():
    """What is locked does not hold the secret, and comes back as it was."""
    safe = Safe(Secret(NEW))
    locked = safe.lock(TOKEN)
    assert TOKEN.reveal().encode() not in locked
    assert safe.unlock(locked, "the token") == TOKEN
    assert repr(safe.unlock(locked, "the token")) == "***"


def test_keys_are_replaced():
    """With the older key behind the new one, what it locked is still read; what is locked from then on takes the new one."""
    locked = Safe(Secret(OLD)).lock(TOKEN)
    both = Safe(Secret(f"{NEW}, {OLD}"))
    assert both.unlock(locked, "the token") == TOKEN
    assert Safe(Secret(NEW)).unlock(both.lock(TOKEN), "the token") == TOKEN


def test_another_key():
    """A secret whose key is gone is named, and so is what to do; nothing of it is shown."""
    locked = Safe(Secret(OLD)).lock(TOKEN)
    with pytest.raises(KeyChanged, match="The token of @shop was encrypted with another key") as caught:
        Safe(Secret(NEW)).unlock(locked, "The token of @shop")
    assert TOKEN.reveal() not in str(caught.value)


@pytest.mark.parametrize("keys", [None, Secret(" "), Secret("recognisable-no-key"), Secret(f"{NEW},short")])
def test_without_a_key(keys: Secret | None):
    """No key, or none of Fernet's, is refused with the setting's name; it is not shown."""
    with pytest.raises(KeyMissing, match=r"openssl rand") as caught:
        Safe(keys)
    assert "recognisable" not in str(caught.value)
    assert NEW not in str(caught.value)


def test_airflows_own(monkeypatch: pytest.MonkeyPatch):
    """The keys are those that Airflow is configured with."""
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", f"{NEW},{OLD}")
    assert connections.fernet_keys() == Secret(f"{NEW},{OLD}")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "")
    assert connections.fernet_keys() is None
