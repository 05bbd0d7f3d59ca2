-- Made from migrations/versions by `python -m migrations`; run it with psql -f.
\set ON_ERROR_STOP on

BEGIN;

-- Running upgrade 022_circuit_breakers -> 023_api_keys

CREATE TABLE onextree.api_keys (
    key_id text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
    name text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9_.-]{1,100}$'),
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    may_write boolean NOT NULL,
    is_for_all_projects boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz
);

CREATE TABLE onextree.api_key_projects (
    key_id text NOT NULL REFERENCES onextree.api_keys ON DELETE CASCADE,
    project_key integer NOT NULL REFERENCES onextree.projects ON DELETE CASCADE,
    PRIMARY KEY (key_id, project_key)
);

CREATE INDEX ON onextree.api_key_projects (project_key);

COMMENT ON TABLE onextree.api_keys IS 'Keys for the HTTP API; the keys themselves are not stored';

COMMENT ON COLUMN onextree.api_keys.key_id IS 'The part of a key that tells which one it is';

COMMENT ON COLUMN onextree.api_keys.name IS 'What people call it; never used again for another key';

COMMENT ON COLUMN onextree.api_keys.secret_hash IS 'SHA-256 of the part that is secret, 32 random bytes';

COMMENT ON COLUMN onextree.api_keys.may_write IS 'Whether it is for more than reading';

COMMENT ON COLUMN onextree.api_keys.is_for_all_projects IS 'Else it is for those in api_key_projects; for none when all of them are gone';

COMMENT ON COLUMN onextree.api_keys.last_used_at IS 'To the minute or so; null if it never was';

COMMENT ON COLUMN onextree.api_keys.revoked_at IS 'Since when it is refused; null while it is not';

COMMENT ON TABLE onextree.api_key_projects IS 'The projects that a key is for';

UPDATE public.onextree_alembic_version SET version_num='023_api_keys' WHERE public.onextree_alembic_version.version_num = '022_circuit_breakers';

COMMIT;
