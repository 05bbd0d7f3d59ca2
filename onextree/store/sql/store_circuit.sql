UPDATE onextree.circuit_breakers
SET state = %(state)s, generation = %(generation)s, since = %(since)s,
    failures_in_row = %(failures_in_row)s, successes_in_row = %(successes_in_row)s,
    outcomes = %(outcomes)s::varbit, probe_numbers = %(probe_numbers)s::bigint[],
    probe_ends = %(probe_ends)s::timestamptz[], probes_total = %(probes_total)s,
    failures_total = %(failures_total)s, opened_total = %(opened_total)s
WHERE name = %(name)s
