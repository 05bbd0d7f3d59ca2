-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 021_remote_projects -> 022_circuit_breakers

CREATE TABLE onextree.circuit_breakers (
    name text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 200),
    state smallint NOT NULL CHECK (state BETWEEN 0 AND 2),
    generation bigint NOT NULL CHECK (generation >= 0),
    since timestamptz NOT NULL,
    failures_in_row integer NOT NULL CHECK (failures_in_row >= 0),
    successes_in_row integer NOT NULL CHECK (successes_in_row >= 0),
    outcomes bit varying NOT NULL,
    probe_numbers bigint[] NOT NULL,
    probe_ends timestamptz[] NOT NULL,
    probes_total bigint NOT NULL CHECK (probes_total >= 0),
    failures_total bigint NOT NULL CHECK (failures_total >= 0),
    opened_total bigint NOT NULL CHECK (opened_total >= 0),
    CHECK (cardinality(probe_numbers) = cardinality(probe_ends)),
    CHECK (state = 1 OR probe_numbers = '{}')
) WITH (fillfactor = 50);

COMMENT ON TABLE onextree.circuit_breakers IS 'Services that are called, and whether they are for now; all times are by the clock of the database';

COMMENT ON COLUMN onextree.circuit_breakers.name IS 'The service';

COMMENT ON COLUMN onextree.circuit_breakers.state IS '0 closed: it is called; 1 half-open: probes find out whether it works again; 2 open: it is not called';

COMMENT ON COLUMN onextree.circuit_breakers.generation IS 'The number of changes of state; an outcome of a call that began in another generation changes nothing';

COMMENT ON COLUMN onextree.circuit_breakers.since IS 'When the state changed last';

COMMENT ON COLUMN onextree.circuit_breakers.failures_in_row IS 'Failures since the last success';

COMMENT ON COLUMN onextree.circuit_breakers.successes_in_row IS 'Successes of probes, while half-open';

COMMENT ON COLUMN onextree.circuit_breakers.outcomes IS 'Of the last calls while it was closed, the newest last; 1 is a failure';

COMMENT ON COLUMN onextree.circuit_breakers.probe_numbers IS 'The probes in flight';

COMMENT ON COLUMN onextree.circuit_breakers.probe_ends IS 'When each of them is given up';

COMMENT ON COLUMN onextree.circuit_breakers.probes_total IS 'The number of the newest probe';

COMMENT ON COLUMN onextree.circuit_breakers.failures_total IS 'Failures ever';

COMMENT ON COLUMN onextree.circuit_breakers.opened_total IS 'How often it has opened';

UPDATE public.onextree_alembic_version SET version_num='022_circuit_breakers' WHERE public.onextree_alembic_version.version_num = '021_remote_projects';

COMMIT;
