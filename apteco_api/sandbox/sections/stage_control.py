"""PeopleStage since 1.10.25: pause, check out, publish and delete elements; reports.

The diagram is derived from the data and can't be edited. Rows of the kind `stage-element` store whether an
element is paused, deleted, published or checked out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .. import clock
from ..access import administrators_only
from ..call import Answer, Call, handles, in_turn
from ..jobs import Keep, Step, Work
from ..listing import page
from ..problem import Problem, refused
from ..rights import EDIT_ELEMENT
from ..stage import DIAGRAM, Element, reports, statistics
from ..store import Row
from .job_family import JobFamily, register
from .people_stage import counted, element_of, element_with, every, levels_of

_KIND = "stage-element"


def _state(call: Call, key: str) -> Row:
    return call.world.store.get(_KIND, key) or {"id": key}


def _keep(call: Call, key: str, **values: object) -> Row:
    with call.world.store.write() as writer:
        return writer.put(_KIND, {**(writer.get(_KIND, key) or {"id": key}), **values})


def _require_editable(call: Call, key: str) -> None:
    """Raise 403 unless the caller may edit an element, 409 if another user has checked it out."""
    call.world.rights.require(call.user, EDIT_ELEMENT, levels_of(call, key))
    holder = _state(call, key).get("checkedOutBy")
    if holder not in (None, call.user["id"]):
        user = call.world.store.get("user", holder) or {"username": "another user"}
        raise Problem(409, f"'{key}' is checked out to {user['username']}.", elementId=key)


@handles("PeopleStage_RefreshPeopleStageDiagram")
def refresh(call: Call) -> None:
    """Read the diagram again from the data."""
    call.world.data.forget()


def _pause(paused: bool, call: Call) -> None:
    key = element_of(call).row["id"]
    _require_editable(call, key)
    _keep(call, key, paused=paused, lastAction=clock.now())


def _pause_system(paused: bool, call: Call) -> Row:
    administrators_only(call, "pause or resume the whole system")
    _keep(call, DIAGRAM, paused=paused, lastAction=clock.now())
    return {"systemName": call.world.settings.system, "isPaused": paused}


handles("PeopleStage_PausePeopleStageElement")(in_turn(partial(_pause, True)))
handles("PeopleStage_ResumePeopleStageElement")(in_turn(partial(_pause, False)))
handles("PeopleStage_PausePeopleStageSystem")(in_turn(partial(_pause_system, True)))
handles("PeopleStage_ResumePeopleStageSystem")(in_turn(partial(_pause_system, False)))

Report = Callable[[Call, Element], list[Row]]


def _nothing(call: Call, element: Element) -> list[Row]:
    """Return no rows: the tables contain only past events, so no delivery or action is running."""
    return []


def _deliveries(call: Call, element: Element) -> list[Row]:
    return reports.deliveries(call.world.data.cursor(), element)


def _actions(call: Call, element: Element) -> list[Row]:
    return reports.actions(call.world.data.cursor(), element)


def _steps(running: bool, call: Call, element: Element) -> list[Row]:
    return reports.steps(call.world.data.cursor(), element, running=running)


def _list(report: Report, call: Call) -> Answer:
    return page(call, report(call, counted(call)))


_REPORTS: dict[str, Report] = {
    "CompletedDeliveries": _deliveries,
    "RunningDeliveries": _nothing,
    "Completed": _actions,
    "Running": _nothing,
    "CompletedSteps": partial(_steps, False),
    "RunningSteps": partial(_steps, True),
}
for _name, _report in _REPORTS.items():
    _lists: Callable[[Call], Answer] = partial(_list, _report)
    handles(f"PeopleStage_GetPeopleStageElement{_name}")(_lists)


def _scope(call: Call) -> str:
    key: str = element_of(call).row["id"]
    return key


def _done(result: Any, step: Step) -> Any:
    step(0.5)
    return result


def _check_out(call: Call) -> Work:
    """Return the work that checks an element out to the caller, or in again."""
    key, wanted = _scope(call), call.body["action"]
    _require_editable(call, key)
    if wanted == "CheckIn" and _state(call, key).get("checkedOutBy") is None:
        raise refused(f"'{key}' is not checked out.", elementId=key)
    return partial(_done, key)


def _keep_check_out(call: Call) -> Keep:
    wanted = call.body["action"]

    def keep(key: str) -> Row:
        moment, user = clock.now(), call.user
        with call.world.store.turn:
            _require_editable(call, key)
            if wanted == "CheckOut":
                row = _keep(call, key, checkedOutBy=user["id"], checkedOutAt=moment)
                named = {"checkOutUsername": user["username"], "checkOutTimestamp": row["checkedOutAt"]}
                return {"elementId": key, **named, "isCheckedOutToMe": True}
            before = _state(call, key)
            _keep(call, key, checkedOutBy=None, checkedOutAt=None)
        named = {"checkOutUsername": user["username"], "checkOutTimestamp": before.get("checkedOutAt")}
        back = {"checkInUsername": user["username"], "checkInTimestamp": moment}
        return {"elementId": key, **named, **back, "isCheckedOutToMe": False}

    return keep


def _delete_element(call: Call) -> Work:
    element = element_of(call)
    if element.campaign is None:
        raise refused(
            f"'{element.row['id']}' holds campaigns; delete them one by one.", elementId=element.row["id"]
        )
    return _on_element(call)


def _on_element(call: Call) -> Work:
    key = _scope(call)
    _require_editable(call, key)
    return partial(_done, {"elementId": key})


def _keeper(**values: object) -> Callable[[Call], Keep]:
    """Return the function that stores some values on the element of a job, with the end time of the job."""

    def make(call: Call) -> Keep:
        def keep(result: Row) -> Row:
            with call.world.store.turn:
                _require_editable(call, result["elementId"])
                _keep(call, result["elementId"], lastAction=clock.now(), **values)
            return result

        return keep

    return make


def _keep_settings(call: Call) -> Keep:
    actions = call.body["settingsActions"]
    return _keeper(settingsActions=actions)(call)


def _count(call: Call) -> Work:
    """Return the work that counts the people to whom a campaign has sent messages."""
    element = element_with(call, call.path["audienceId"])

    def work(step: Step) -> Row:
        step(0.1)
        figures = statistics.communications(call.world.data.cursor(), element)
        counts = {"grossCount": figures["totalCommunicationsCount"], "nettCount": figures["totalPeopleCount"]}
        return {"campaignId": _campaign_of(element), "audienceId": element.row["id"], **counts}

    return work


def _campaign_of(element: Element) -> str:
    path: list[Row] = element.row["path"]
    return next((str(step["id"]) for step in path if step["id"].startswith("campaign-")), element.row["id"])


def _campaign(call: Call) -> Element:
    element = element_with(call, call.path["campaignId"])
    if element.row["type"] != "Campaign":
        raise refused(f"'{element.row['id']}' is not a campaign.", campaignId=element.row["id"])
    return element


def _load_journey(call: Call) -> Work:
    """Return the work that derives the journey of a campaign from the diagram: first message and channel."""
    campaign = _campaign(call)
    return partial(_done, {"campaignId": campaign.row["id"], "journey": _journey(call, campaign)})


def _journey(call: Call, campaign: Element) -> Row:
    inside = [e for e in every(call) if e.campaign == campaign.campaign and e is not campaign]
    messages = [e for e in inside if e.row["type"] == "Message"]
    channels = [e for e in inside if e.channel is not None]
    # a journey of the API has one message, so it can't describe a campaign with several messages
    journey: Row = {"description": campaign.row["description"], "unsupportedJourney": len(messages) != 1}
    if messages:
        first = messages[0].row
        message: Row = {"messageId": first["id"], "messageDescription": first["description"]}
        ways = [e.channel for e in channels if e.row["parentId"] == first["id"]]
        journey["message"] = {**message, **({"channelId": f"channel-{ways[0]}"} if ways else {})}
    return journey


def _delete_campaigns(call: Call) -> Work:
    keys: list[str] = call.body.get("campaignIds") or []
    if not keys:
        raise refused("campaignIds must name at least one campaign.", where="campaignIds")
    for key in keys:
        if element_with(call, key).row["type"] != "Campaign":
            raise refused(f"'{key}' is not a campaign.", campaignIds=key)
        _require_editable(call, key)
    return partial(_done, keys)


def _keep_deleted(call: Call) -> Keep:
    def keep(keys: list[str]) -> Row:
        for key in keys:
            _keep(call, key, deleted=True, lastAction=clock.now())
        return {"campaignId": keys[0]}

    return keep


def _no_approvals(call: Call) -> Work:
    """Return the work that lists approvals: none, as all communications have been sent."""
    _scope(call)
    return partial(_done, list[Row]())


def _element_family(
    name: str,
    creates: str,
    reads: str,
    cancels: str,
    keep: Callable[[Call], Keep] | None,
    scope: Callable[[Call], str] = _scope,
    task: Callable[[Call], Work] = _on_element,
) -> JobFamily:
    first, second, third = (f"PeopleStage_{each}" if each else "" for each in (creates, reads, cancels))
    return JobFamily(f"stage-{name}", first, second, third, task=task, scope=scope, keep=keep)


register(
    _element_family(
        "publish",
        "CreateElementPublishJob",
        "ElementPublishJob",
        "CancelElementPublishJob",
        _keeper(published=True),
    ),
    _element_family("action", "CreateActionJob", "ActionJob", "", _keeper()),
    _element_family(
        "settings",
        "CreateUpsertSettingsActionJob",
        "GetUpsertSettingsActionJob",
        "CancelUpsertSettingsActionJob",
        _keep_settings,
    ),
    _element_family(
        "delete",
        "CreateDeleteElementJobForElement",
        "DeleteElementJobForElement",
        "",
        _keeper(deleted=True),
        lambda call: str(call.path["elementId"]),  # its state is also requested after the element was deleted
        _delete_element,
    ),
    JobFamily(
        "stage-check-out",
        creates="PeopleStage_CreateElementCheckInOutJob",
        reads="PeopleStage_ElementCheckInOutJob",
        cancels="PeopleStage_CancelElementCheckInOutJob",
        task=_check_out,
        result="checkOutDetail",
        scope=_scope,
        keep=_keep_check_out,
    ),
    JobFamily(
        "stage-delete-campaigns",
        creates="PeopleStage_CreateDeleteElementJob",
        reads="PeopleStage_DeleteElementJob",
        cancels="PeopleStage_CancelDeleteElementJob",
        task=_delete_campaigns,
        result="journeySummary",
        keep=_keep_deleted,
    ),
    JobFamily(
        "stage-count",
        creates="PeopleStage_CreateCountCampaignAudienceJob",
        reads="PeopleStage_CountCampaignAudienceJob",
        cancels="PeopleStage_CancelCountCampaignAudienceJob",
        task=_count,
        result="journeyAudienceCounts",
        scope=lambda call: str(call.path["audienceId"]),
    ),
    JobFamily(
        "stage-approvals",
        creates="PeopleStage_CreateGetApprovalsJobs",
        reads="PeopleStage_GetApprovalsJobs",
        cancels="PeopleStage_CancelGetApprovalsJobs",
        task=_no_approvals,
        result="approvals",
        scope=_scope,
    ),
    JobFamily(
        "stage-journey",
        creates="PeopleStage_CreateLoadCampaignJourneyJob",
        reads="PeopleStage_LoadCampaignJourneyJob",
        cancels="PeopleStage_CancelLoadCampaignJourneyJob",
        task=_load_journey,
        result="journeySummary",
        scope=lambda call: str(call.path["campaignId"]),
    ),
)


@handles("PeopleStage_CreateElementDrainJob")
def drain(call: Call) -> Row:
    """Start a job that drains an element. The job does nothing, as no person waits in an element.

    The vendor documents no operation for the job's state.
    """
    return call.world.jobs.submit("stage-drain", _scope(call), call.user, _on_element(call), _keeper()(call))
