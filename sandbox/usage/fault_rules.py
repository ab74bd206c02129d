"""What can be made to go wrong: rules that tests post, {provider, endpoint?, kind, times?, from_request?, parameters}.

A rule is in force for the matching requests number `from_request` .. `from_request + times - 1` since it was posted
(without `times`: for ever). Three kinds change what is known of usage and end in the same totals as the plain replay
(LateRows, Revision, Reattribution); the others change an answer.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

from sandbox.usage.identities import Provider
from sandbox.usage.records import HOUR_MS


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Rule(_Strict):
    provider: Provider
    endpoint: str | None = None
    """completions, embeddings, costs; messages, analytics, costs, me;
    analytics, activity, meta, key, credits, workspaces.

    None: every endpoint of the provider.
    """
    organization_id: str | None = None
    times: PositiveInt | None = None
    from_request: PositiveInt = 1


class Touched(_Strict):
    """Which usage a rule touches: usage of these hours (none given: every hour), `share_percent` of it by lot."""

    hours: tuple[AwareDatetime, ...] = ()
    share_percent: int = Field(default=100, ge=1, le=100)

    def touches(self, started_ms: int, lot: int) -> bool:
        hour_ms = started_ms // HOUR_MS * HOUR_MS
        return lot < self.share_percent and (not self.hours or hour_ms in map(unix_ms, self.hours))


class _Late(Touched):
    minutes: PositiveInt


class LateRows(_Rule):
    """Usage becomes visible only `minutes` after its hour closed."""

    kind: Literal["late_rows"]
    parameters: _Late


class _Revised(Touched):
    at: AwareDatetime
    percent: int = Field(default=60, ge=0, le=1000)


class Revision(_Rule):
    """Until `at`, counts are `percent` of what they are then (tokens rounded down, requests up)."""

    kind: Literal["revision"]
    parameters: _Revised


class _Reattributed(Touched):
    at: AwareDatetime
    dimension: Literal["project", "api_key"] = "project"
    value: str | None = None


class Reattribution(_Rule):
    """Until `at`, the dimension has this value (null, or another id) in place of its own."""

    kind: Literal["reattribution"]
    parameters: _Reattributed


class _RateLimit(_Strict):
    retry_after: NonNegativeInt | None = None
    """Seconds in the Retry-After header; None: the header is left out."""


class RateLimited(_Rule):
    kind: Literal["rate_limited"]
    parameters: _RateLimit = _RateLimit()


class _Status(_Strict):
    status: Literal[500, 502, 503, 504, 529] = 500


class ServerError(_Rule):
    kind: Literal["server_error"]
    parameters: _Status = _Status()


class _Truncation(_Strict):
    how: Literal["body", "no_next_page", "flag"] = "body"


class TruncatedPage(_Rule):
    """Half a page: `body` cuts the JSON, `no_next_page` says has_more without a token, `flag` says truncated: true."""

    kind: Literal["truncated_page"]
    parameters: _Truncation = _Truncation()

    @model_validator(mode="after")
    def _fits_the_provider(self) -> Self:
        if self.parameters.how == "flag" and (self.provider, self.endpoint) != ("openrouter", "analytics"):
            raise ValueError("only openrouter's analytics have a truncated flag: name that provider and endpoint")
        if self.parameters.how == "no_next_page" and self.provider == "openrouter":
            raise ValueError("openrouter has no pages")
        return self


class _Emptiness(_Strict):
    until: AwareDatetime | None = None


class EmptyAnswer(_Rule):
    """As if nothing had ever been used, until that instant of the sandbox's clock."""

    kind: Literal["empty_answer"]
    parameters: _Emptiness = _Emptiness()


class _Spelling(_Strict):
    spelled: Literal["string", "number"] = "string"


class StringCounts(_Rule):
    """Counts as "1523" or as 1523. OpenRouter's analytics spell them as strings without a rule."""

    kind: Literal["string_counts"]
    parameters: _Spelling = _Spelling()


class _Delay(_Strict):
    delay_ms: PositiveInt


class Slow(_Rule):
    kind: Literal["slow"]
    parameters: _Delay


class _Pages(_Strict):
    pages: NonNegativeInt = 0


class CrashAfterPages(_Rule):
    """The connection breaks in the middle of an answer, after so many whole ones (counted from `from_request`)."""

    kind: Literal["crash_after_pages"]
    parameters: _Pages = _Pages()


class _ScopeStatus(_Strict):
    status: Literal[401, 403]


class ScopeStatus(_Rule):
    """The status of a missing scope. OpenAI has been seen to answer 401, which is what it is without a rule."""

    kind: Literal["scope_status"]
    parameters: _ScopeStatus


class Forbidden(_Rule):
    """A good key lacks the permission for this endpoint."""

    kind: Literal["forbidden"]
    parameters: _ScopeStatus


class Oddity(_Rule):
    """Shapes that real answers have had, or could have.

    A page's own token as the next one; more cached than prompt tokens; fields that are not there yet; the tagged id of
    the default workspace where null is expected; empty buckets left out. Of costs: amounts as text at OpenAI; a list of
    pages that has no last one; a line that is not for tokens.
    """

    kind: Literal[
        "repeated_page_token",
        "cached_exceeds_prompt",
        "absent_new_fields",
        "default_workspace",
        "no_empty_buckets",
        "string_amounts",
        "pages_past_the_end",
        "tool_costs",
    ]
    parameters: _Strict = _Strict()


Rule = Annotated[
    LateRows
    | Revision
    | Reattribution
    | RateLimited
    | ServerError
    | TruncatedPage
    | EmptyAnswer
    | StringCounts
    | Slow
    | CrashAfterPages
    | ScopeStatus
    | Forbidden
    | Oddity,
    Field(discriminator="kind"),
]


def unix_ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
