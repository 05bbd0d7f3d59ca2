-- What is current is what the newest version has.
SELECT onextree.reopen_version(%(project_key)s, %(newest)s)
