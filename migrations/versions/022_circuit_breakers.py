"""Circuit breakers that all processes share.

Revision ID: 022_circuit_breakers
Revises: 021_remote_projects
"""

from alembic import op

revision = "022_circuit_breakers"
down_revision = "021_remote_projects"
branch_labels = None
depends_on = None

# Rows are few and change often: with free space in their page no index entry is written.
BREAKERS = """
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
) WITH (fillfactor = 50)
"""

COMMENTS = {
    "TABLE onextree.circuit_breakers": "Services that are called, and whether they are for now; all"
    " times are by the clock of the database",
    "COLUMN onextree.circuit_breakers.name": "The service",
    "COLUMN onextree.circuit_breakers.state": "0 closed: it is called; 1 half-open: probes find out"
    " whether it works again; 2 open: it is not called",
    "COLUMN onextree.circuit_breakers.generation": "The number of changes of state; an outcome of a"
    " call that began in another generation changes nothing",
    "COLUMN onextree.circuit_breakers.since": "When the state changed last",
    "COLUMN onextree.circuit_breakers.failures_in_row": "Failures since the last success",
    "COLUMN onextree.circuit_breakers.successes_in_row": "Successes of probes, while half-open",
    "COLUMN onextree.circuit_breakers.outcomes": "Of the last calls while it was closed, the newest"
    " last; 1 is a failure",
    "COLUMN onextree.circuit_breakers.probe_numbers": "The probes in flight",
    "COLUMN onextree.circuit_breakers.probe_ends": "When each of them is given up",
    "COLUMN onextree.circuit_breakers.probes_total": "The number of the newest probe",
    "COLUMN onextree.circuit_breakers.failures_total": "Failures ever",
    "COLUMN onextree.circuit_breakers.opened_total": "How often it has opened",
}


def upgrade() -> None:
    op.execute(BREAKERS)
    for what, comment in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{comment}'")


def downgrade() -> None:
    op.execute("DROP TABLE onextree.circuit_breakers")
