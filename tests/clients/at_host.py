"""The service at the address that a client has fixed, as the client sees it."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from moderation.web.server import create_api, create_runner
from tests.requirements import require
from tests.web.kit import Service


@asynccontextmanager
async def at_host(service: Service, host: str, tmp_path: Path) -> AsyncIterator[list[str]]:
    """Yield the beginning of a command that runs where the service is at `host`, by TLS."""
    require("unshare")
    certificate, private = tmp_path / "ca.pem", tmp_path / "key.pem"
    names = f"subjectAltName=DNS:{host}"
    subprocess.run(  # noqa: ASYNC221 - nothing else runs yet
        [require("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={host}", "-addext", names, "-keyout", private, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, private)
    runner = create_runner(create_api(service.context), drain_s=2)
    await runner.setup()
    socket = str(tmp_path / "tls")
    await web.UnixSite(runner, socket, ssl_context=context).start()
    yield [
        "unshare", "--net", "--mount", "--map-root-user",
        "env", *(f"{name}={certificate}" for name in (
            "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPLIB2_CA_CERTS", "NODE_EXTRA_CA_CERTS")),
        sys.executable, "-m", "tests.clients.fixed_host", socket, host,
    ]  # fmt: skip
    await runner.cleanup()
