"""An identity provider for the ExternalLogin section: SAML messages, and the pages on which people sign in.

It knows the sandbox's own users. The API does not trust it for that: it sees nothing but signed messages.
"""

from __future__ import annotations

from .pages import Provider

__all__ = ["Provider"]
