"""How OpenAI says no: {"error": {message, type, param, code}}, all four always there."""

from datetime import datetime

from fastapi import Request

from sandbox.usage.api_error import ApiError
from sandbox.usage.identities import Provider


class OpenAiErrors:
    provider: Provider = "openai"

    def missing_key(self) -> ApiError:
        return _error(
            401, "You didn't provide an API key. You need to provide your API key in an Authorization header."
        )

    def unknown_key(self, key: str) -> ApiError:
        shown = f"{key[:8]}****{key[-4:]}"
        message = f"Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com/account/api-keys."
        return _error(401, message, code="invalid_api_key")

    def wrong_kind(self) -> ApiError:
        return self.missing_scope(None)

    def missing_scope(self, status: int | None) -> ApiError:
        message = (
            "You have insufficient permissions for this operation. Missing scopes: api.usage.read. "
            "Check that you have the correct role in your organization, and if you're using a restricted API key, "
            "that it has the necessary scopes."
        )
        return _error(status or 401, message)

    def bad_request(self, message: str) -> ApiError:
        return _error(400, message)

    def invalid(self, parameter: str, message: str) -> ApiError:
        return _error(400, message, parameter=parameter, code="invalid_value")

    def missing(self, parameter: str) -> ApiError:
        message = f"Missing required parameter: '{parameter}'."
        return _error(400, message, parameter=parameter, code="missing_required_parameter")

    def too_old(self, earliest: datetime) -> ApiError:
        message = (
            "Usage and cost data are available for the past year. "
            f"Earliest supported start date: {earliest:%Y-%m-%d} (UTC)."
        )
        return _error(400, message, code="reporting_lookback_exceeded")

    def not_found(self, request: Request) -> ApiError:
        path = request.url.path.removeprefix("/openai")
        return _error(404, f"Invalid URL ({request.method} {path})")

    def rate_limited(self) -> ApiError:
        return _error(429, "Rate limit reached.", type_="requests", code="rate_limit_exceeded")

    def failed(self, status: int) -> ApiError:
        message = "The server had an error while processing your request. Sorry about that!"
        return _error(status, message, type_="server_error")


def _error(
    status: int,
    message: str,
    *,
    type_: str = "invalid_request_error",
    parameter: str | None = None,
    code: str | None = None,
) -> ApiError:
    return ApiError(status, {"error": {"message": message, "type": type_, "param": parameter, "code": code}})
