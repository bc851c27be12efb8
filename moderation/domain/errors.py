"""The refusals of this service, as a tree; `web/problems.py` maps each to HTTP once.

    ModerationError
    ├── InvalidError          the request says something that cannot be
    ├── NotFoundError         no such thing for this caller (another site's things included)
    ├── ConflictError         an idempotency key or external id was used for something else
    ├── NotAppealableError    there is no rejection that could be appealed, or it was already
    ├── StaleError            someone else acted first; carries what happened
    ├── FourEyesError         the policy wants another person to change what one decided
    ├── EscalatedError        it was left to those who decide what is escalated
    ├── NotInBulkError        it is left as it is by an act on many; carries why
    ├── OverloadedError       try again later; carries seconds
    │   └── SiteOverloadedError   … because this site is over its share
    ├── NoScoreError          a text that is to be explained has no score; carries seconds
    ├── WrongPasswordError    no active person has this name and password
    ├── ThrottledError        too many failed sign-ins; carries seconds
    ├── SignOnError           single sign-on let nobody in; carries why, in a word
    ├── LastAdminError        it would leave nobody who may manage people
    └── StoreDownError        Redis can't be reached or refuses to write

Messages are fixed phrases: none carries text of a comment.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class ModerationError(Exception):
    """A refusal that a caller may see."""


class InvalidError(ModerationError):
    """The request says something that cannot be."""


class NotFoundError(ModerationError):
    """No such thing for this caller."""


class ConflictError(ModerationError):
    """The same idempotency key or external id was used before for something else."""


class NotAppealableError(ModerationError):
    """There is no rejection that could be appealed, or an appeal against it was made already."""


class StaleError(ModerationError):
    """Someone else acted first. `event` is the audit event that the caller had not seen."""

    def __init__(self, event: dict[str, Any]) -> None:
        super().__init__("the comment has changed since the version that you name")
        self.event = event


class FourEyesError(ModerationError):
    """The policy wants another person, signed in themselves, to change what a person decided."""


class EscalatedError(ModerationError):
    """A colleague left it to those who decide what is escalated."""

    def __init__(self) -> None:
        super().__init__("it was escalated: an administrator decides on it")


class NotInBulkError(ModerationError):
    """An act on many leaves this one as it is. `why`: claimed, escalated, drawn or not_held."""

    def __init__(self, why: str) -> None:
        super().__init__("this needs a decision of its own")
        self.why = why


class OverloadedError(ModerationError):
    """The queue is full by time or by count. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("the service is overloaded; nothing was stored")
        self.retry_after = retry_after


class SiteOverloadedError(OverloadedError):
    """This site has more than its share of the queue. `retry_after` is in seconds."""


class NoScoreError(ModerationError):
    """The model is not there, or gave no score for a text. `retry_after` is in seconds."""

    def __init__(self, why: str, retry_after: int) -> None:
        super().__init__(why)
        self.retry_after = retry_after


class WrongPasswordError(ModerationError):
    """No active person has this name and password; which of it was wrong is not said."""

    def __init__(self) -> None:
        super().__init__("no such name and password")


class ThrottledError(ModerationError):
    """Too many failed sign-ins, by this name or from this address. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many failed sign-ins; wait before the next")
        self.retry_after = retry_after


class SignOnError(ModerationError):
    """Single sign-on let nobody in.

    `why`: `down` the provider can't be reached or answers nonsense, `denied` it says no, `state` no
    such sign-in was begun by this browser, `token` it is no answer to it, `refused` no group of the
    person may come in, `disabled` their account is.
    """

    def __init__(self, why: str) -> None:
        super().__init__("single sign-on let nobody in")
        self.why = why


class LastAdminError(ModerationError):
    """It would leave no active administrator of all sites who can sign in."""

    def __init__(self) -> None:
        super().__init__("nobody else is an active admin of all sites who can sign in")


class StoreFault(StrEnum):
    """Why the store gave no answer; the closed set that stands in metrics."""

    CONNECTION = "connection"  # nobody is there, or the connection ended
    TIMEOUT = "timeout"
    AUTH = "auth"  # the password or the rights are not enough
    FULL = "full"  # its memory is
    READ_ONLY = "read_only"  # it is a replica
    REFUSED = "refused"  # any other answer that is an error
    REPLICAS = "replicas"  # too few have the change, or are there to get it
    OTHER = "other"


class StoreDownError(ModerationError):
    """Redis can't be reached or refuses to write; nothing is known to be stored."""

    def __init__(self, message: str, why: StoreFault = StoreFault.OTHER) -> None:
        super().__init__(message)
        self.why = why
