"""The plugin's pages in WordPress' administration, and what is left when it is uninstalled."""

from __future__ import annotations

import html
import re

import aiohttp

from tests import service_kit as kit
from tests.service_kit import SECRET
from tests.wordpress.conftest import Start
from tests.wordpress.site import WordPress

_PAGE = "/wp-admin/options-general.php?page=comment-moderation"


async def shown(browser: aiohttp.ClientSession, path: str) -> str:
    async with browser.get(path) as answer:
        assert answer.status == 200
        return html.unescape(await answer.text())


async def saved(browser: aiohttp.ClientSession, page: str, **changes: str) -> int:
    hidden = re.findall(r"<input type=['\"]hidden['\"] [^>]*>", page)
    named = (re.findall(r" (?:name|value)=['\"]([^'\"]*)['\"]", one) for one in hidden)
    fields = dict(pair for pair in named if len(pair) == 2)
    form = fields | {f"comment_moderation_service[{name}]": to for name, to in changes.items()}
    async with browser.post("/wp-admin/options.php", data=form) as answer:
        return answer.status


async def test_settings_are_changed_by_who_may_and_secrets_are_not_shown(
    site: WordPress, start: Start
) -> None:
    async with site.signed_in() as browser:
        away = await shown(browser, _PAGE)
        assert "does not answer as it should (0)" in away
        async with start():
            page = await shown(browser, _PAGE)
            assert "The service answers." in page
            assert site.callback_url in page
            assert SECRET not in page
            assert "k" * 32 not in page
            assert await saved(browser, page, key="x" * 32) == 200
            refused = await shown(browser, _PAGE)
            assert "refuses the key" in refused

        address = re.findall(r'type="url" value="([^"]+)"', refused)[0]
        await saved(browser, refused, address="ftp://elsewhere", secret="whsec_short", wait="99")
        page = await shown(browser, _PAGE)
        assert f'type="url" value="{address}"' in page
        assert 'type="number" value="5"' in page
        kept = site.php("return Comment_Moderation\\Settings::secrets();")
        assert kept == [SECRET]

        unsigned = page.replace("_wpnonce", "_none")
        assert await saved(browser, unsigned, address="https://elsewhere.example") == 403
    async with aiohttp.ClientSession(site.url) as stranger:
        await saved(stranger, page, address="https://elsewhere.example")
    assert site.php("return Comment_Moderation\\Settings::get('address');") == address


async def test_the_list_of_comments_says_why_one_is_held(site: WordPress, start: Start) -> None:
    text = kit.texts(60, held=True)[-1]
    async with start(), site.signed_in() as browser:
        await site.by_form(text)
        page = await shown(browser, "/wp-admin/edit-comments.php?comment_status=moderated")
    assert re.search(r"<td class='comment_moderation column-[^>]*>Held: ", page)


async def test_nothing_is_left_when_it_is_uninstalled(site: WordPress, start: Start) -> None:
    count = """
        global $wpdb; wp_cache_flush();
        return (int) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->options
            WHERE option_name LIKE 'comment_moderation_%'")
        + (int) $wpdb->get_var("SELECT COUNT(*) FROM $wpdb->commentmeta
            WHERE meta_key LIKE '_comment_moderation_%'")
        ;"""
    await site.by_form(kit.texts(61, held=True)[-1])
    assert site.php(count) > 2
    file = site.content / "plugins/comment-moderation/uninstall.php"
    site.php(f"define('WP_UNINSTALL_PLUGIN', 1); include '{file}';")
    assert site.php(count) == 0
    assert site.php("return get_option('comment_moderation');") is not False, "WordPress' own"
