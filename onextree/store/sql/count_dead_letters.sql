SELECT count(*) AS waiting, count(*) FILTER (WHERE published_at IS NULL) AS unpublished
FROM onextree.dead_letters WHERE replayed_at IS NULL
