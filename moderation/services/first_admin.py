"""The way in of a first start: a link for an administrator, until there is one who can sign in.

Only who may manage people counts: where none but viewers and moderators can sign in, by whichever
way, none of them could let an administrator in.
"""

from __future__ import annotations

import secrets

from moderation.domain.errors import ConflictError
from moderation.domain.people import Person, Role
from moderation.services.people import People
from moderation.store.log import SERVICE

_NAME = "admin"


async def first_link(people: People, hours: float) -> str | None:
    """Return a code for a first administrator, None where one can sign in already.

    It works for so many hours, or until the next call. None too where administrators sign in by
    single sign-on alone.
    """
    if not people.ways.allow_password(Role.ADMIN):
        return None
    accounts = await people.listed()
    managing = [one for one in accounts if one.person.manages_people]
    if any(people.ways.admit(one) and (one.password or one.signs_on) for one in managing):
        return None
    invited = [one.person for one in managing if not one.signs_on]
    admin = invited[0] if invited else await _made(people)
    return await people.once_link(admin.id, by=SERVICE, hours=hours)


async def _made(people: People) -> Person:
    try:
        return await people.add(_NAME, Role.ADMIN, None, None, by=SERVICE)
    except ConflictError:  # somebody has the name who is no administrator, or can't sign in
        name = f"{_NAME} {secrets.token_hex(2)}"
        return await people.add(name, Role.ADMIN, None, None, by=SERVICE)
