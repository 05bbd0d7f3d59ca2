SELECT clock_timestamp() AS now, b.* FROM onextree.circuit_breakers b ORDER BY b.name
