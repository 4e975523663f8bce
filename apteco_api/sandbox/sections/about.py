"""About: the installation itself."""

from __future__ import annotations

import gc
import os
import sys

from .. import zones
from ..call import Answer, Call, handles
from ..listing import page
from ..problem import Problem
from ..settings_tree import branch
from ..store import Row
from ..versions import reported

_FLAGS = "requiresLicenceFlags"
_NEWER_CAPABILITIES: Row = {
    "fileReadWriteStrategy": "TemporaryFiles",
    "supportsCampaignMonitoring": True,
    "supportsSelectorValuesFromPath": False,
    "supportsFacebookTokens": False,
    "supportsGoogleTokens": False,
    "supportsLinkedInTokens": False,
    "supportsTwitterTokens": False,
    "supportsUsersAndGroups": True,
}
"""The members of the answer since 1.10.25."""
_KEYS = {
    "About_GetVersion": "GetVersionDetails",
    "Cubes_CalculateCubeSynchronously": "CalculateCubeSync",
    "Directories_GetFileEntries": "GetFiles",
    "Directories_GetRootFileEntries": "GetRootFiles",
    "Exports_PerformExportSynchronously": "ExportSync",
    "FastStatsSystems_GetFastStatsFolder": "GetFolder",
    "FastStatsSystems_GetFastStatsRootFolder": "GetRootFolder",
    "FastStatsSystems_GetFastStatsTables": "GetTables",
    "FastStatsSystems_GetFastStatsVariables": "GetVariables",
    "PeopleStage_CreateDeleteElementJobForElement": "CreateDeleteElementJob",
    "PeopleStage_DeleteElementJobForElement": "DeleteElementJob",
    "PeopleStage_GetPeopleStageElement": "GetElement",
    "PeopleStage_GetPeopleStageElementChildren": "GetElementChildren",
    "PeopleStage_GetPeopleStageElementStatusForDescendants": "GetElementStatusForDescendants",
    "Queries_PerformGetQueryFileDefinitionSynchronously": "GetQueryFromFileSync",
    "Queries_PerformQueryCountSynchronously": "CountQuerySync",
    "Queries_PerformQueryFileCountSynchronously": "CountQueryFromFileSync",
}
"""Names with which public scripts look up endpoints, if they differ from the operation's id."""


@handles("About_GetVersion")
def version(call: Call) -> Row:
    """Return the version of the API that the sandbox follows."""
    return {"version": reported(call.world.spec.document, call.world.settings.version)}


@handles("About_GetLanguageDetails")
def language(call: Call) -> Row:
    """Return the language of the installation."""
    return {"language": "en-GB"}


@handles("About_GetProcessDetails")
def process(call: Call) -> Row:
    """Return id and memory of the sandbox's process."""
    heap = sys.getallocatedblocks() * 64
    resident = max(heap, _resident())
    return {
        "processId": os.getpid(),
        "privateMemoryInBytes": resident,
        "workingSetInBytes": resident,
        "heapSizeInBytes": heap,
        "isServerGarbageCollectionEnabled": gc.isenabled(),
    }


def _resident() -> int:
    """Return the peak memory of the process, in bytes; 0 on Windows, where it is not known."""
    try:
        import resource
    except ImportError:
        return 0
    # ru_maxrss is in kilobytes, on macOS in bytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@handles("About_ForceProcessGarbageCollection")
def collect(call: Call) -> Row:
    """Collect garbage and measure again."""
    gc.collect()
    return process(call)


@handles("About_GetDataViews")
def data_views(call: Call) -> Answer:
    """List the data views."""
    return page(call, [{"name": call.world.settings.data_view}])


@handles("About_GetDataView")
def data_view(call: Call) -> Row:
    """Return the data view and its features."""
    names = ("supportsAudiences", "supportsPermissions", "supportsDashboardsPareto")
    capabilities = {**dict.fromkeys(names, True), **_NEWER_CAPABILITIES}
    return {"name": call.world.settings.data_view, "capabilities": capabilities}


@handles("About_GetDataViewsForDomain")
def data_views_for_domain(call: Call) -> Answer:
    """List the data views of a domain: the only one, for localhost."""
    known = call.path["domain"].lower() in ("localhost", "127.0.0.1")
    return page(call, [{"name": call.world.settings.data_view}] if known else [])


@handles("About_GetDataViewsForSystemName")
def data_views_for_system(call: Call) -> Answer:
    """List the data views that have a system."""
    settings = call.world.settings
    known = call.path["systemName"].lower() == settings.system.lower()
    return page(call, [{"name": settings.data_view}] if known else [])


@handles("About_GetOrbitSettingsRoot", "About_GetOrbitSettings")
def orbit_settings(call: Call) -> Row:
    """Return the installation's public settings, whole or one branch."""
    return branch(call.find("settings", "orbit")["tree"], call.path.get("settingsPath", ""))


@handles("About_ExampleExperimentalResource")
def experimental(call: Call) -> Row:
    """Return a sample."""
    return {"text": "This is what an experimental endpoint answers."}


@handles("About_ExampleUnderDevelopmentResource")
def under_development(call: Call) -> Row:
    """Return a sample."""
    return {"text": "This is what an endpoint under development answers."}


@handles("About_ExampleSubjectToChangeOrRemovalResource")
def subject_to_change(call: Call) -> Row:
    """Return a sample."""
    return {"text": "This is what an endpoint that may change or disappear answers."}


@handles("About_ExampleTemporaryTokenResource")
def with_temporary_token(call: Call) -> Row:
    """Return a sample that a temporary token opens without a session."""
    return {"text": f"This is what a temporary token of {call.user['username']} opens."}


@handles("About_GetTimeZonesInfo")
def time_zones(call: Call) -> Row:
    """List the time zones that this machine knows."""
    return zones.details()


@handles("About_ForceException")
def fail_unforeseen(call: Call) -> None:
    """Fail on purpose, as `About_ForceInternalServerError` does."""
    raise Problem(500, "You asked for an exception.")


@handles("About_ForceInternalServerError")
def fail(call: Call) -> None:
    """Fail on purpose."""
    raise Problem(500, "You asked for an internal error.")


@handles("About_GetEndpoints")
def endpoints(call: Call) -> Answer:
    """List the endpoints with the rights that they need."""
    rows: list[Row] = []
    # scripts take the first of two endpoints with one name, so the first must be the older one
    for operation in sorted(call.world.spec.operations.values(), key=lambda each: each.id not in _KEYS):
        flags = [flag for flag in operation.licence.get("flags", "").replace(",", " ").split() if flag]
        always = operation.licence.get("always", False)
        roles = [operation.role] if operation.role else []
        if call.query.get("excludeEndpointsWithNoLicenceRequirements") and not flags:
            continue
        if call.query.get("excludeEndpointsWithNoRoleRequirements") and not roles:
            continue
        rows.append(
            {
                "name": _KEYS.get(operation.id) or operation.id.partition("_")[2],
                "groupName": operation.section,
                "method": operation.method,
                "urlTemplate": operation.path.lstrip("/"),
                "allowsAnonymousAccess": not operation.secured,
                "isExperimental": operation.stability == "experimental",
                "isUnderDevelopment": operation.stability == "under-development",
                _FLAGS: flags if always else [],
                "optionallyRequiresLicenceFlags": [] if always else flags,
                "requiresRoles": roles,
            }
        )
    return page(call, rows)
