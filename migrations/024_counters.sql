-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 023_api_keys -> 024_counters

CREATE TABLE onextree.counters (
    name text NOT NULL CHECK (name ~ '^[a-z_]{1,100}$'),
    labels jsonb NOT NULL CHECK (jsonb_typeof(labels) = 'object'),
    value double precision NOT NULL CHECK (value >= 0 AND value < 'Infinity'),
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (name, labels)
) WITH (fillfactor = 50);

COMMENT ON TABLE onextree.counters IS 'What was done so far, by all processes; each adds its own counts from time to time';

COMMENT ON COLUMN onextree.counters.name IS 'What is counted: that of the metric, without onextree_ and _total';

COMMENT ON COLUMN onextree.counters.labels IS 'Of which kind, as the labels of the metric';

COMMENT ON COLUMN onextree.counters.value IS 'How often, or how many seconds in all; never less than before';

COMMENT ON COLUMN onextree.counters.updated_at IS 'When a process added to it last';

UPDATE public.onextree_alembic_version SET version_num='024_counters' WHERE public.onextree_alembic_version.version_num = '023_api_keys';

COMMIT;
