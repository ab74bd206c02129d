"""Selectors as people give them: checked before anything is mapped or corrected by them."""

import unicodedata

from ingestion.errors import InvalidSelectorError
from ingestion.usage_row import ProviderName
from ingestion.workloads import WHOLE_ACCOUNT, Selector

_LONGEST_ID = 300
_NO_ID = frozenset({"Cc", "Cs"})


def checked_selector(selector: Selector, provider: ProviderName) -> Selector:
    """The selector itself; a provider's id is taken as it is, whether it was seen or not.

    Raises InvalidSelectorError if its value cannot be an id, or the provider does not tell usage apart by it.
    """
    kind, value = selector
    if kind == "account" and selector != WHOLE_ACCOUNT:
        raise InvalidSelectorError(f"The whole account is selected by the value {WHOLE_ACCOUNT.value}.")
    if kind == "api_key" and provider == ProviderName.OPENROUTER:
        raise InvalidSelectorError(
            "OpenRouter does not say which key used what. Select by workspace, or the whole account."
        )
    if kind != "account" and value == WHOLE_ACCOUNT.value:
        raise InvalidSelectorError("(all) selects the whole account: its kind is account.")
    if not 1 <= len(value) <= _LONGEST_ID or any(unicodedata.category(character) in _NO_ID for character in value):
        raise InvalidSelectorError(f"A provider's id has 1 to {_LONGEST_ID} characters and no control characters.")
    return selector
