"""Operations of modules that the sandbox does not have: they answer like a server without the module.

docs/sandbox.md lists the same operations; a test compares the two.
"""

from __future__ import annotations

from functools import partial

from ..call import Call, handles
from ..listing import page
from ..problem import forbidden

MODULES: dict[str, tuple[str, ...]] = {
    "Facebook": (
        "FacebookTokens_DisconnectFacebookTokensFromUser",
        "FacebookTokens_GetAllFacebookEntities",
        "FacebookTokens_GetFacebookEntities",
        "FacebookTokens_ValidateAndStoreFacebookTokens",
    ),
    "Google": ("GoogleTokens_GetGoogleEntities", "GoogleTokens_ValidateAndStoreGoogleTokens"),
    "LinkedIn": ("LinkedInTokens_GetLinkedInEntities", "LinkedInTokens_ValidateAndStoreLinkedInTokens"),
    "Twitter": ("TwitterTokens_GetTwitterInEntities", "TwitterTokens_ValidateAndStoreTwitterTokens"),
    "Salesforce": ("FastStatsBuilds_GetSalesforceCredentialsStatus",),
    "system builds": ("FastStatsBuilds_SetSystemBuildSettings", "FastStatsJobs_SubmitFastStatsJob"),
    "licences": (
        "Licences_GetLicenceSystems",
        "Licences_GetLicensedUser",
        "Licences_GetLicensedUsers",
        "Licences_GetSystemLicence",
        "Licences_GetSystemLicences",
        "Licences_RegisterSystemLicence",
        "Licences_RemoveLicencedUser",
        "Licences_RemoveSystemLicence",
        "Licences_UpsertLicencedUser",
    ),
    "broadcasters": (
        "Channels_CreateAccountMessagesJob",
        "Channels_CreateAccountsJob",
        "Channels_CreateListsJob",
        "Channels_CreatePreviewJob",
    ),
    "service logs": (
        "About_PackageLogs",
        "FastStatsSystems_CancelFastStatsLogsPackageJob",
        "FastStatsSystems_CreateFastStatsLogsPackageJob",
        "FastStatsSystems_GetFastStatsLogsPackageJob",
    ),
    "workbook analyses": (
        "AnalysisItems_BatchGetAnalysisItemCalculateJobs",
        "AnalysisItems_CreateAnalysisItemCalculateJobs",
        "AnalysisItems_GetAnalysisItemCalculateJob",
    ),
    "campaign design": (
        "Audiences_CancelConvertToCampaignJob",
        "Audiences_ConvertToCampaignJob",
        "Audiences_CreateConvertToCampaignJob",
        "PeopleStage_CancelLoadCampaignScheduleJob",
        "PeopleStage_CancelModifyCampaignJourneyJob",
        "PeopleStage_CancelModifyCampaignScheduleJob",
        "PeopleStage_CreateLoadCampaignScheduleJob",
        "PeopleStage_CreateModifyCampaignJourneyJob",
        "PeopleStage_CreateModifyCampaignScheduleJob",
        "PeopleStage_GetOnePerCellAggregations",
        "PeopleStage_GetSeedSets",
        "PeopleStage_GetSeeds",
        "PeopleStage_GetTemplates",
        "PeopleStage_GetVoucherCodeSets",
        "PeopleStage_LoadCampaignScheduleJob",
        "PeopleStage_ModifyCampaignJourneyJob",
        "PeopleStage_ModifyCampaignScheduleJob",
    ),
}
"""The operations of each module."""


def _refuse(module: str, call: Call) -> None:
    if call.operation.paging:
        page(call, [])  # first refuse a filter that can't be read, as everywhere
    raise forbidden(f"This installation does not have the module for {module}.", module=module)


for _module, _operations in MODULES.items():
    handles(*_operations)(partial(_refuse, _module))
