"""What must stand nowhere in the clear, as tables keep it: encrypted with the key that Airflow encrypts its connections with."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from include.failures import NeedsPerson
from include.settings import Secret

KEY = "Make one with: openssl rand -base64 32 | tr '+/' '-_'"


class KeyMissing(NeedsPerson):
    """Airflow has no key to encrypt with, or one that is none; the message says what to set."""


class KeyChanged(NeedsPerson):
    """It was encrypted with a key that Airflow no longer has; the message says what to do. Nothing of it can be read."""


class Safe:
    """Encrypts and decrypts with Airflow's Fernet keys: the first of them, and any of them, as Airflow does."""

    __slots__ = ("_fernet",)

    def __init__(self, keys: Secret | None) -> None:
        """`keys`: as Airflow's setting [core] fernet_key has them, the newest first, commas between. Raises KeyMissing."""
        if keys is None or not keys.reveal().strip():
            raise KeyMissing(
                "Airflow has no key to encrypt with, and secrets are kept in no other way. Set AIRFLOW__CORE__FERNET_KEY (with "
                f"Docker Compose: AIRFLOW_FERNET_KEY), the same for all of Airflow. {KEY}"
            )
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.reveal().split(",")])
        except ValueError:  # it says nothing that helps, and may show a part of the key
            raise KeyMissing(
                f"Airflow's key to encrypt with is none: Fernet keys are 32 bytes in base64, as addresses write it. {KEY}"
            ) from None

    def lock(self, secret: Secret) -> bytes:
        """`secret`, encrypted; other bytes each time."""
        return self._fernet.encrypt(secret.reveal().encode())

    def unlock(self, locked: bytes, what: str) -> Secret:
        """What was encrypted. `what` names it in the message. Raises KeyChanged."""
        try:
            return Secret(self._fernet.decrypt(bytes(locked)).decode())
        except InvalidToken:
            raise KeyChanged(
                f"{what} was encrypted with another key than Airflow has now. Put the older key behind the new one, with a "
                "comma, or enter it anew."
            ) from None
