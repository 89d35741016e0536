-- What each publication changed, in numbers, so that lists need not count a hundred thousand rows. NULL in those of earlier
-- versions: they are counted when they are looked at.
ALTER TABLE publications ADD COLUMN created INTEGER;
ALTER TABLE publications ADD COLUMN updated INTEGER;
ALTER TABLE publications ADD COLUMN deleted INTEGER;
ALTER TABLE publications ADD COLUMN new_bytes INTEGER; -- of the contents after it
ALTER TABLE publications ADD COLUMN deleted_id_bytes INTEGER; -- of the ids of what is gone
