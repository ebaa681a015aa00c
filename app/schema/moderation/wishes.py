"""What advertisers hand in and moderators decide, as mutations; and the check beforehand."""

from typing import Annotated, Any

import strawberry

from app.domain.campaigns.targeting import MOST_KEYWORDS
from app.domain.moderation.cases import Decision as ModerationDecision
from app.domain.moderation.rules import Verdict as PrecheckVerdict
from app.resolvers.moderation import desk, prechecking, submitting
from app.schema.campaigns.ad import EDIT, READ, Ad, KeywordInput, LandingInput, image
from app.schema.campaigns.drafts import AdChangesInput, changes
from app.schema.context import Info
from app.schema.directives import Cost, ListSize
from app.schema.enums import enum
from app.schema.findings import Finding, FindingInput, shown
from app.schema.inputs import plain
from app.schema.moderation.case import DESK, ModerationCase
from app.schema.payloads import MutationPayload
from app.schema.relay import key

enum(
    ModerationDecision,
    "ModerationDecision",
    "What a moderator decides",
    APPROVE="The ad may be served, the Page goes public",
    REJECT="The ad is not served, the Page's snapshot not shown",
)
enum(
    PrecheckVerdict,
    "PrecheckVerdict",
    "What the automatic checks say; only a moderator approves",
    PASS="Nothing was found",  # noqa: S106
    WARN="What was found goes to the moderator beside the ad",
    FAIL="The ad would be refused",
)


@strawberry.input(description="An ad to check before it is submitted, or even made")
class PolicyPrecheckInput:
    title: str | None = strawberry.field(default=strawberry.UNSET, description="1 to 50 characters")
    headline: str = strawberry.field(description="1 to 120 characters")
    landing: LandingInput = strawberry.field(description="Where a click leads")
    image_asset_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its image")
    keywords: list[KeywordInput] | None = strawberry.field(
        default=strawberry.UNSET, description=f"Keywords it is shown for, at most {MOST_KEYWORDS:,}"
    )

    def sketch(self) -> prechecking.Sketch:
        words = [each.text for each in plain(self.keywords) or ()]
        return prechecking.Sketch(plain(self.title) or "", self.headline, self.landing.plain(), image(self), words)


@strawberry.type(description="What the automatic checks say of an ad")
class PolicyPrecheck:
    verdict: PrecheckVerdict = strawberry.field(description="The weightiest of what was found")
    findings: list[Finding] = strawberry.field(description="What was found", directives=[ListSize(assumed_size=100)])
    checked_rules: int = strawberry.field(description="How many rules were checked")
    policy_version: int = strawberry.field(description="Version of the ad policy")


@strawberry.input(description="A draft to hand in for review")
class AdSubmitInput:
    id: strawberry.ID = strawberry.field(description="The ad")
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when it changed since this version"
    )


@strawberry.input(description="A submitted ad, and what its replacement has otherwise")
class AdReplaceInput:
    id: strawberry.ID = strawberry.field(description="The ad to replace")
    changes: AdChangesInput = strawberry.field(description="What differs; an absent field is copied")
    pause_original: bool = strawberry.field(default=True, description="Whether the original is paused")
    submit: bool = strawberry.field(default=True, description="Whether the new ad is submitted; else it is a draft")


@strawberry.input(description="A rejected ad that should be looked at again")
class AdAppealInput:
    id: strawberry.ID = strawberry.field(description="The ad")
    message: str = strawberry.field(description="Why, 1 to 1,000 characters")


@strawberry.input(description="An ad to stop for good")
class AdStopInput:
    id: strawberry.ID = strawberry.field(description="The ad")
    reason: str = strawberry.field(description="Why, for the advertiser; 1 to 1,000 characters")
    findings: list[FindingInput] = strawberry.field(description="What breaks the policy, at least one, at most 50")


@strawberry.input(description="A case to take up")
class ModerationClaimInput:
    id: strawberry.ID = strawberry.field(description="The case")


@strawberry.input(description="A case to put back")
class ModerationReleaseInput:
    id: strawberry.ID = strawberry.field(description="The case")


@strawberry.input(description="A decision")
class ModerationDecideInput:
    id: strawberry.ID = strawberry.field(description="The case, claimed before")
    decision: ModerationDecision = strawberry.field(description="Approve or reject")
    findings: list[FindingInput] = strawberry.field(
        description="What is wrong: at least one for a rejection, none for an approval; at most 50"
    )
    expected_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="Refuse when the case changed since this version"
    )


@strawberry.type(description="The ad after the submission, and its case")
class AdSubmitPayload(MutationPayload):
    ad: Ad | None = strawberry.field(default=None, description="The ad")
    moderation_case: ModerationCase | None = strawberry.field(default=None, description="Its review")


@strawberry.type(description="Both ads after the replacement")
class AdReplacePayload(MutationPayload):
    original: Ad | None = strawberry.field(default=None, description="The ad that was replaced")
    ad: Ad | None = strawberry.field(default=None, description="The new ad")


