"""Every key of the store, in one place; beside it only the scripts in `lua/` spell them.

`{sN}` is the shard: in a cluster all keys of a shard share a slot, so that one script can change
them together. A comment's shard follows from its id; an author's and a text's from their own hash,
since their facts are advice to a rule and need no common transaction with the comment.

    {sN}:c:<id>      string   the payload: text and context of the current revision
    {sN}:m:<id>      hash     the state: site, status, decision, revision, version, times …
    {sN}:e:<id>      list     the audit trail, one JSON event a version
    {sN}:i:<site>:<h> string  an idempotency key: fingerprint of the body it came with; expires
    {sN}:q:hi|n|lo   stream   the work, group `w`; an entry is deleted when its comment is decided
    {sN}:p:<site>    zset     comments without a decision, by time received
    {sN}:h:<order>:<site>, {sN}:h:art:<site>:<h>   zset   held comments; the orders: age, scr
                              (score), pri (priority), thr (closest to the threshold), gar and gau
                              (by article and author), esc (escalated ones, which are in no other);
                              and app: rejected ones with an open appeal, by when it was made
    {sN}:ap:<id>     string   what the author says in an appeal; kept as long as the payload
    {sN}:hw:<site>   hash     how many are held: by reason and label, `*` at all, `?` for none
    {sN}:au|auo|aur:<site>:<h>   zset   an author's comments whose records are kept: all of them,
                              those pending or held, those rejected; by time received
    {sN}:ar:<site>:<h>, {sN}:th:<site>:<h>   zset   an article's comments and the answers to a
                              comment, as long as their texts are kept; by time received
    {sN}:uns         zset     comments held without a score, by when to score them again
    {sN}:out         zset     comments with callbacks to send, by when
    {sN}:o:<id>      list     their versions, in order
    {sN}:dead        zset     callbacks given up, `<id>:<version>` by time
    {sN}:feed:<site> stream   every decision, in order
    {sN}:ev          stream   what just happened, for those who wait; short
    {sN}:sh          zset     comments that a second model was compared on, by time
    {sN}:sh:<id>     string   both models' scores and decisions
    {sN}:h:smp:<site> zset    approved comments that were drawn for people to read, by age
    {sN}:t:<site>:<day> hash  counts of a day (days since 1970, UTC); expires
    {sN}:t:<site>:<day>:<label> hash  how texts stand by their score of a label, `*`: the highest
    {sN}:t:<site>:<day>:!<label> hash  the same of what people elsewhere said of texts
    {sN}:t:<site>:<day>:!<label>!<c> hash  and of those of one community
    {sN}:sc:<site>   hash     communities that are told apart, by `<c>`; expires
    {sN}:sg:<h>      string   something that was said so, for who says it again; expires
    {sN}:tally       hash     keep: how long counts are kept (ms), share: of approvals that is drawn
    {sN}:exp         zset     when the text or the record of a comment is due to go
    {sN}:rate        hash     how fast the queue drains
    {sN}:ao:<h>      zset     an author's approved comments, by time
    {sN}:rt:<h>      zset     when this text was submitted before
    {s0}:install     hash     shards, schema, installation secret; counters `erased` and
                              `rewritten`: when they differ, the log needs a rewrite
    {s0}:workers     zset     workers, by when each said last that it is there
    {s0}:keys        hash     API keys, by id, hashed
    {s0}:pol:<name>  hash     policy versions: number → JSON, `current`
    {s0}:policies    set      the names of policies
    {s0}:draft:<name> hash    a policy's draft: id, by, name, at, from (a version), source (TOML)
    {s0}:rp:<name>   hash     what is told of the last replay of a policy's draft; expires
    {s0}:log         stream   changes of people and policies: `change` (an id), `entry` (JSON)
    {s0}:chg:<id>    string   what a change was answered, for one that is sent again; expires
    {s0}:people      hash     people's names, case-folded → id
    {s0}:pe:<id>     hash     a person: name, role, sites, active, at, pw (hash), ep (epoch), in
                              (last sign-in), sso (keyed hash of whom a provider vouches for)
    {s0}:ss:<h>      hash     a session, by its token's hash: p person, ep their epoch; expires
    {s0}:once:<id>   string   hash of the code that lets a person in once; expires
    {s0}:pnd         zset     sign-ins that wait for the provider, by when they began; expires
    {s0}:pnd:<h>     string   one of them, by the hash of its state (JSON); expires
    {s0}:try:n|c|o:<h> string sign-ins tried by name or client, or begun at a provider by client,
                              in 65,536 buckets each; expires

A state hash holds: s site, x external_id, st status (p, d, e), d decision, by decided by, rev, ver,
dv the version that decided, rcv received (ms), fp text fingerprint, sha text SHA-256, cb callback
URL, art, aut, sec and par hashes of article, author, section and the comment that it answers, lg
language, why reason codes and labels, lane and sid the place in the queue, ua tries without a
score, pk a person's last call, for its retry, tr the traceparent that it came with, ty the outcome
that it is counted under. Of a callback: oa failed attempts at the one in hand, ot the version that
was last tried, hv and hu the version that is held back and until when. Of a hold: sev, wt and gap,
what its places in the orders are made of; hw what it is counted under; lp who has claimed it, lf
and lu since and until when; esc the version of the event that escalated it. Of an appeal: ap the
version of the event that made it and apt when, while it is open; apk the keyed hash of what the
author says. An absent field means none: the versions before this one did not write all of them.
"""

