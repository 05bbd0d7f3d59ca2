-- A closed one; who comes second waits for the first and adds nothing.
INSERT INTO onextree.circuit_breakers (
    name, state, generation, since, failures_in_row, successes_in_row, outcomes,
    probe_numbers, probe_ends, probes_total, failures_total, opened_total
)
VALUES (%(name)s, 0, 0, clock_timestamp(), 0, 0, B'', '{}', '{}', 0, 0, 0)
ON CONFLICT (name) DO NOTHING
