SELECT dir, name, kind, size, digest
FROM onextree.entries_at(%(project_key)s, %(version)s)
