"""Loopback servers and clients for the runtime's tests."""

from support.client import client, serve

__all__ = ["client", "serve"]
