"""DataLicensing, and the data licensing of audiences: price records and buy them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import duckdb

from .. import licensing, passwords, query
from ..call import Answer, Call, handles
from ..jobs import Step
from ..listing import page
from ..problem import Problem, forbidden, refused
from ..selections import combine
from ..sharing import require_view
from ..store import Row
from .audience_work import in_private, nett_query, urn_request
from .audiences import latest, visible
from .permissions import is_granted
from .queries import StoredFiles, export_bytes


@dataclass(frozen=True, slots=True)
class _Jobs:
    """The three operations of a family of jobs: start a job, return its state, cancel it.

    Attributes:
        family: the family of the jobs.
        result: the field of the answer with the outcome of a job.
        scope: returns the item that a job belongs to; raises if the caller may not use it.
        start: returns the work, and the function that stores its outcome.
    """

    family: str
    result: str
    scope: Callable[[Call], str]
    start: Callable[[Call], tuple[Callable[[Step], Any], Callable[[Any], Any] | None]]

    def create(self, call: Call) -> Row:
        """Start a job."""
        scope = self.scope(call)
        return call.world.jobs.submit(self.family, scope, call.user, *self.start(call))

    def state(self, call: Call) -> Row:
        """Return the state of a job, with its result at the end."""
        job = call.world.jobs.find(self.family, self.scope(call), call.path["jobId"], call.user)
        return {**job, self.result: job["result"]}

    def cancel(self, call: Call) -> None:
        """Cancel a job."""
        call.world.jobs.cancel(self.family, self.scope(call), call.path["jobId"], call.user)


def _of_system(call: Call) -> str:
    return ""


# --- Systems and licensing sets


def _system(call: Call) -> Row:
    return {"name": call.world.settings.system, "isVelocityEnabled": False}


@handles("DataLicensing_GetDataLicensingSystems")
def systems(call: Call) -> Answer:
    """List the systems that sell data: the only system."""
    return page(call, [_system(call)])


handles("DataLicensing_GetDataLicensingSystem")(_system)


def _sets(call: Call, step: Step) -> list[Row]:
    step(0.1)
    store, seconds = call.world.store, call.query.get("timeoutInSeconds")
    return call.world.data.run("LicensingSets", call.user, lambda cursor: licensing.sets(store), seconds)


@handles("DataLicensing_GetLicensingSetsSync")
def licensing_sets(call: Call) -> Answer:
    """List the licensing sets."""
    return page(call, _sets(call, lambda share: None))


_LOOK_UP = _Jobs("licensing-sets", "licensingSets", _of_system, lambda call: (partial(_sets, call), None))
handles("DataLicensing_CreateGetLicensingSetsJob")(_LOOK_UP.create)
handles("DataLicensing_GetLicensingSetsJob")(_LOOK_UP.state)
handles("DataLicensing_CancelLicensingSetsJob")(_LOOK_UP.cancel)

# --- The price of an audience


def _keys(call: Call, request: Row) -> query.Compiled:
    try:
        return query.compile_keys(request, files=StoredFiles(call))
    except query.QueryError as error:
        raise Problem(error.status, error.message, parameters=dict(error.parameters)) from None


def _price(call: Call, audience: Row, terms: Row, step: Step) -> tuple[Row, int]:
    """Return the query of the audience on the set's table, and how many of its records need a licence."""
    step(0.1)
    update = latest(call, audience)
    request = combine(call, terms["tableName"], [nett_query(call, update)])

    def count(cursor: duckdb.DuckDBPyConnection) -> int:
        keys = _keys(call, request)
        sql, values = licensing.unlicensed(call.world.store, keys, terms)
        with query.prepared(cursor, keys.stages):
            (number,) = cursor.execute(f"SELECT count(*) FROM ({sql})", values).fetchone() or (0,)  # noqa: S608
        return int(number)

    seconds = call.query.get("timeoutInSeconds")
    number = call.world.data.run("DataLicensing", call.user, count, seconds, request)
    return {"audienceId": audience["id"], "query": request, "userId": call.user["id"]}, number


def _quote(call: Call, terms: Row, priced: tuple[Row, int]) -> Row:
    return licensing.keep_quotation(call.world.store, priced[0], terms, priced[1])


def _audience_and_terms(call: Call) -> tuple[Row, Row]:
    return visible(call), licensing.find_set(call.world.store, call.body.get("licensingSet"))