@strawberry.type(description="The case after the appeal")
class AdAppealPayload(MutationPayload):
    moderation_case: ModerationCase | None = strawberry.field(default=None, description="The case")


@strawberry.type(description="The ad after it was stopped")
class AdStopPayload(MutationPayload):
    ad: Ad | None = strawberry.field(default=None, description="The ad")


@strawberry.type(description="The case after it was taken up")
class ModerationClaimPayload(MutationPayload):
    moderation_case: ModerationCase | None = strawberry.field(default=None, description="The case")


@strawberry.type(description="The case after it was put back")
class ModerationReleasePayload(MutationPayload):
    moderation_case: ModerationCase | None = strawberry.field(default=None, description="The case")


@strawberry.type(description="The case after the decision")
class ModerationDecidePayload(MutationPayload):
    moderation_case: ModerationCase | None = strawberry.field(default=None, description="The case")


@strawberry.type
class PrecheckQueries:
    @strawberry.field(
        description="What the automatic checks would say of an ad; where the installation asks for landings over the "
        "network, it is asked for now",
        extensions=[READ],
        directives=[Cost(weight=10)],
    )
    async def policy_precheck(
        self,
        info: Info,
        scope: Any,
        input: Annotated[PolicyPrecheckInput, strawberry.argument(description="The ad")],
    ) -> PolicyPrecheck | None:
        services, reader = info.context.services, info.context.loads.reader
        done = await prechecking.precheck(reader, scope, services.policy, services.pages, input.sketch())
        verdict, version = services.policy.verdict(done.findings), services.policy.version
        told = shown(done.findings)
        return PolicyPrecheck(verdict=verdict, findings=told, checked_rules=done.checked, policy_version=version)


def _terms(info: Info) -> submitting.Terms:
    services = info.context.services
    return submitting.Terms(services.policy, services.calendar, services.reserve)


@strawberry.type
class SubmittingMutations:
    @strawberry.mutation(
        description="Hand a draft in for review; from now on its content never changes", extensions=[EDIT]
    )
    async def ad_submit(self, info: Info, work: Any, input: AdSubmitInput) -> AdSubmitPayload:
        version = plain(input.expected_version)
        ad, case = await submitting.submit(work, _terms(info), key(input.id, "Ad"), version)
        return AdSubmitPayload(ad=Ad.keyed(ad.id), moderation_case=ModerationCase.keyed(case.id))

    @strawberry.mutation(
        description="Put another ad in the place of one: a copy with changes, handed in; all of it or nothing",
        extensions=[EDIT],
    )
    async def ad_replace(self, info: Info, work: Any, input: AdReplaceInput) -> AdReplacePayload:
        ways = {"pause_original": input.pause_original, "submit": input.submit}
        made = await submitting.replace(work, _terms(info), key(input.id, "Ad"), changes(input.changes), **ways)
        original, copy = made
        return AdReplacePayload(original=Ad.keyed(original.id), ad=Ad.keyed(copy.id))

    @strawberry.mutation(description="Ask another moderator to look at a rejected ad, once", extensions=[EDIT])
    async def ad_appeal(self, info: Info, work: Any, input: AdAppealInput) -> AdAppealPayload:
        case = await submitting.appeal(work, info.context.services.calendar, key(input.id, "Ad"), input.message)
        return AdAppealPayload(moderation_case=ModerationCase.keyed(case.id))


@strawberry.type
class DeskMutations:
    @strawberry.mutation(description="Take a case up; nobody else decides it then", extensions=[DESK])
    async def moderation_claim(self, work: Any, input: ModerationClaimInput) -> ModerationClaimPayload:
        case = await desk.claim(work, key(input.id, "ModerationCase"))
        return ModerationClaimPayload(moderation_case=ModerationCase.keyed(case.id))

    @strawberry.mutation(
        description="Put a case back; another moderator's only a day after they took it up", extensions=[DESK]
    )
    async def moderation_release(self, work: Any, input: ModerationReleaseInput) -> ModerationReleasePayload:
        case = await desk.release(work, key(input.id, "ModerationCase"))
        return ModerationReleasePayload(moderation_case=ModerationCase.keyed(case.id))

    @strawberry.mutation(
        description="Approve or reject what was claimed; the advertiser is told by mail", extensions=[DESK]
    )
    async def moderation_decide(self, info: Info, work: Any, input: ModerationDecideInput) -> ModerationDecidePayload:
        id, policy, version = key(input.id, "ModerationCase"), info.context.services.policy, input.expected_version
        case = await desk.decide(work, policy, id, input.decision, plain(input.findings), plain(version))
        return ModerationDecidePayload(moderation_case=ModerationCase.keyed(case.id))

    @strawberry.mutation(description="Stop an ad for good because it breaks the policy", extensions=[DESK])
    async def ad_stop(self, info: Info, work: Any, input: AdStopInput) -> AdStopPayload:
        policy, findings = info.context.services.policy, plain(input.findings)
        ad = await desk.stop(work, policy, key(input.id, "Ad"), input.reason, findings)
        return AdStopPayload(ad=Ad.keyed(ad.id))
