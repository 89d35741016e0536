-- How many live records a collection has: a page says it, and a hundred thousand rows need not be read to know.
ALTER TABLE paths ADD COLUMN live INTEGER NOT NULL DEFAULT 0 CHECK (live >= 0);
UPDATE paths SET live = (SELECT count(*) FROM records WHERE records.path = paths.id AND content IS NOT NULL);

CREATE TRIGGER records_begin AFTER INSERT ON records WHEN new.content IS NOT NULL
BEGIN
    UPDATE paths SET live = live + 1 WHERE id = new.path;
END;

CREATE TRIGGER records_live_or_not AFTER UPDATE ON records WHEN (old.content IS NULL) <> (new.content IS NULL)
BEGIN
    UPDATE paths SET live = live + iif(new.content IS NULL, -1, 1) WHERE id = new.path;
END;

CREATE TRIGGER records_end AFTER DELETE ON records WHEN old.content IS NOT NULL
BEGIN
    UPDATE paths SET live = live - 1 WHERE id = old.path;
END;
