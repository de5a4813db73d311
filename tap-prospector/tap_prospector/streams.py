"""All streams: by default those that cost a few requests, then the others, then the searches."""

from __future__ import annotations

from tap_prospector.account import (
    Balance,
    Pipelines,
    PipelineStages,
    SenderAccounts,
    WarmUps,
    WarmUpStatistics,
    Webhooks,
)
from tap_prospector.bulk import (
    CompanyDomains,
    EmailFinder,
    EmailVerifications,
    LinkedinProfiles,
)
from tap_prospector.campaigns import (
    CampaignAnalytics,
    CampaignDetails,
    CampaignProgress,
    Campaigns,
    CampaignSchedules,
)
from tap_prospector.events import (
    AllReplies,
    Clicks,
    CompletedProspects,
    Opens,
    RecipientsActivity,
    Replies,
    SentEmails,
)
from tap_prospector.lists import CustomFields, DoNotEmailLists, ListProspects, Lists, Prospects
from tap_prospector.searches import (
    DomainCompanies,
    DomainEmailCounts,
    DomainEmails,
    DomainGenericContacts,
    DomainProspectEmails,
    DomainProspects,
    EmailProfiles,
)

ALL = (
    Campaigns,
    CampaignAnalytics,
    CampaignProgress,
    CompletedProspects,
    Replies,
    Opens,
    Clicks,
    SentEmails,
    Lists,
    ListProspects,
    CustomFields,
    Balance,
    Webhooks,
    RecipientsActivity,
    AllReplies,
    CampaignDetails,
    CampaignSchedules,
    DoNotEmailLists,
    SenderAccounts,
    WarmUps,
    WarmUpStatistics,
    Pipelines,
    PipelineStages,
    Prospects,
    DomainEmailCounts,
    DomainCompanies,
    DomainProspects,
    DomainProspectEmails,
    DomainEmails,
    DomainGenericContacts,
    EmailProfiles,
    EmailVerifications,
    EmailFinder,
    CompanyDomains,
    LinkedinProfiles,
)
