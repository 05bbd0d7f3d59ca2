SELECT name, labels, value FROM onextree.counters ORDER BY name, labels
