"""How the parts of a provider account are called: as each provider calls them."""

from ingestion.workloads import Selector

NONE = "(none)"
_PROJECT_KINDS = {"openai": "Project", "anthropic": "Workspace", "openrouter": "Workspace"}
_PROJECT_NONE = {
    "openai": "Without a project",
    "anthropic": "Default workspace",
    "openrouter": "Without a workspace",
}


def selector_title(selector: Selector, provider: str) -> str:
    """`Whole account`, `Workspace wrkspc_1`, `Key key_7`, or what the provider's null stands for."""
    match selector.kind:
        case "account":
            return "Whole account"
        case "project" if selector.value == NONE:
            return _PROJECT_NONE[provider]
        case "project":
            return f"{_PROJECT_KINDS[provider]} {selector.value}"
        case "api_key" if selector.value == NONE:
            return "Without an API key"
        case _:
            return f"Key {selector.value}"


def project_kind(provider: str) -> str:
    """What the provider calls its own projects: `project` or `workspace`."""
    return _PROJECT_KINDS[provider].lower()
