"""Which project a bucket belongs to, worked out in plain Python from what people did, apart from ingestion and dbt.

It keeps what was said and in which order, and no spans: a change of a selector holds from its instant on until a later
one was made for the same instant or an earlier one; the last correction made that fits and stands goes before it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ingestion.workloads import WHOLE_ACCOUNT, Selector


class Bucket(NamedTuple):
    """What tells the usage buckets of this test apart."""

    account_id: int
    started_at: datetime
    provider_project: str | None
    api_key: str | None

    @property
    def selectors(self) -> tuple[Selector, Selector, Selector]:
        """Those that match, the most specific one first."""
        key, project = self.api_key or "(none)", self.provider_project or "(none)"
        return Selector("api_key", key), Selector("project", project), WHOLE_ACCOUNT


class Change(NamedTuple):
    account_id: int
    selector: Selector
    since: datetime
    project_id: int | None


@dataclass
class Correction:
    id: int
    account_id: int
    selector: Selector
    start: datetime | None
    end: datetime
    project_id: int
    stands: bool = True

    def holds_for(self, bucket: Bucket) -> bool:
        return (
            self.stands
            and self.account_id == bucket.account_id
            and self.selector in bucket.selectors
            and (self.start is None or self.start <= bucket.started_at)
            and bucket.started_at < self.end
        )


@dataclass
class MappingModel:
    """`default_project` takes what was never mapped. Changes and corrections are in the order of their making."""

    default_project: int
    changes: list[Change] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    archived: set[int] = field(default_factory=set)

    def routed(self, bucket: Bucket) -> int:
        """The project of the bucket whatever corrections say."""
        for selector in bucket.selectors:
            project = self.mapped(bucket.account_id, selector, bucket.started_at)
            if project is not None:
                return project
        return self.default_project

    def correction(self, bucket: Bucket) -> Correction | None:
        return next((one for one in reversed(self.corrections) if one.holds_for(bucket)), None)

    def mapped(self, account_id: int, selector: Selector, instant: datetime) -> int | None:
        """The project of the selector at the instant; None if it has none then."""
        for change in reversed(self.changes):
            if change.account_id == account_id and change.selector == selector and change.since <= instant:
                return change.project_id
        return self.default_project if selector == WHOLE_ACCOUNT else None

    def is_in_use(self, project_id: int, accounts: list[int], *, now: datetime) -> bool:
        """Whether any selector leads to the project, now or at an instant for which a change is planned."""
        instants = [now, *(change.since for change in self.changes if change.since > now)]
        selectors = {WHOLE_ACCOUNT, *(change.selector for change in self.changes)}
        return any(
            self.mapped(account_id, selector, instant) == project_id
            for account_id in accounts
            for selector in selectors
            for instant in instants
        )
