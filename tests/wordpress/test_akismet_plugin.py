"""WordPress' bundled Akismet plugin, unmodified, at Akismet's own address: a client of nobody here.

WordPress runs in a network of its own, where `rest.akismet.com` is this service.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from moderation.store import api_keys
from moderation.store.log import SERVICE
from tests.clients.at_host import at_host
from tests.web.kit import serving
from tests.wordpress.site import WordPress

_DOCUMENT = Path(__file__).parents[2] / "docs/akismet.md"
#: What a site has of its own: which CA it trusts, its key, and no other plugin.
_OWN = """<?php
define('MODERATION_KEY', getenv('KEY'));
add_filter('http_request_args', function ($args) {
    $args['sslcertificates'] = getenv('SSL_CERT_FILE'); return $args;
});
add_filter('option_active_plugins', fn() => ['akismet/akismet.php']);
"""
_COMMENT = """
$said = fn($text) => wp_new_comment(['comment_post_ID' => 1, 'comment_content' => $text,
    'comment_author' => 'Bo', 'comment_author_email' => 'bo@example.org',
    'comment_author_url' => '', 'comment_author_IP' => '203.0.113.7', 'comment_agent' => 'test',
    'comment_type' => 'comment', 'comment_parent' => 0, 'user_id' => 0]);
$ids = array_map($said, ['what a fine day', 'you are an idiot', 'you are a proper idiot']);
$verified = Akismet::verify_key(Akismet::get_api_key());
return [$verified, $ids, array_map('wp_get_comment_status', $ids)];
"""
_RECHECK = """
Akismet::cron_recheck();
return array_map('wp_get_comment_status', json_decode(getenv('IDS')));
"""
_REPORT = """
wp_set_current_user(1);
$_POST['comment_status'] = 'spam';
return wp_spam_comment(json_decode(getenv('IDS'))[2]);
"""


@pytest.fixture
def akismet(site: WordPress) -> Iterator[WordPress]:
    """A site with Akismet's plugin alone, set up as the document says."""
    (snippet,) = re.findall(r"```php\n(.*?)```", _DOCUMENT.read_text(), re.DOTALL)
    added = {"a-site.php": _OWN, "akismet-here.php": snippet}
    for name, text in added.items():
        (site.content / "mu-plugins" / name).write_text(text)
    yield site
    for name in added:
        (site.content / "mu-plugins" / name).unlink()


async def test_it_checks_holds_rechecks_and_reports(
    akismet: WordPress, embedded_url: str, tmp_path: Path
) -> None:
    chosen = {"wait_s": 30, "true_for": "rejected"}
    async with serving(embedded_url, akismet=chosen) as service:
        key = await api_keys.add(
            service.store, "default", api_keys.SCOPES, "akismet", 0, by=SERVICE
        )
        async with at_host(service, "rest.akismet.com", tmp_path) as there:

            async def run(code: str, **environ: str) -> Any:
                environ |= {"KEY": key}
                return await asyncio.to_thread(akismet.php, code, *there, **environ)

            verified, ids, statuses = await run(_COMMENT)
            assert verified == "valid"
            assert statuses == ["approved", "unapproved", "unapproved"]
            held = (await service.ask("GET", "/v1/queue", scope="moderate")).body["comments"]
            assert {one["text"] for one in held} == {"you are an idiot", "you are a proper idiot"}

            (first,) = (one for one in held if one["text"] == "you are an idiot")
            said = {"decision": "approve", "actor": {"id": "m-2"}}
            seen = {"If-Match": f'"{first["version"]}"'}
            path = f"/v1/comments/{first['id']}/decision"
            assert (
                await service.ask("POST", path, said, scope="moderate", headers=seen)
            ).status == 200
            rechecked = await run(_RECHECK, IDS=str(ids))
            assert rechecked == ["approved", "approved", "unapproved"]

            assert await run(_REPORT, IDS=str(ids))
            (second,) = (one for one in held if one["text"] != "you are an idiot")
            now = (await service.ask("GET", f"/v1/comments/{second['id']}")).body
            assert (now["decision"], now["decided_by"]) == ("reject", "person")
            assert now["reasons"][0]["label"] == "spam"
