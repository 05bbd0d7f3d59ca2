-- Whether a version was not deleted.
SELECT EXISTS (SELECT FROM onextree.versions WHERE id = %(snapshot_id)s)
