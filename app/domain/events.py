"""What happened: the names under which changes are written to history and reacted to."""

from enum import Enum


class Event(Enum):
    ACCOUNT_CREATED = "AccountCreated"
    USER_INVITED = "UserInvited"
    API_TOKEN_CREATED = "ApiTokenCreated"  # noqa: S105
    API_TOKEN_REVOKED = "ApiTokenRevoked"  # noqa: S105
    CAMPAIGN_CREATED = "CampaignCreated"
    CAMPAIGN_UPDATED = "CampaignUpdated"
    CAMPAIGN_PAUSED = "CampaignPaused"
    CAMPAIGN_RESUMED = "CampaignResumed"
    CAMPAIGN_ARCHIVED = "CampaignArchived"
    AD_CREATED = "AdCreated"
    AD_PAUSED = "AdPaused"
    AD_RESUMED = "AdResumed"
    LOG_REPLAYED = "LogReplayed"
    PRODUCTS_IMPORTED = "ProductsImported"
