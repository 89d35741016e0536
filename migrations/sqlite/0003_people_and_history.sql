-- Links by which people choose a password, by the SHA-256 of their tokens: at most one for an account.
CREATE TABLE password_links (
    account TEXT PRIMARY KEY,
    token BLOB NOT NULL UNIQUE CHECK (length(token) = 32),
    made INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What kind of object an entry is about, and in which collection: both are in the URI, but not where an index can see them.
ALTER TABLE history ADD COLUMN kind TEXT NOT NULL DEFAULT 'bucket'
    CHECK (kind IN ('bucket', 'collection', 'group', 'record'));
ALTER TABLE history ADD COLUMN collection TEXT;

-- The URI begins with /buckets/ and the bucket; then come nothing, /groups/…, or /collections/… without or with /records/….
UPDATE history SET
    kind = CASE
        WHEN length(uri) = 9 + length(bucket) THEN 'bucket'
        WHEN substr(uri, 10 + length(bucket), 8) = '/groups/' THEN 'group'
        WHEN instr(substr(uri, 23 + length(bucket)), '/') = 0 THEN 'collection'
        ELSE 'record'
    END,
    collection = CASE
        WHEN substr(uri, 10 + length(bucket), 13) <> '/collections/' THEN NULL
        WHEN instr(substr(uri, 23 + length(bucket)), '/') = 0 THEN substr(uri, 23 + length(bucket))
        ELSE substr(uri, 23 + length(bucket), instr(substr(uri, 23 + length(bucket)), '/') - 1)
    END;

-- The last columns are those that a search narrows by: what does not fit is passed over in the index alone.
DROP INDEX history_newest_first;
CREATE INDEX history_newest_first ON history (bucket, last_modified DESC, kind, action, user);
CREATE INDEX history_by_collection ON history (bucket, collection, last_modified DESC, kind, action, user);
CREATE INDEX history_by_uri ON history (uri, last_modified DESC);