from __future__ import annotations

GROUP = "w"
LANES = ("hi", "n", "lo")
INSTALL = "{s0}:install"
WORKERS = "{s0}:workers"
API_KEYS = "{s0}:keys"
POLICY_NAMES = "{s0}:policies"
PEOPLE = "{s0}:people"
LOG = "{s0}:log"
#: Among the counts of what is held: all of them, and those that no reason is known of.
ALL, NO_REASON = "*", "?"


def prefix(shard: int) -> str:
    """Return what every key of a shard starts with."""
    return f"{{s{shard}}}:"


def queue(shard: int, lane: str) -> str:
    """Return the work stream of a lane (`hi`, `n`, `lo`)."""
    return f"{prefix(shard)}q:{lane}"


def state(shard: int, comment: str) -> str:
    """Return a comment's state hash."""
    return f"{prefix(shard)}m:{comment}"


def payload(shard: int, comment: str) -> str:
    """Return a comment's payload string."""
    return f"{prefix(shard)}c:{comment}"


def statement(shard: int, comment: str) -> str:
    """Return what a comment's author says in an appeal."""
    return f"{prefix(shard)}ap:{comment}"


def events(shard: int, comment: str) -> str:
    """Return a comment's audit trail."""
    return f"{prefix(shard)}e:{comment}"


def tail(shard: int) -> str:
    """Return the short stream of what just happened."""
    return f"{prefix(shard)}ev"


def feed(shard: int, site: str) -> str:
    """Return the stream of a site's decisions."""
    return f"{prefix(shard)}feed:{site}"


def pending(shard: int, site: str) -> str:
    """Return the index of a site's comments without a decision."""
    return f"{prefix(shard)}p:{site}"


def held(shard: int, site: str, order: str) -> str:
    """Return the index of a site's held comments in an order, such as `age`."""
    return f"{prefix(shard)}h:{order}:{site}"


def held_article(shard: int, site: str, article: str) -> str:
    """Return the index of one article's held comments, by age; `article` is a hash."""
    return f"{prefix(shard)}h:art:{site}:{article}"


def held_why(shard: int, site: str) -> str:
    """Return the counts of a site's held comments by reason and label."""
    return f"{prefix(shard)}hw:{site}"


def around(shard: int, index: str, site: str, hashed: str) -> str:
    """Return an index of comments by what stands around them: `au`, `auo`, `aur`, `ar`, `th`."""
    return f"{prefix(shard)}{index}:{site}:{hashed}"


def due(shard: int, what: str) -> str:
    """Return a due-time index: `uns`, `out`, `exp`, or the dead letters' `dead`."""
    return prefix(shard) + what


def tally(shard: int, site: str, day: int) -> str:
    """Return what is counted of a site's day; `:` and a label behind it: its scores."""
    return f"{prefix(shard)}t:{site}:{day}"


def communities(shard: int, site: str) -> str:
    """Return the hash of a site's communities elsewhere."""
    return f"{prefix(shard)}sc:{site}"


def tallying(shard: int) -> str:
    """Return what the scripts are told of counting."""
    return f"{prefix(shard)}tally"


def approved(shard: int, author_hash: str) -> str:
    """Return an author's approved comments."""
    return f"{prefix(shard)}ao:{author_hash}"


def repeated(shard: int, text_hash: str) -> str:
    """Return the submissions of one text."""
    return f"{prefix(shard)}rt:{text_hash}"


def compared(shard: int) -> str:
    """Return the index of what a second model was compared on."""
    return f"{prefix(shard)}sh"


def comparison(shard: int, comment: str) -> str:
    """Return what two models said of a comment."""
    return f"{prefix(shard)}sh:{comment}"


def policy(name: str) -> str:
    """Return a policy's versions."""
    return f"{{s0}}:pol:{name}"


def draft(policy_name: str) -> str:
    """Return a policy's draft."""
    return f"{{s0}}:draft:{policy_name}"


def replay(policy_name: str) -> str:
    """Return what is told of a policy's replay."""
    return f"{{s0}}:rp:{policy_name}"


def person(person_id: str) -> str:
    """Return a person's record."""
    return f"{{s0}}:pe:{person_id}"


def session(token_hash: str) -> str:
    """Return a session."""
    return f"{{s0}}:ss:{token_hash}"


def once(person_id: str) -> str:
    """Return the code that lets a person in once."""
    return f"{{s0}}:once:{person_id}"