@handles("Audiences_CalculateAudienceDataLicensingSync")
def price(call: Call) -> Row:
    """Quote the price of an audience and wait."""
    audience, terms = _audience_and_terms(call)
    return _quote(call, terms, _price(call, audience, terms, lambda share: None))


def _start_pricing(call: Call) -> tuple[Callable[[Step], Any], Callable[[Any], Any]]:
    audience, terms = _audience_and_terms(call)
    return partial(_price, call, audience, terms), partial(_quote, call, terms)


_PRICING = _Jobs(
    "audience-data-licensing", "licensingInfo", lambda call: str(visible(call)["id"]), _start_pricing
)
handles("Audiences_CreateCalculateAudienceDataLicensingJob")(_PRICING.create)
handles("Audiences_CancelCalculateAudienceDataLicensingJob")(_PRICING.cancel)


@handles("Audiences_GetCalculateAudienceDataLicensingJob")
def pricing_state(call: Call) -> Row:
    """Return the state of a quotation. The body may repeat that of the start, or be missing."""
    if "licensingSet" in call.body:
        licensing.find_set(call.world.store, call.body["licensingSet"])
    return _PRICING.state(call)


# --- Purchases


def _order(call: Call) -> tuple[Row, Row, Row]:
    """Return the quotation, the terms and the order in a purchase's body; raise if the caller may not buy."""
    body, store = call.body, call.world.store
    if not is_granted(call, "DataRights", "Purchase", "FastStatsElement", call.world.settings.system):
        raise forbidden("This needs the permission Purchase of the type DataRights.", permission="Purchase")
    if not body.get("queryId"):
        raise refused("The order has no queryId: quote the price of an audience first.", where="queryId")
    quotation = licensing.find_quotation(store, body["queryId"])
    require_view(call, "audience", call.find("audience", quotation["audienceId"]))
    terms = next(row for row in licensing.sets(store) if row["id"] == quotation["setId"])
    if licensing.find_set(store, body.get("licensingSet", terms["name"])) != terms:
        text = f"This quotation is for the licensing set '{terms['name']}'."
        raise refused(text, licensingSet=body["licensingSet"])
    credential = store.get("credential", call.user["id"])
    if "password" in body and not passwords.matches(credential, body["password"]):
        raise forbidden("The password that confirms the purchase is wrong.")
    path = in_private(body.get("filename") or f"Licensed {quotation['id']}.urn")
    call.world.files.require_place(path, call.user)
    order: Row = {"urnFilePath": path, "userId": call.user["id"]}
    order |= {name: body[name] for name in ("purchaseOrderNumber",) if name in body}
    agreed = 100 * float(body["grandTotalCost"]) if "grandTotalCost" in body else quotation["cost"]
    return quotation, terms, {**order, "cost": agreed}


def _write_keys(call: Call, quotation: Row, terms: Row, step: Step) -> bytes:
    """Return the file with the keys of the records. Nothing is paid yet."""
    step(0.1)
    return export_bytes(call, urn_request(call, terms["tableName"], quotation["query"]))


def _pay(call: Call, quotation: Row, terms: Row, order: Row, urns: bytes) -> Row:
    """Pay, license and store the file: all of it or nothing."""
    store, keys = call.world.store, _keys(call, quotation["query"])
    with store.write() as writer, query.prepared(writer, keys.stages):
        bought = licensing.buy(store, writer, quotation, keys, terms, order)
        call.world.files.put(writer, order["urnFilePath"], urns, call.user)
    return bought


@handles("DataLicensing_PurchaseDataLicensingSync")
def purchase(call: Call) -> Row:
    """Buy the quoted records and wait."""
    quotation, terms, order = _order(call)
    return _pay(call, quotation, terms, order, _write_keys(call, quotation, terms, lambda share: None))


def _start_purchase(call: Call) -> tuple[Callable[[Step], Any], Callable[[Any], Any]]:
    quotation, terms, order = _order(call)
    return partial(_write_keys, call, quotation, terms), partial(_pay, call, quotation, terms, order)


_PURCHASES = _Jobs("data-purchase", "purchaseInfo", _of_system, _start_purchase)
handles("DataLicensing_CreatePurchaseDataLicensingJob")(_PURCHASES.create)
handles("DataLicensing_GetDataPurchaseJob")(_PURCHASES.state)
handles("DataLicensing_CancelDataPurchaseJob")(_PURCHASES.cancel)
