-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running downgrade 025_events -> 024_counters

ALTER TABLE onextree.update_requests DROP COLUMN correlation_id;

DROP TABLE onextree.dead_letters;

DROP TABLE onextree.inbox;

DROP TABLE onextree.outbox;

DROP TABLE onextree.event_streams;

UPDATE public.onextree_alembic_version SET version_num='024_counters' WHERE public.onextree_alembic_version.version_num = '025_events';

COMMIT;
