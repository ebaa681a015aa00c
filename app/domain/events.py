"""What happened: the names under which changes are written to history and reacted to."""

from enum import Enum


class Event(Enum):
    USER_SIGNED_UP = "UserSignedUp"
    PROOF_ASKED = "ProofAsked"
    EMAIL_VERIFIED = "EmailVerified"
    PASSWORD_RESET_ASKED = "PasswordResetAsked"  # noqa: S105
    PASSWORD_RESET = "PasswordReset"  # noqa: S105
    ACCOUNT_CREATED = "AccountCreated"
    USER_INVITED = "UserInvited"
    INVITATION_RESENT = "InvitationResent"
    INVITATION_REVOKED = "InvitationRevoked"
    INVITATION_ACCEPTED = "InvitationAccepted"
    INVITATION_DECLINED = "InvitationDeclined"
    MEMBER_LEVEL_SET = "MemberLevelSet"
    MEMBER_REMOVED = "MemberRemoved"
    MEMBER_LEFT = "MemberLeft"
    API_TOKEN_CREATED = "ApiTokenCreated"  # noqa: S105
    API_TOKEN_REVOKED = "ApiTokenRevoked"  # noqa: S105
    INGEST_TOKEN_CREATED = "IngestTokenCreated"  # noqa: S105
    INGEST_TOKEN_REVOKED = "IngestTokenRevoked"  # noqa: S105
    CAMPAIGN_CREATED = "CampaignCreated"
    CAMPAIGN_UPDATED = "CampaignUpdated"
    CAMPAIGN_PAUSED = "CampaignPaused"
    CAMPAIGN_RESUMED = "CampaignResumed"
    CAMPAIGN_ARCHIVED = "CampaignArchived"
    AD_CREATED = "AdCreated"
    AD_PAUSED = "AdPaused"
    AD_RESUMED = "AdResumed"
    AD_STOPPED = "AdStopped"
    PRODUCT_OUT_OF_STOCK = "ProductOutOfStock"
    PRODUCT_BACK_IN_STOCK = "ProductBackInStock"
    LOG_REPLAYED = "LogReplayed"
    PRODUCTS_IMPORTED = "ProductsImported"
    CAMPAIGN_DUPLICATED = "CampaignDuplicated"
