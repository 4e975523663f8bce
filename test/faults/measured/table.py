"""The cases in their order."""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import trustme
from support import lab
from support.lab import VARIABLE, answer

from . import decode, given, hostile, security, semantics, transport
from .case import Bench, Case


def server_context(authority: trustme.CA, name: str = "127.0.0.1", **options: object) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)  # type: ignore[arg-type]
    return context


def contexts(authority: trustme.CA) -> dict[str, ssl.SSLContext]:
    """Return TLS contexts of servers, by their fault."""
    old = server_context(authority)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the case is about a TLS version that is too old
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    return {
        "good": server_context(authority),
        "unknown": server_context(trustme.CA()),
        "expired": server_context(authority, not_after=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)),
        "wrong host": server_context(authority, "elsewhere.example"),
        "TLS 1.1": old,
        "no certificate": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
    }


def client_certificate(authority: trustme.CA, folder: Path) -> tuple[str, str]:
    """Write a client's certificate, and its key behind the pass phrase hunter2-hunter2."""
    from cryptography.hazmat.primitives import serialization as form

    made = authority.issue_cert("client.example")
    made.cert_chain_pems[0].write_to_path(str(folder / "client.pem"))
    key = form.load_pem_private_key(made.private_key_pem.bytes(), None)
    secret = form.BestAvailableEncryption(b"hunter2-hunter2")
    text = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, secret)
    (folder / "client.key").write_bytes(text)
    return str(folder / "client.pem"), str(folder / "client.key")


@contextlib.contextmanager
def bench() -> Iterator[Bench]:
    """Make the second server, the folder and the certificates of a run."""
    authority = trustme.CA()
    made = contexts(authority)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as keys,
        lab.Server(lambda *_: answer(body=VARIABLE)) as other,
        lab.Server(lambda *_: answer(body=VARIABLE), context=made["good"]) as secure,
    ):
        inner = Path(folder) / "inner"
        inner.mkdir()
        bundle = Path(folder) / "ca.pem"
        authority.cert_pem.write_to_path(str(bundle))
        certificate, key = client_certificate(authority, Path(keys))
        yield Bench(other, secure, str(inner), str(bundle), certificate, key, made)


def table(bench: Bench) -> list[Case]:
    """Return the cases."""
    modules = (transport, decode, security, semantics, hostile, given)
    return [case for module in modules for case in module.cases(bench)]
