"""Every setting, its default, its unit and what it means. Frozen; `configuration` loads it.

The field docstrings are the reference: `config/moderation.toml` and the table in
`docs/configuration.md` are made from them.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo, field_validator

from moderation.dialects import Akismet, Coral, Direct, OpenAi, Perspective
from moderation.hooks import Hook, HookName
from moderation.page import Review
from moderation.sites import STRICT, Site, SiteName

_REDIS_URL = re.compile(r"(rediss?(\+sentinel|\+cluster)?|unix)://.+", re.DOTALL)
_HOST_PORT = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}")
_MOST_PROCESSES = 4
_DAY_MS = 86_400_000

Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]
Count = Annotated[int, Field(ge=1)]


def _private_host(value: str) -> str:
    if not _HOST_PORT.fullmatch(value):
        try:
            ip_network(value)
        except ValueError:
            raise ValueError("neither host:port nor a network such as 10.0.0.0/8") from None
    return value


class _Group(BaseModel):
    model_config = STRICT


class Store(_Group):
    """Redis, and what is kept in it."""

    shards: int | None = Field(None, ge=1, le=1024, examples=[1])
    """Into how many parts the keys are spread; unset: 1, in a cluster 16. Fixed once used."""
    durability: Literal["always", "everysec", "replicated"] = "always"
    """When a 2xx is answered: once on the disk, within a second of it, or once replicated."""
    allow_unsafe_server: bool = False
    """Accept a Redis whose append-only file is off, which loses comments when it restarts."""
    start_timeout_s: float = Field(30.0, ge=0)
    """How long a start waits for a Redis that can't be reached (seconds)."""
    secret: SecretStr | None = Field(None, min_length=32, examples=["at least 32 characters …"])
    """The installation's secret for keyed hashes; unset: made once and kept in the store."""


class Api(_Group):
    """The public port."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Port = 8080
    """The port to listen on; 0: any free one."""
    max_body_bytes: int = Field(1_048_576, ge=1024)
    """The longest request body (bytes); a longer one is a 413."""
    body_timeout_s: Seconds = 10.0
    """How long a request body may take to arrive (seconds)."""
    wait_max_s: float = Field(5.0, ge=0, le=60)
    """The longest `Prefer: wait` (seconds)."""
    scorer_processes: Count = 1
    """Scoring processes of an api that runs no worker; started when it is first asked to score."""


class Ops(_Group):
    """The operators' port: health and metrics, without authentication."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: Port = 9090
    """The port to listen on; 0: any free one."""


class Scorer(_Group):
    """The model and the processes that run it."""

    spec: str = "onnx"
    """Which scorer: `onnx`, `onnx:DIR`, or `detoxify:` and a name or checkpoint."""
    processes: Count | None = Field(None, examples=[2])
    """Scoring processes; unset: one a core, at most 4."""
    threads: Count = 1
    """Threads in each process."""
    timeout_s: Seconds = 10.0
    """How long one text may take before its process is killed (seconds)."""
    max_rss_mb: int = Field(1500, ge=64)
    """The memory at which a process is replaced (megabytes)."""
    max_texts: Count | None = Field(None, examples=[1_000_000])
    """After how many texts a process is replaced; unset: never."""
    cache_texts: int = Field(10_000, ge=0)
    """Texts whose scores are remembered, by keyed hash in memory; 0: none."""

    def process_count(self) -> int:
        """Return how many processes to run on this machine."""
        return self.processes or max(1, min(_MOST_PROCESSES, os.cpu_count() or 1))


class Shadow(_Group):
    """A second model that scores a sample beside the first, to be compared; it decides nothing."""

    spec: str | None = Field(None, examples=["onnx:/models/next"])
    """Which scorer, as `scorer.spec`; unset: none."""
    share: float = Field(0.05, gt=0, le=1)
    """The share of scored comments that it scores too."""
    policy: str | None = Field(None, examples=["next"])
    """The policy that its decisions would follow; unset: the comment's own."""


class Worker(_Group):
    """How comments are taken from the queue."""

    batch: int = Field(16, ge=1, le=256)
    """The most comments taken at once."""
    lease_s: Seconds = 30.0
    """How long a taken comment is left alone without a heartbeat (seconds); at least twice
    `scorer.timeout_s`."""
    heartbeat_s: Seconds = 5.0
    """How often a lease is renewed while scoring (seconds); at most a third of `lease_s`."""
    max_attempts: Count = 3
    """Attempts at a comment before it is held unscored."""
    unavailable_after_s: Seconds = 30.0
    """How long no scorer is ready before comments are held as `scorer_unavailable` (seconds)."""
    rescore_backoff_s: tuple[Seconds, ...] = Field((30.0, 120.0, 600.0, 3600.0), min_length=1)
    """Waits before an unscored hold is scored again (seconds); the last one repeats while the
    reason is that no scorer was there, and is the last where scorers failed on the comment."""

    @field_validator("heartbeat_s")
    @classmethod
    def _beats_in_time(cls, value: float, info: ValidationInfo) -> float:
        if 3 * value > info.data.get("lease_s", float("inf")):
            raise ValueError(
                "more than a third of worker.lease_s, so one lost beat loses the lease"
            )
        return value


