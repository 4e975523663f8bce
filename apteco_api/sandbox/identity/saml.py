"""The SAML 2.0 messages of a login and a logout: build, encode, sign and read them.

Requests are sent in a query (the HTTP-Redirect binding), the response to a login in a form (the
HTTP-POST-SimpleSign binding). Both sign the sent text, not the XML in it, so nothing is parsed before its
signature is verified. Both ends are in one process and share a secret, so HMAC-SHA256 is used.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
import zlib
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from .. import clock

SERVICE = "urn:apteco-api:sandbox:orbit"
"""The name of the service that requests a login."""
PROVIDER = "urn:apteco-api:sandbox:identity-provider"
"""The name of the identity provider."""
CONSUMER = "/OrbitAPI/ExternalLogin/AssertionConsumerService"
"""The path to which the response to a login is sent."""
ALGORITHM = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"

_SAML = "urn:oasis:names:tc:SAML:2.0"
_P, _A = f"{{{_SAML}:protocol}}", f"{{{_SAML}:assertion}}"
_BEARER, _SUCCESS = f"{_SAML}:cm:bearer", f"{_SAML}:status:Success"
_PASSWORD = f"{_SAML}:ac:classes:PasswordProtectedTransport"
_SECONDS = 300.0
_LARGEST = 64 * 1024

ElementTree.register_namespace("samlp", _P[1:-1])
ElementTree.register_namespace("saml", _A[1:-1])


class NotGenuine(ValueError):
    """A message that the other side has not signed, or that is not a message."""


class Assertion(NamedTuple):
    """The content of a response to a login.

    Attributes:
        request: id of the request.
        username: the user who has signed in.
        audience: the service that the response is for.
        recipient: the address that the response must be sent to.
        expires: the end of its validity, as the API writes times.
    """

    request: str
    username: str
    audience: str
    recipient: str
    expires: str


def new_id() -> str:
    """Return an id for a message. In XML, it must start with a letter or an underscore."""
    return f"_{uuid.uuid4().hex}"


def authentication_request(number: str) -> bytes:
    """Return the request to the provider to identify the user of this browser."""
    return ElementTree.tostring(_message("AuthnRequest", number, SERVICE))


def logout_request(username: str) -> bytes:
    """Return the message to the service that a user has signed out."""
    root = _message("LogoutRequest", new_id(), PROVIDER)
    SubElement(root, f"{_A}NameID").text = username
    return ElementTree.tostring(root)


def logout_response(request: bytes) -> bytes:
    """Return the message to the provider that a user's sessions have ended."""
    root = _message("LogoutResponse", new_id(), SERVICE)
    root.set("InResponseTo", message_id(request))
    _succeeded(root)
    return ElementTree.tostring(root)


def login_response(request: str, username: str) -> bytes:
    """Return the message to the service with the user who has signed in."""
    moment, expires = clock.now(), clock.later(_SECONDS)
    root = _message("Response", new_id(), PROVIDER)
    root.set("InResponseTo", request)
    root.set("Destination", CONSUMER)
    _succeeded(root)
    assertion = SubElement(root, f"{_A}Assertion", ID=new_id(), Version="2.0", IssueInstant=moment)
    SubElement(assertion, f"{_A}Issuer").text = PROVIDER
    subject = SubElement(assertion, f"{_A}Subject")
    SubElement(subject, f"{_A}NameID").text = username
    confirmation = SubElement(subject, f"{_A}SubjectConfirmation", Method=_BEARER)
    data = {"InResponseTo": request, "Recipient": CONSUMER, "NotOnOrAfter": expires}
    SubElement(confirmation, f"{_A}SubjectConfirmationData", data)
    conditions = SubElement(assertion, f"{_A}Conditions", NotBefore=moment, NotOnOrAfter=expires)
    restriction = SubElement(conditions, f"{_A}AudienceRestriction")
    SubElement(restriction, f"{_A}Audience").text = SERVICE
    statement = SubElement(assertion, f"{_A}AuthnStatement", AuthnInstant=moment)
    context = SubElement(statement, f"{_A}AuthnContext")
    SubElement(context, f"{_A}AuthnContextClassRef").text = _PASSWORD
    return ElementTree.tostring(root)


