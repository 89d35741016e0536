-- What a page says of a publication, and nobody can find out later. NULL in publications of earlier versions.
ALTER TABLE publications ADD COLUMN record_bytes INTEGER; -- of all records, as clients get them
ALTER TABLE publications ADD COLUMN edited_first INTEGER; -- when the first of its edits was made, and the last
ALTER TABLE publications ADD COLUMN edited_last INTEGER;
