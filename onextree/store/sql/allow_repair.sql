-- Until the transaction ends, what otherwise never changes in a version may be set right.
SELECT set_config('onextree.repair', 'on', true)
