-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 024_counters -> 025_events

CREATE TABLE onextree.event_streams (
    project_id text PRIMARY KEY,
    last_sequence bigint NOT NULL CHECK (last_sequence > 0),
    published_sequence bigint NOT NULL DEFAULT 0,
    holder uuid,
    held_until timestamptz,
    failure text,
    CHECK (published_sequence BETWEEN 0 AND last_sequence),
    CHECK ((holder IS NULL) = (held_until IS NULL))
) WITH (fillfactor = 50);

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
);

CREATE TABLE onextree.inbox (
    event_id uuid PRIMARY KEY,
    correlation_id uuid,
    received_at timestamptz NOT NULL DEFAULT now(),
    project_id text NOT NULL,
    event text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL
);

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
);

CREATE INDEX ON onextree.inbox (received_at);

CREATE INDEX ON onextree.dead_letters (id) WHERE published_at IS NULL AND replayed_at IS NULL;

ALTER TABLE onextree.update_requests ADD COLUMN correlation_id uuid;

COMMENT ON TABLE onextree.event_streams IS 'Events of each project, numbered in the order in which they were committed, without a gap';

COMMENT ON COLUMN onextree.event_streams.last_sequence IS 'Number of the last event';

COMMENT ON COLUMN onextree.event_streams.published_sequence IS 'Kafka has acknowledged all events up to this one';

COMMENT ON COLUMN onextree.event_streams.holder IS 'The relay that publishes them, until held_until';

COMMENT ON COLUMN onextree.event_streams.failure IS 'Why the next event could not be published; null since one was';

COMMENT ON TABLE onextree.outbox IS 'Events as they are published, stored with what they tell of; rows never change';

COMMENT ON COLUMN onextree.outbox.id IS 'Over all projects, about in the order of time';

COMMENT ON COLUMN onextree.outbox.sequence IS 'Of the project, as event_streams counts';

COMMENT ON COLUMN onextree.outbox.correlation_id IS 'Of the request that led to it';

COMMENT ON COLUMN onextree.outbox.event IS 'generation_completed, say';

COMMENT ON TABLE onextree.inbox IS 'Events of others that were taken, each once';

COMMENT ON COLUMN onextree.inbox.received_at IS 'When what it asks for was stored, in the same transaction';

COMMENT ON TABLE onextree.dead_letters IS 'Messages of others that could not be taken';

COMMENT ON COLUMN onextree.dead_letters.digest IS 'BLAKE3 of the message, beside its place, which a topic that was made anew has twice';

COMMENT ON COLUMN onextree.dead_letters.size IS 'Bytes of the message';

COMMENT ON COLUMN onextree.dead_letters.value IS 'The message; null where it was too large to be kept';

COMMENT ON COLUMN onextree.dead_letters.code IS 'Code of the error';

COMMENT ON COLUMN onextree.dead_letters.published_at IS 'When Kafka acknowledged it on the topic of dead letters';

COMMENT ON COLUMN onextree.dead_letters.replayed_at IS 'When it was taken at last';

COMMENT ON COLUMN onextree.update_requests.correlation_id IS 'Of the last one who asked, where there was one';

UPDATE public.onextree_alembic_version SET version_num='025_events' WHERE public.onextree_alembic_version.version_num = '024_counters';

COMMIT;
