"""`moderation doctor` beside the store: the model, receivers, policies."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from moderation.defaults import CONFIG_DIR
from moderation.services.findings import Level
from tests.integration.test_doctor import looked
from tests.receiver import receiving
from tests.servers import free_port

_MODEL = Path(__file__).parents[2] / "moderation" / "models" / "compact-en"


async def test_a_model_whose_files_changed_is_found(tmp_path: Path) -> None:
    for name in ("model.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((_MODEL / name).read_bytes())
    weights = bytearray((_MODEL / "model.onnx").read_bytes())
    weights[-1] ^= 1
    (tmp_path / "model.onnx").write_bytes(weights)
    found = await looked(None, scorer__spec=f"onnx:{tmp_path}", shadow__spec="onnx")
    assert (found["model"][0].level, "model.onnx" in found["model"][0].found) == (Level.FAIL, True)
    assert found["shadow model"][0].level is Level.OK
    tight = await looked(None, scorer__spec="onnx", scorer__max_rss_mb=64)
    assert "over scorer.max_rss_mb" in tight["model"][0].found


async def test_receivers_are_asked_for_nothing_but_whether_they_are_there() -> None:
    gone = free_port()
    async with receiving() as receiver:
        origins = [f"http://127.0.0.1:{gone}", "http://127.0.0.2:1"]
        found = await looked(
            None,
            scorer__spec="python:tests.fakes.mild_scorer:make",
            callbacks__allow_private_hosts=[f"127.0.0.1:{receiver.port}", f"127.0.0.1:{gone}"],
            sites__news__callback_url=receiver.url,
            sites__news__callback_origins=origins,
        )
    by_origin = {one.found.split(" ")[0].rstrip(":"): one for one in found["callbacks"]}
    assert by_origin[f"http://127.0.0.1:{receiver.port}"].level is Level.OK
    assert by_origin[f"http://127.0.0.1:{gone}"].found.endswith("no connection")
    assert "allow_private_hosts" in by_origin["http://127.0.0.2:1"].remedy


@asynccontextmanager
async def unknown_authority(directory: Path) -> AsyncIterator[int]:
    """Serve HTTPS with a certificate that nobody vouches for; yield the port."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    pem = directory / "own.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    runner = web.AppRunner(web.Application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def test_a_receiver_that_nobody_vouches_for_is_found(tmp_path: Path) -> None:
    async with unknown_authority(tmp_path) as port:
        found = await looked(
            None,
            scorer__spec="python:tests.fakes.mild_scorer:make",
            callbacks__allow_private_hosts=[f"127.0.0.1:{port}"],
            sites__news__callback_url=f"https://127.0.0.1:{port}/hook",
        )
    (finding,) = found["callbacks"]
    assert (finding.level, "certificate" in finding.found) == (Level.FAIL, True)


async def test_policies_that_cannot_be_read_or_are_missing_are_found(tmp_path: Path) -> None:
    spec = {"scorer__spec": "python:tests.fakes.mild_scorer:make"}
    odd = await looked(None, **spec, sites__news__policy="other")
    assert (odd["policies"][0].level, "other" in odd["policies"][0].found) == (Level.WARN, True)
    (tmp_path / "default.toml").write_text("thresholds = 3")
    bad = await looked(None, **spec, policies_dir=str(tmp_path))
    assert (bad["policies"][0].level, "default.toml" in bad["policies"][0].found) == (
        Level.FAIL,
        True,
    )
    assert json.dumps(bad["policies"][0].to_dict())
    assert (CONFIG_DIR / "policies").is_dir()