def read_login_response(message: bytes) -> Assertion:
    """Return the content of a genuine response."""
    root = _parse(message, "Response")
    data = root.find(f".//{_A}SubjectConfirmationData")
    if data is None:
        raise NotGenuine("the response asserts nothing")
    return Assertion(
        request=data.get("InResponseTo", ""),
        username=root.findtext(f".//{_A}NameID", ""),
        audience=root.findtext(f".//{_A}Audience", ""),
        recipient=data.get("Recipient", ""),
        expires=data.get("NotOnOrAfter", ""),
    )


def read_logout_request(message: bytes) -> str:
    """Return the user of a genuine logout."""
    return _parse(message, "LogoutRequest").findtext(f"{_A}NameID", "")


def message_id(message: bytes) -> str:
    """Return the id of a genuine message."""
    return _parse(message).get("ID", "")


def to_query(secret: bytes, name: str, message: bytes, relay: str = "") -> str:
    """Return a signed message as a query; `name` is SAMLRequest or SAMLResponse."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = base64.b64encode(packer.compress(message) + packer.flush()).decode()
    text = _query(name, packed, relay, ALGORITHM)
    return f"{text}&{urlencode({'Signature': _sign(secret, text.encode())})}"


def from_query(secret: bytes, name: str, given: Mapping[str, str]) -> bytes:
    """Return the genuine message in a query."""
    packed = given.get(name, "")
    text = _query(name, packed, given.get("RelayState", ""), given.get("SigAlg", ""))
    _check(secret, text.encode(), given)
    unpacker = zlib.decompressobj(-15)
    return unpacker.decompress(_decoded(packed), _LARGEST)


def to_form(secret: bytes, message: bytes, relay: str) -> dict[str, str]:
    """Return a signed response as the fields of a form."""
    fields = {"SAMLResponse": base64.b64encode(message).decode(), "RelayState": relay, "SigAlg": ALGORITHM}
    return {**fields, "Signature": _sign(secret, _form_text(message, relay))}


def from_form(secret: bytes, given: Mapping[str, str]) -> bytes:
    """Return the genuine response in a form."""
    message = _decoded(given.get("SAMLResponse", ""))
    _check(secret, _form_text(message, given.get("RelayState", "")), given)
    return message


def _message(kind: str, number: str, issuer: str) -> Element:
    root = Element(f"{_P}{kind}", ID=number, Version="2.0", IssueInstant=clock.now())
    SubElement(root, f"{_A}Issuer").text = issuer
    return root


def _succeeded(root: Element) -> None:
    SubElement(SubElement(root, f"{_P}Status"), f"{_P}StatusCode", Value=_SUCCESS)


def _parse(message: bytes, kind: str = "") -> Element:
    try:
        root = ElementTree.fromstring(message)  # noqa: S314 - signed by ourselves, see above
    except ElementTree.ParseError as error:
        raise NotGenuine(f"the message is not XML: {error}") from None
    if kind and root.tag != f"{_P}{kind}":
        raise NotGenuine(f"the message is not a {kind}")
    return root


def _query(name: str, packed: str, relay: str, algorithm: str) -> str:
    return urlencode({name: packed, **({"RelayState": relay} if relay else {}), "SigAlg": algorithm})


def _form_text(message: bytes, relay: str) -> bytes:
    return b"SAMLResponse=" + message + f"&RelayState={relay}&SigAlg={ALGORITHM}".encode()


def _sign(secret: bytes, text: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, text, "sha256")).decode()


def _check(secret: bytes, text: bytes, given: Mapping[str, str]) -> None:
    right = hmac.compare_digest(_sign(secret, text).encode(), given.get("Signature", "").encode())
    if not right or given.get("SigAlg") != ALGORITHM:
        raise NotGenuine("the signature is missing or wrong")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotGenuine("the message is not in base 64") from None
