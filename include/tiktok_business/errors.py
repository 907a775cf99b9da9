"""What can go wrong at the Accounts API alone; all else are the errors that vendors share.

None of them stops a run: tokens and permissions are one account's, and the others are asked all the same.
"""

from __future__ import annotations

from include.failures import NeedsPerson
from include.vendors.errors import Permanent, RequestRejected


class TokenRefused(Permanent):
    """The access token has expired, or was revoked; a renewed one may be taken."""


class ScopeMissing(NeedsPerson, Permanent):
    """The owner of the account, or TikTok for the app, has not permitted this."""


class AppRefused(NeedsPerson, Permanent):
    """TikTok does not know this client id with this secret."""


class RefreshRefused(Permanent):
    """A refresh token that is used up, expired or revoked."""


class CodeRefused(NeedsPerson, RequestRejected):
    """The code of a consent was used before, or is older than ten minutes."""
