"""URLs of notification targets: kinds, options, and what is shown of them."""

import pytest
from pydantic import SecretStr

from core.target_urls import TargetKind, UnusableTargetError, parse_target

SLACK = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TELEGRAM = "123456789:AAFabcdefghijklmnopqrstuvwxyz123456/12315544"


@pytest.mark.parametrize(
    ("url", "kind", "masked", "host"),
    [
        ("mailtos://me:hunter2@smtp.example.org:587?to=a@b.org&mode=starttls", "mail", "a@b.org by smtp.example.org",
         "smtp.example.org"),
        ("mailto://me:hunter2@example.org?smtp=127.0.0.1&to=a@b.org", "mail", "a@b.org by 127.0.0.1", "127.0.0.1"),
        ("jsons://me:hunter2@hooks.example.org:8443/hunter2?+X-Token=hunter2", "webhook", "jsons://hooks.example.org/…",
         "hooks.example.org"),
        ("JSON://127.0.0.1/", "webhook", "json://127.0.0.1/…", "127.0.0.1"),
        (f"slack://{SLACK}", "slack", "slack …i7FQ", None),
        (f"https://hooks.slack.com/services/{SLACK}", "slack", "slack …i7FQ", None),
        (f"discord://{DISCORD}", "discord", "discord …", None),
        (f"https://discord.com/api/webhooks/{DISCORD}", "discord", "discord …V_js", None),
        ("workflows://prod.westus.logic.azure.com:443/WORKFLOW/hunter2", "teams",
         "workflows://prod.westus.logic.azure.com/…", "prod.westus.logic.azure.com"),
        ("ntfy://hunter2", "ntfy", "ntfy …", None),
        ("ntfys://ntfy.example.org/hunter2", "ntfy", "ntfys://ntfy.example.org/…", "ntfy.example.org"),
        (f"tgram://{TELEGRAM}/", "telegram", "telegram …5544", None),
    ],
)  # fmt: skip
def test_a_target_is_known_by_its_kind_and_shown_without_its_secret(
    url: str, kind: TargetKind, masked: str, host: str | None
) -> None:
    target = parse_target(SecretStr(url))
    assert (target.kind, target.masked, target.host) == (kind, masked, host)
    assert "hunter2" not in repr(target)


@pytest.mark.parametrize(
    "url",
    [
        "", "hunter2", "file:///etc/hunter2", "https://hooks.example.org/hunter2", "http://169.254.169.254/hunter2",
        "dbus://hunter2", "syslog://hunter2", "xml://127.0.0.1/hunter2", "form://127.0.0.1/hunter2", "jsons://",
        "jsons://a.example/ jsons://b.example/hunter2", "jsons://a.example/\nhunter2", "slack://hunter2",
        "jsons://a.example/?redirect=hunter2", "jsons://a.example/?method=hunter2", "jsons://a.example/?:a=hunter2",
        "jsons://a.example/?verify=hunter2", "workflows://a.example/b/c?template=/etc/hunter2",
        "mailto://me:hunter2@example.org?pgp=yes&pgpkey=/etc/hunter2", "mailto://me:x@example.org?bcc=hunter2@b.org",
        "ntfys://a.example/b?attach=http://169.254.169.254/hunter2", "ntfys://a.example/b/hunter2",
        "mailto://me:hunter2@example.org?to=a@b.org,c@d.org", f"slack://{SLACK}/#hunter2/#other",
        "jsons://a.example/" + "hunter2" * 300,
    ],
)  # fmt: skip
def test_what_is_no_target_of_one_known_kind_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UnusableTargetError) as refusal:
        parse_target(SecretStr(url))
    assert "hunter2" not in refusal.value.sentence
