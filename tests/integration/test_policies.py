"""Policies: seeded from files once, applied as new versions, seen by a running worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from moderation.domain.errors import InvalidError, NotFoundError
from moderation.services.policies import read_policies, seed
from moderation.store import policies
from moderation.store.log import SERVICE
from tests import service_kit as kit
from tests.service_kit import POLICY, Service, service, until

STRICT = POLICY.model_copy(update={"thresholds": {"toxicity": 0.0, "insult": 0.0}})


def written(directory: Path, **sources: str) -> Path:
    """Write policy files, `name` → thresholds and the rest."""
    for name, source in sources.items():
        (directory / f"{name}.toml").write_text(f'name = "{name}"\n{source}')
    return directory


async def test_a_file_seeds_once_and_a_change_of_it_is_reported(
    embedded_url: str, tmp_path: Path
) -> None:
    written(tmp_path, mild="thresholds = {toxicity = 0.9}", sharp="thresholds = {toxicity = 0.1}")
    async with service(embedded_url) as s:
        assert await seed(s.store, tmp_path) == []
        assert await seed(s.store, tmp_path) == []
        written(tmp_path, mild="thresholds = {toxicity = 0.8}")
        assert await seed(s.store, tmp_path) == ["mild"]
        policy, version = await policies.current(s.store, "mild")
        assert (policy.thresholds, version) == ({"toxicity": 0.9}, 1)
        assert await policies.listed(s.store) == [
            ("default", 1, 1), ("mild", 1, 1), ("sharp", 1, 1)
        ]  # fmt: skip


async def test_an_applied_version_decides_from_then_on(embedded_url: str) -> None:
    text = kit.texts(1)[0]
    async with service(embedded_url) as s:
        await s.work()
        first = await s.submit(text, "1")
        assert (await s.decided([first["id"]]))[0]["decision"] == "approve"
        assert await policies.apply(s.store, STRICT, by=SERVICE) == 2
        assert await policies.apply(s.store, STRICT, by=SERVICE) == 2
        await until(lambda: decides_by(s, 2))
        later = await s.submit(text, "2")
        [decided] = await s.decided([later["id"]])
        assert decided["decision"] == "hold"
        assert decided["policy"] == {"name": "default", "version": 2}
        assert (await s.answer(first["id"]))["policy"] == {"name": "default", "version": 1}
        assert await policies.version(s.store, "default", 1) == POLICY


async def decides_by(s: Service, version: int) -> bool:
    return (await s.book.for_site(kit.SITE))[1] == version


async def test_a_site_has_its_own_policy_and_an_unknown_one_is_not_found(
    embedded_url: str,
) -> None:
    changes = {f"sites.{kit.OTHER_SITE}.policy": "elsewhere"}
    async with service(embedded_url, changes) as s:
        assert await s.book.for_site(kit.SITE) == (POLICY, 1)
        with pytest.raises(NotFoundError, match="elsewhere"):
            await s.book.for_site(kit.OTHER_SITE)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"thresholds = {toxicity = 2}", r"(?s)bad\.toml: .*name.*thresholds\.toxicity"),
        (b"name = ", r"bad\.toml: not TOML"),
        (b'name = "\xff"', r"bad\.toml: not UTF-8"),
        (b'name = "mild"\nthresholds = {toxicity = 0.5}', "same name"),
    ],
)
def test_a_bad_file_is_named_with_its_faults(tmp_path: Path, content: bytes, fault: str) -> None:
    written(tmp_path, mild="thresholds = {toxicity = 0.5}")
    (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(InvalidError, match=fault):
        read_policies(tmp_path)
