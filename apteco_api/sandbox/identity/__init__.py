"""An identity provider for the ExternalLogin section: SAML messages, and the pages on which users sign in.

It has the sandbox's own users. The API does not rely on that: it receives only signed messages.
"""

from __future__ import annotations

from .pages import Provider

__all__ = ["Provider"]