class Queue(_Group):
    """When the service says that it is full."""

    max_depth: Count = 100_000
    """The most comments that wait, over all shards; beyond it new ones are a 503."""
    max_wait_s: Seconds = 900.0
    """The longest expected wait (depth / drain rate, seconds); beyond it new ones are a 503."""
    site_share: float = Field(0.5, gt=0, le=1)
    """The share of a filling queue that one site may have; beyond it its new ones are a 429."""
    max_appeals: Count = 10_000
    """The most appeals of a site that wait for a person; beyond it new ones are a 429."""


class Callbacks(_Group):
    """How decisions are sent."""

    timeout_s: Seconds = 15.0
    """How long a receiver may take (seconds)."""
    concurrency: Count = 32
    """Callbacks in flight at once."""
    per_origin: Count = 8
    """Of them to one origin, so that a receiver that is slow or dead holds up nobody else's."""
    backoff_s: tuple[Seconds, ...] = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    """Waits between attempts (seconds): ten attempts over about three days, then a dead letter."""
    allow_private_hosts: tuple[Annotated[str, AfterValidator(_private_host)], ...] = ()
    """Private receivers that callbacks may reach: `host:port`, or a network such as 10.0.0.0/8."""
    max_response_bytes: int = Field(65_536, ge=0)
    """How much of a receiver's answer is read (bytes)."""
    hold_back_s: float = Field(0.0, ge=0)
    """How long after a decision its callback is sent (seconds)."""


class Explain(_Group):
    """How a comment's scores are explained."""

    timeout_s: Seconds = 2.0
    """How long one explanation may take before what there is of it is answered (seconds)."""
    waiting: int = Field(4, ge=0)
    """How many may wait for the one that is made; beyond it they are a 503."""


class Tracing(_Group):
    """Spans of OpenTelemetry; where they go is said by its own OTEL_… variables."""

    enabled: bool = False
    """Make spans from a submission to its callback; needs the extra `otel`."""


class Retention(_Group):
    """How long what is kept is kept."""

    approved_text_h: Count = 24
    """An approved comment's text, after its callback (hours)."""
    decided_held_text_d: Count = 30
    """A held comment's text, after a person decided (days)."""
    rejected_text_d: Count = 180
    """A rejected comment's text (days)."""
    record_d: Count = 365
    """A comment's record without its text (days)."""
    idempotency_h: Count = 48
    """An idempotency key (hours)."""

    @property
    def record_ms(self) -> int:
        """How long a record is kept, in milliseconds."""
        return self.record_d * _DAY_MS

    def decided_text_ms(self, *, rejected: bool) -> int:
        """Return how long a text is kept that a person decided on, in milliseconds."""
        return _DAY_MS * (self.rejected_text_d if rejected else self.decided_held_text_d)


class Settings(_Group):
    """Everything that can be set."""

    redis_url: SecretStr | None = Field(None, examples=["redis://user:password@host:6379/0"])
    """The Redis to use (also `REDIS_URL`); unset: an embedded server in the data directory."""
    policies_dir: Path | None = Field(None, examples=["/etc/moderation/policies"])
    """Where policy files lie; unset: those of the package."""
    store: Store = Store()
    api: Api = Api()
    ops: Ops = Ops()
    scorer: Scorer = Scorer()
    shadow: Shadow = Shadow()
    worker: Worker = Worker()
    queue: Queue = Queue()
    callbacks: Callbacks = Callbacks()
    explain: Explain = Explain()
    direct: Direct = Direct()
    perspective: Perspective = Perspective()
    openai: OpenAi = OpenAi()
    coral: Coral = Coral()
    akismet: Akismet = Akismet()
    review: Review = Review()
    tracing: Tracing = Tracing()
    retention: Retention = Retention()
    sites: dict[SiteName, Site] = {}
    """The sites, by name: a-z, 0-9, - and _, at most 32 characters."""
    hooks: dict[HookName, Hook] = {}
    """Webhooks of other systems, by the name in `POST /v1/hooks/NAME`; named as sites are."""

    @field_validator("hooks")
    @classmethod
    def _hooks_are_of_sites(cls, hooks: dict[str, Hook], info: ValidationInfo) -> dict[str, Hook]:
        sites = set(info.data.get("sites") or ["default"])
        strangers = {hook.site for hook in hooks.values()} - sites
        if strangers and "sites" in info.data:
            raise ValueError(f"no such site: {', '.join(sorted(strangers))}")
        return hooks

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _REDIS_URL.fullmatch(value.get_secret_value()):
            raise ValueError(
                "not redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"
            )
        return value

    @field_validator("worker")
    @classmethod
    def _lease_outlasts_a_batch(cls, value: Worker, info: ValidationInfo) -> Worker:
        # Source: the queue's rule that a lease is at least twice the worst batch.
        scorer = info.data.get("scorer")
        if scorer and value.lease_s < 2 * scorer.timeout_s:
            raise ValueError(
                f"worker.lease_s is less than twice scorer.timeout_s, {2 * scorer.timeout_s:g}"
            )
        return value

    @field_validator("sites")
    @classmethod
    def _keys_are_one_sites(cls, sites: dict[str, Site]) -> dict[str, Site]:
        keys = [key.key.get_secret_value() for site in sites.values() for key in site.api_keys]
        if len(set(keys)) != len(keys):
            raise ValueError("the same API key is listed twice")
        return sites
