-- What a stamp is of.
SELECT namespace, content_hash FROM onextree.stamps WHERE id = %(stamp_id)s
