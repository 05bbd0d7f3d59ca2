"""Events that are to be told to others, and those that others told.

Revision ID: 025_events
Revises: 024_counters
"""

from alembic import op

revision = "025_events"
down_revision = "024_counters"
branch_labels = None
depends_on = None

# Neither refers to the projects: what happened is told after a project is gone, too.
STREAMS = """
CREATE TABLE onextree.event_streams (
    project_id text PRIMARY KEY,
    last_sequence bigint NOT NULL CHECK (last_sequence > 0),
    published_sequence bigint NOT NULL DEFAULT 0,
    holder uuid,
    held_until timestamptz,
    failure text,
    CHECK (published_sequence BETWEEN 0 AND last_sequence),
    CHECK ((holder IS NULL) = (held_until IS NULL))
) WITH (fillfactor = 50)
"""

OUTBOX = """
CREATE TABLE onextree.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    sequence bigint NOT NULL CHECK (sequence > 0),
    event_id uuid NOT NULL,
    correlation_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    project_id text NOT NULL,
    event text NOT NULL,
    body jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object'),
    PRIMARY KEY (project_id, sequence)
)
"""

INBOX = """
CREATE TABLE onextree.inbox (
    event_id uuid PRIMARY KEY,
    correlation_id uuid,
    received_at timestamptz NOT NULL DEFAULT now(),
    project_id text NOT NULL,
    event text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL
)
"""

DEAD_LETTERS = """
CREATE TABLE onextree.dead_letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    size bigint NOT NULL CHECK (size >= 0),
    key bytea,
    value bytea,
    code text NOT NULL,
    reason text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    replayed_at timestamptz,
    UNIQUE (topic, partition, "offset", digest)
)
"""

COMMENTS = {
    "TABLE onextree.event_streams": "Events of each project, numbered in the order in which they"
    " were committed, without a gap",
    "COLUMN onextree.event_streams.last_sequence": "Number of the last event",
    "COLUMN onextree.event_streams.published_sequence": "Kafka has acknowledged all events up to"
    " this one",
    "COLUMN onextree.event_streams.holder": "The relay that publishes them, until held_until",
    "COLUMN onextree.event_streams.failure": "Why the next event could not be published; null since"
    " one was",
    "TABLE onextree.outbox": "Events as they are published, stored with what they tell of; rows"
    " never change",
    "COLUMN onextree.outbox.id": "Over all projects, about in the order of time",
    "COLUMN onextree.outbox.sequence": "Of the project, as event_streams counts",
    "COLUMN onextree.outbox.correlation_id": "Of the request that led to it",
    "COLUMN onextree.outbox.event": "generation_completed, say",
    "TABLE onextree.inbox": "Events of others that were taken, each once",
    "COLUMN onextree.inbox.received_at": "When what it asks for was stored, in the same"
    " transaction",
    "TABLE onextree.dead_letters": "Messages of others that could not be taken",
    "COLUMN onextree.dead_letters.digest": "BLAKE3 of the message, beside its place, which a topic"
    " that was made anew has twice",
    "COLUMN onextree.dead_letters.size": "Bytes of the message",
    "COLUMN onextree.dead_letters.value": "The message; null where it was too large to be kept",
    "COLUMN onextree.dead_letters.code": "Code of the error",
    "COLUMN onextree.dead_letters.published_at": "When Kafka acknowledged it on the topic of dead"
    " letters",
    "COLUMN onextree.dead_letters.replayed_at": "When it was taken at last",
    "COLUMN onextree.update_requests.correlation_id": "Of the last one who asked, where there was"
    " one",
}


def upgrade() -> None:
    for table in (STREAMS, OUTBOX, INBOX, DEAD_LETTERS):
        op.execute(table)
    op.execute("CREATE INDEX ON onextree.inbox (received_at)")
    op.execute(
        "CREATE INDEX ON onextree.dead_letters (id)"
        " WHERE published_at IS NULL AND replayed_at IS NULL"
    )
    op.execute("ALTER TABLE onextree.update_requests ADD COLUMN correlation_id uuid")
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")


def downgrade() -> None:
    op.execute("ALTER TABLE onextree.update_requests DROP COLUMN correlation_id")
    for table in ("dead_letters", "inbox", "outbox", "event_streams"):
        op.execute(f"DROP TABLE onextree.{table}")
