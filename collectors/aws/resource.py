"""What every fact of an AWS account has."""

from dataclasses import dataclass

from collectors.collector import Fact


@dataclass(frozen=True, kw_only=True)
class Resource(Fact):
    """Something of an account. Its subject is its ARN, or its region where it is about a whole region."""

    arn: str = ""
    region: str = ""
    """Where it is; empty for what is global."""

    @property
    def subject(self) -> str:
        """Which one of several this is."""
        return self.arn or self.region
