"""Provider sandboxes and an API that reads them."""

from collections.abc import Iterator

import httpx
import pytest

from app.api.application import create_api
from app.context import ServerContext
from core.clock import FixedClock
from core.database import Database, DatabaseUrls, create_database
from core.ids import random_token
from core.secret_store import secret_store
from core.settings import Settings
from ingestion.providers.registry import usage_providers
from tests.app.api.mapped import Mapped, a_mapped_organization
from tests.app.serving import serving
from tests.app.tenants import PUBLIC_URL, Tenant, a_tenant
from tests.conftest import NOON, _drop
from tests.sandbox_process import SandboxHandle, admin_key, an_account, start_sandbox

PROJECT_KEY = "sk-proj-sandbox-project-0001"
NO_SCOPE_KEY = "sk-admin-sandbox-no-scope-0001"
REVOKED_KEY = "sk-admin-sandbox-revoked-0001"
SECOND_KEY = "sk-admin-sandbox-second-0001"
OTHER_ACCOUNT_KEY = "sk-admin-sandbox-other-0001"


@pytest.fixture(scope="package")
def sandbox_process() -> Iterator[SandboxHandle]:
    keys = [
        {"key": admin_key("openai"), "kind": "admin"},
        {"key": SECOND_KEY, "kind": "admin"},
        {"key": PROJECT_KEY, "kind": "project"},
        {"key": NO_SCOPE_KEY, "kind": "no_scope"},
        {"key": REVOKED_KEY, "kind": "revoked"},
    ]
    other = [{"key": OTHER_ACCOUNT_KEY, "kind": "admin"}]
    accounts = [
        an_account("openai", keys=keys),
        an_account("openai", organization_id="org-other", keys=other),
        an_account("anthropic"),
        an_account("openrouter"),
    ]
    with start_sandbox({"accounts": accounts}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: SandboxHandle) -> SandboxHandle:
    """The three providers at noon, without faults."""
    sandbox_process.set_clock(NOON)
    sandbox_process.clear_faults()
    return sandbox_process


@pytest.fixture
def provider_settings(settings: Settings, sandbox: SandboxHandle) -> Settings:
    urls = sandbox.base_urls
    return settings.model_copy(
        update={
            "openai_base_url": urls.openai,
            "anthropic_base_url": urls.anthropic,
            "openrouter_base_url": urls.openrouter,
        }
    )


@pytest.fixture
def provider_context(provider_settings: Settings, database: Database, clock: FixedClock) -> ServerContext:
    """A fresh database, and the sandbox as its providers."""
    secrets = secret_store(provider_settings)
    return ServerContext(provider_settings, database, secrets, usage_providers(provider_settings), clock)


@pytest.fixture
def connecting(provider_context: ServerContext) -> Iterator[httpx.Client]:
    """A client of a real server that reads the sandbox."""
    with serving(create_api(provider_context)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture
def ada(provider_context: ServerContext) -> Tenant:
    return a_tenant(provider_context.database, "Ada", now=NOON)


@pytest.fixture
def mapped(api: httpx.Client, context: ServerContext, clock: FixedClock) -> Mapped:
    return a_mapped_organization(api, context, clock)


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, template_database: str) -> Iterator[Mapped]:
    """One for many tests: of what is refused, and of what none of them minds."""
    name = f"test_{random_token()[:12].lower().replace('-', '_')}"
    settings = Settings(
        home=tmp_path_factory.mktemp("standing") / "home", public_url=PUBLIC_URL, password_memory_mib=8, _env_file=None
    )
    clock = FixedClock(NOON)
    with Database(DatabaseUrls(admin=create_database(postgres_url, name, template=template_database))) as database:
        context = ServerContext(settings, database, secret_store(settings), {}, clock)
        with serving(create_api(context)) as url, httpx.Client(base_url=url, timeout=60) as client:
            yield a_mapped_organization(client, context, clock)
    _drop(postgres_url, name)
