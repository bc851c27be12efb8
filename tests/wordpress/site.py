"""A real WordPress on loopback: PHP's own server, SQLite, and the plugin from its zip."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from deploy.wordpress.__main__ import write
from moderation.store.server_command import bound
from tests.servers import free_port
from tests.wordpress import parts

_HERE = Path(__file__).parent
_UP_S = 60
#: The administrator's; install.php has it too.
PASSWORD = "a fine day in may"
#: Readers may comment through the REST API, and as fast as a test does.
_TESTS_PLUGIN = """<?php
add_filter( 'rest_allow_anonymous_comments', '__return_true' );
add_filter( 'comment_flood_filter', '__return_false' );
"""
_AUTHOR = {"author_name": "Bo", "author_email": "bo@example.org"}


@dataclass(frozen=True)
class WordPress:
    """`password`: an application password of the administrator `ada`."""

    url: str
    www: Path
    content: Path
    password: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """What its wp-config.php reads."""
        own = {"WORDPRESS_URL": self.url, "WORDPRESS_CONTENT": str(self.content)}
        return {**os.environ, **own, "WORDPRESS_WWW": str(self.www)}

    @property
    def callback_url(self) -> str:
        """Where the plugin listens."""
        return f"{self.url}/index.php?rest_route=/comment-moderation/v1/callback"

    def php(self, code: str, *before: str, **environ: str) -> Any:
        """Run PHP inside WordPress, behind a command; return what it gives back, through JSON."""
        load = "require getenv('WORDPRESS_WWW') . '/wp-load.php';"
        run = f'{load} echo "\\n" . wp_json_encode((function () {{ {code} }})());'
        command = [*before, *_command(), "-r", run]
        return self._said(command, environ)

    def install(self) -> str:
        """Install it; return an application password."""
        return str(self._said([*_command(), str(_HERE / "install.php")], {}))

    def _said(self, command: list[str], environ: dict[str, str]) -> Any:
        done = subprocess.run(
            command, env={**self.environ, **environ}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        return json.loads(done.stdout.strip().splitlines()[-1])

    def comment(self, number: int) -> dict[str, Any]:
        """Return a comment's status, text and what the plugin keeps of it."""
        found: dict[str, Any] = self.php(
            "$id = (int) getenv('COMMENT'); wp_cache_flush();"
            "return ['status' => wp_get_comment_status($id),"
            "'text' => get_comment($id)->comment_content,"
            "'meta' => array_map(fn($one) => $one[0], get_comment_meta($id) ?: [])];",
            COMMENT=str(number),
        )
        return found

    def set(self, **settings: str) -> None:
        """Change settings of the plugin."""
        self.php(
            "update_option('comment_moderation_service', json_decode(getenv('CHANGES'), true)"
            " + get_option('comment_moderation_service', []));",
            CHANGES=json.dumps(settings),
        )

    def newest(self) -> int:
        """Return the number of the newest comment."""
        return int(
            self.php(
                'global $wpdb;return $wpdb->get_var("SELECT MAX(comment_ID) FROM $wpdb->comments");'
            )
        )

    async def by_form(self, text: str) -> int:
        """Comment as a visitor does, and return the comment's number."""
        form = {
            "comment": text,
            "author": "Bo",
            "email": _AUTHOR["author_email"],
            "comment_post_ID": "1",
        }
        async with (
            aiohttp.ClientSession() as visitor,
            visitor.post(
                f"{self.url}/wp-comments-post.php", data=form, allow_redirects=False
            ) as answer,
        ):
            assert answer.status == 302, (await answer.text())[-2000:]
        return self.newest()

    async def by_rest(self, text: str) -> int:
        """Comment through the REST API without an account."""
        said = {"post": 1, "content": text, **_AUTHOR}
        return int((await self._rest("/wp/v2/comments", said, {}))["id"])

    async def as_ada(self, number: int, **changes: Any) -> None:
        """Change a comment as the administrator."""
        proof = {"Authorization": aiohttp.encode_basic_auth("ada", self.password)}
        await self._rest(f"/wp/v2/comments/{number}", changes, proof)

    async def _rest(self, route: str, body: Any, headers: dict[str, str]) -> Any:
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(self.url, params={"rest_route": route}, json=body) as answer,
        ):
            assert answer.status in {200, 201}, (await answer.text())[-2000:]
            return await answer.json()

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Yield the administrator's browser."""
        jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name
        async with aiohttp.ClientSession(self.url, cookie_jar=jar) as browser:
            form = {"log": "ada", "pwd": PASSWORD, "testcookie": "1"}
            browser.cookie_jar.update_cookies({"wordpress_test_cookie": "WP%20Cookie%20check"})
            async with browser.post("/wp-login.php", data=form, allow_redirects=False) as answer:
                assert answer.status == 302, (await answer.text())[-2000:]
            yield browser

    async def cron(self) -> None:
        """Have WordPress' own cron do the plugin's work now."""
        self.php(
            "$hook = 'comment_moderation_recheck'; wp_clear_scheduled_hook($hook);"
            "wp_schedule_event(time() - 1, 'comment_moderation', $hook);"
        )
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/wp-cron.php") as answer:
            assert answer.status == 200


def _command() -> list[str]:
    return [parts.php(), "-d", "variables_order=EGPCS", "-d", "sendmail_path=/bin/true"]


@contextmanager
def wordpress(directory: Path) -> Iterator[WordPress]:
    """Install and serve a WordPress."""
    www, sqlite = parts.fetched()
    site = WordPress(f"http://127.0.0.1:{free_port()}", www, directory / "content")
    _fill(site.content, www, sqlite, directory)
    site = WordPress(site.url, www, site.content, site.install())
    address = site.url.removeprefix("http://")
    with (directory / "php.log").open("wb") as log:
        server = subprocess.Popen(
            bound([*_command(), "-S", address, "-t", str(www)]),
            env={**site.environ, "PHP_CLI_SERVER_WORKERS": "4"},
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_up(site.url)
        yield site
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # the server's workers are its group
        server.wait()


def _fill(content: Path, www: Path, sqlite: Path, directory: Path) -> None:
    for name in ("plugins", "mu-plugins", "themes", "uploads", "database"):
        (content / name).mkdir(parents=True)
    shutil.copytree(www / "wp-content/plugins/akismet", content / "plugins/akismet")
    (content / "mu-plugins/tests.php").write_text(_TESTS_PLUGIN)
    drop_in = (sqlite / "db.copy").read_text()
    (content / "db.php").write_text(
        drop_in.replace("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", str(sqlite))
    )
    write(directory / "plugin.zip")
    with zipfile.ZipFile(directory / "plugin.zip") as plugin:
        plugin.extractall(content / "plugins")


def _wait_until_up(url: str) -> None:
    import urllib.error
    import urllib.request

    deadline = time.monotonic() + _UP_S
    while True:
        try:
            urllib.request.urlopen(f"{url}/wp-cron.php", timeout=_UP_S).close()
        except urllib.error.URLError:
            assert time.monotonic() < deadline, "WordPress did not come up"
            time.sleep(0.1)
        else:
            return
