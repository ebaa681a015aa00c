"""The five ways to register (S4, S5): what each needs, its steps and the promise that holds for it."""

from dataclasses import dataclass
from enum import Enum

from app.domain.policy import ServiceLevelKind


class RegistrationPath(Enum):
    VENDOR_CENTRAL = "VENDOR_CENTRAL"
    ADVANTAGE_CENTRAL = "ADVANTAGE_CENTRAL"
    VENDOR_EXPRESS = "VENDOR_EXPRESS"
    REPRESENT_VENDOR = "REPRESENT_VENDOR"
    KDP = "KDP"


class RegistrationStep(Enum):
    PROVE_LOGIN = "PROVE_LOGIN"
    PERSONAL_DETAILS = "PERSONAL_DETAILS"
    BRAND_DETAILS = "BRAND_DETAILS"
    REVIEW_AND_SUBMIT = "REVIEW_AND_SUBMIT"


class RegistrationPurpose(Enum):
    NEW_ACCOUNT = "NEW_ACCOUNT"
    FURTHER_BRAND = "FURTHER_BRAND"


@dataclass(frozen=True)
class PathInfo:
    """A path as the wizard shows it; who has no login of the vendor names a contact at the brand instead."""

    label: str
    login: bool = True

    @property
    def contact(self) -> bool:
        return not self.login

    @property
    def steps(self) -> tuple[RegistrationStep, ...]:
        return tuple(step for step in RegistrationStep if self.login or step is not RegistrationStep.PROVE_LOGIN)

    @property
    def promise(self) -> ServiceLevelKind:
        """S14, S82: agencies wait for hours, brands for business days."""
        return ServiceLevelKind.BRAND_REGISTRATION_REVIEW if self.login else ServiceLevelKind.AGENCY_ACCESS_REVIEW


PATHS = {
    RegistrationPath.VENDOR_CENTRAL: PathInfo("I have a Vendor Central login"),
    RegistrationPath.ADVANTAGE_CENTRAL: PathInfo("I have an Advantage Central login"),
    RegistrationPath.VENDOR_EXPRESS: PathInfo("I have a Vendor Express login"),
    RegistrationPath.REPRESENT_VENDOR: PathInfo("I represent a vendor, for an agency or as a partner", login=False),
    RegistrationPath.KDP: PathInfo("I publish books and have a KDP account"),
}
