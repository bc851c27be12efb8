"""The settings: the layers, the refusal that lists every fault, and what is never shown."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from moderation.configuration import SettingsError, load
from moderation.defaults import CONFIG_FILE
from moderation.settings import Settings
from moderation.store import decisions
from tests.settings_reference import END, PAGE, START, table, toml_file

SECRET = "whsec_" + "c2VjcmV0" * 4
KEY = "s3cret-" * 4


@pytest.fixture
def toml(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "own.toml"
        file.write_text(text)
        return file

    return write


def refused(config: Path | None, environ: dict[str, str]) -> list[tuple[str, str, str]]:
    with pytest.raises(SettingsError) as error:
        load(config, environ)
    faults = error.value.faults
    assert str(error.value).count("\n") == len(faults)
    return [(fault.key, fault.where, fault.message) for fault in faults]


def test_the_file_that_ships_says_what_the_code_defaults_to():
    values = tomllib.loads(CONFIG_FILE.read_text())
    assert Settings.model_validate(values) == load(None, {}) == Settings()
    assert CONFIG_FILE.read_text() == toml_file(), "run python -m tests.settings_reference"


def test_the_example_in_it_is_accepted_once_its_secrets_are_filled_in():
    text = CONFIG_FILE.read_text().replace("whsec_…", SECRET)
    text = re.sub(r'(secret|key) = ".*…"', rf'\1 = "{KEY * 2}"', text)
    text = re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    with pytest.raises(ValidationError, match="2 validation errors"):
        Settings.model_validate(tomllib.loads(text.replace(KEY * 2, KEY[:23])))
    [site] = Settings.model_validate(tomllib.loads(text)).sites.values()
    assert site.allows_callback("https://cms.example/other")


def test_the_reference_lists_every_key_as_it_is():
    page = PAGE.read_text()
    written = page.partition(START)[2].partition(END)[0]
    assert written == table(), "run python -m tests.settings_reference"


def test_each_layer_lies_over_the_one_before(toml):
    own = toml("[api]\nport = 1\nhost = '::1'\n[ops]\nport = 2\n[scorer]\nthreads = 2\n")
    environ = {"MODERATION_API__PORT": "3", "MODERATION_OPS__PORT": "4", "PATH": "/bin"}
    settings = load(own, environ, {"ops.port": 5, "ops.host": None})
    assert (settings.api.host, settings.api.port) == ("::1", 3)
    assert (settings.ops.host, settings.ops.port) == ("127.0.0.1", 5)
    assert (settings.scorer.threads, settings.scorer.spec) == (2, "onnx")


def test_the_environment_gives_lists_and_tables_as_json(toml):
    own = toml("[sites.main]\npolicy = 'strict'\n")
    settings = load(
        own,
        {
            "MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS": '["10.0.0.0/8", "[::1]:80", "cms:8000"]',
            "MODERATION_WORKER__RESCORE_BACKOFF_S": "[1, 2.5]",
            "MODERATION_SITES": f'{{"blog": {{"webhook_secrets": ["{SECRET}"]}}}}',
            "MODERATION_SITES__MAIN__CALLBACK_SECRETS": f'["{SECRET}"]',
        },
    )
    assert settings.callbacks.allow_private_hosts == ("10.0.0.0/8", "[::1]:80", "cms:8000")
    assert settings.worker.rescore_backoff_s == (1.0, 2.5)
    assert settings.sites["blog"].webhook_secrets[0].get_secret_value() == SECRET
    assert settings.sites["main"].policy == "strict"
    assert len(settings.sites["main"].callback_secrets) == 1


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"REDIS_URL": "redis://one"}, "redis://one"),
        ({"REDIS_URL": ""}, None),
        ({"MODERATION_REDIS_URL": "rediss+sentinel://h:1/s"}, "rediss+sentinel://h:1/s"),
        ({"REDIS_URL": "redis://one", "MODERATION_REDIS_URL": "unix:///two"}, "unix:///two"),
    ],
)
def test_the_redis_url_has_two_names(environ, url):
    found = load(None, environ).redis_url
    assert (found and found.get_secret_value()) == url


def test_one_message_lists_every_fault_with_its_place_and_no_value(toml):
    own = toml(f"""
        tpyo = 1
        [worker]
        lease_s = 1
        heartbeat_s = "s3cret"
        [sites.Main]
        [sites.ok]
        webhook_secrets = ["whsec_s3cret", "s3cret", "whsec_s3crét"]
        callback_url = "https://u:s3cret@x/y"
        callback_origins = ["https://x/s3cret"]
        [[sites.ok.api_keys]]
        name = "a"
        key = "s3cret"
        scopes = ["s3cret"]
        what = "s3cret"
        [sites.two]
        [sites.two."we ird"]
        inner = "{KEY}"
    """)
    environ = {
        "REDIS_URL": "http://s3cret",
        "MODERATION_NOPE": "s3cret",
        "MODERATION_OPS__PORT": "s3cret",
        "MODERATION_QUEUE__SITE_SHARE": "nan",
        "MODERATION_CALLBACKS__BACKOFF_S": "s3cret",
        "MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS": '["s3cret"]',
        "MODERATION_API": "s3cret",
    }
    faults = refused(own, environ)
    mine = str(own)
    assert {fault[:2] for fault in faults} == {
        ("tpyo", mine),
        ("worker.heartbeat_s", mine),
        ("sites.Main", mine),
        *((f"sites.ok.webhook_secrets[{index}]", mine) for index in range(3)),
        ("sites.ok.callback_url", mine),
        ("sites.ok.callback_origins[0]", mine),
        ("sites.ok.api_keys[0].key", mine),
        ("sites.ok.api_keys[0].scopes[0]", mine),
        ("sites.ok.api_keys[0].what", mine),
        ('sites.two."we ird"', mine),
        ("redis_url", "REDIS_URL"),
        ("nope", "MODERATION_NOPE"),
        ("ops.port", "MODERATION_OPS__PORT"),
        ("queue.site_share", "MODERATION_QUEUE__SITE_SHARE"),
        ("callbacks.backoff_s", "MODERATION_CALLBACKS__BACKOFF_S"),
        ("callbacks.allow_private_hosts[0]", "MODERATION_CALLBACKS__ALLOW_PRIVATE_HOSTS"),
        ("api", "MODERATION_API"),
    }
    assert "s3cr" not in str([fault[2] for fault in faults])


@pytest.mark.parametrize(
    "secrets",
    [
        "whsec_s3cret",
        "s3cretc2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
        "whsec_s3crét" * 4,
        "whsec_" + "A" * 120,
    ],
)
def test_a_webhook_secret_is_whsec_and_the_base64_of_24_to_64_bytes(toml, secrets):
    [(key, _, message)] = refused(toml(f"[sites.a]\nwebhook_secrets = ['{secrets}']"), {})
    assert key == "sites.a.webhook_secrets[0]"
    assert "s3cr" not in message


@pytest.mark.parametrize(
    ("settings", "key", "why"),
    [
        ("[worker]\nlease_s = 16.0", "worker", "twice scorer.timeout_s"),
        ("[worker]\nheartbeat_s = 11", "worker.heartbeat_s", "a third"),
        ("[worker]\nbatch = 0", "worker.batch", "greater than or equal"),
        (
            "[callbacks]\nallow_private_hosts = ['10.0.0.1/8']",
            "callbacks.allow_private_hosts[0]",
            "",
        ),
        ("[sites.a.b]\nc = 1", "sites.a.b", "unknown key"),
        ("sites = 3", "sites", "is a table"),
        ("[store]\ndurability = 'never'", "store.durability", "'always', 'everysec'"),
        ("[store]\nsecret = 'short'", "store.secret", "at least 32"),
    ],
)
def test_what_cannot_be_is_refused(toml, settings, key, why):
    [(found, _, message)] = refused(toml(settings), {})
    assert found == key
    assert why in message


def test_keys_are_told_apart(toml):
    one = f"[[sites.a.api_keys]]\nname = 'x'\nkey = '{KEY}'\nscopes = ['submit']\n"
    [(key, _, message)] = refused(toml(one + one.replace("sites.a", "sites.b")), {})
    assert (key, message) == ("sites", "the same API key is listed twice")
    [(key, _, message)] = refused(toml(one + one.replace("s3", "s4")), {})
    assert (key, message) == ("sites.a.api_keys", "two keys have the same name")


def test_no_key_passes_for_the_page(toml):
    key = f"[[sites.a.api_keys]]\nname = '{decisions.PAGE}'\nkey = '{KEY}'\nscopes = ['moderate']\n"
    [(place, _, message)] = refused(toml(key), {})
    assert place.startswith("sites.a.api_keys")
    assert "the moderators' page" in message


@pytest.mark.parametrize("text", ["[api\n", "x = 's3cret", "\xff"])
def test_a_file_that_cannot_be_read_is_one_fault_among_the_others(tmp_path, text):
    own = tmp_path / "own.toml"
    own.write_bytes(text.encode("latin-1"))
    faults = refused(own, {"MODERATION_NOPE": "1"})
    assert [fault[1] for fault in faults] == [str(own), "MODERATION_NOPE"]
    assert "s3cret" not in str(faults)
    assert refused(tmp_path / "absent.toml", {})[0][2] == "No such file or directory"


def test_a_table_in_the_way_is_a_fault():
    faults = refused(None, {"MODERATION_API__PORT__X": "1", "MODERATION_REDIS_URL__A": "1"})
    assert ("api.port", str(CONFIG_FILE), "is a table") in faults


def test_settings_are_frozen_and_hide_their_secrets(toml):
    settings = load(
        toml(f"""
            [store]
            secret = "{KEY * 2}"
            [sites.a]
            webhook_secrets = ["{SECRET}"]
            [[sites.a.api_keys]]
            name = "x"
            key = "{KEY}"
            scopes = ["submit"]
        """),
        {"REDIS_URL": "redis://:s3cret@h"},
    )
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert "s3cret" not in shown
    assert SECRET not in shown
    with pytest.raises(ValidationError):
        settings.api.port = 1


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cms.example/other?x=1", True),
        ("https://CMS.example:443/", True),
        ("https://more.example:8443/hook", True),
        ("http://cms.example/", False),
        ("https://more.example/hook", False),
        ("https://cms.example.evil/", False),
        ("https://cms.example@evil.example/", False),
        ("https://u:p@cms.example/", False),
        ("https://cms.example\\@evil.example/", False),
        ("https://cms.example:99999/", False),
        ("https://[::1", False),
        ("javascript:alert(1)", False),
        ("https://[::1]:8443/", True),
        ("https://ćms.example/", False),
        ("", False),
    ],
)
def test_a_callback_goes_to_a_listed_origin_only(toml, url, allowed):
    site = load(
        toml(f"""
            [sites.a]
            callback_secrets = ["{SECRET}"]
            callback_url = "https://cms.example/moderation"
            callback_origins = ["https://MORE.example:8443", "https://[::1]:8443"]
        """),
        {},
    ).sites["a"]
    assert site.allows_callback(url) is allowed


def test_the_scorer_has_a_process_a_core_up_to_four():
    assert 1 <= load(None, {}).scorer.process_count() <= 4
    assert load(None, {"MODERATION_SCORER__PROCESSES": "7"}).scorer.process_count() == 7


def test_a_hook_is_of_a_site_that_is_there():
    hook = {
        "site": "blog", "map": "form", "proof": "sha256", "header": "X-Signature-256",
        "secrets": [KEY],
    }  # fmt: skip
    assert Settings(sites={"blog": {}}, hooks={"form": hook}).hooks["form"].site == "blog"
    for sites in ({}, {"news": {}}):
        with pytest.raises(ValidationError, match="no such site: blog"):
            Settings(sites=sites, hooks={"form": hook})
