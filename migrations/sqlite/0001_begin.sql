-- Text compares by bytes, which for UTF-8 is the order of code points. Times are milliseconds since the epoch.

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL -- 64 bits without a sign, kept as the signed number of the same bits
) STRICT, WITHOUT ROWID;

-- The timestamp of each list, by the list's URI.
CREATE TABLE timestamps (
    list TEXT PRIMARY KEY,
    timestamp INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The four kinds of objects. A row without attributes is a tombstone.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    last_modified INTEGER NOT NULL,
    attributes TEXT
) STRICT;

CREATE TABLE buckets (
    id TEXT PRIMARY KEY,
    last_modified INTEGER NOT NULL,
    attributes TEXT
) STRICT;

CREATE TABLE collections (
    bucket TEXT NOT NULL,
    id TEXT NOT NULL,
    last_modified INTEGER NOT NULL,
    attributes TEXT,
    PRIMARY KEY (bucket, id)
) STRICT;

CREATE TABLE groups (
    bucket TEXT NOT NULL,
    id TEXT NOT NULL,
    last_modified INTEGER NOT NULL,
    attributes TEXT,
    PRIMARY KEY (bucket, id)
) STRICT;

CREATE TABLE group_members (
    bucket TEXT NOT NULL,
    group_id TEXT NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (bucket, group_id, member)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_members_by_member ON group_members (member, bucket, group_id);

CREATE TABLE credentials (
    account TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled'))
) STRICT;

-- One row for each principal of each permission of the object `list`/`id`.
CREATE TABLE permissions (
    list TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    principal TEXT NOT NULL,
    PRIMARY KEY (list, id, name, principal)
) STRICT, WITHOUT ROWID;

CREATE INDEX permissions_by_principal ON permissions (principal, list, name, id);

-- Small numbers for bucket/collection, so that rows that repeat it stay small. Never deleted: publications outlive collections.
CREATE TABLE paths (
    id INTEGER PRIMARY KEY,
    bucket TEXT NOT NULL,
    collection TEXT NOT NULL,
    UNIQUE (bucket, collection)
) STRICT;

-- Record contents, each kept once and never deleted: records, publications and history point here.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    splice INTEGER NOT NULL,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32), -- SHA-256 of bytes
    equality BLOB NOT NULL CHECK (length(equality) = 32), -- SHA-256 of the bytes without `schema`
    bytes BLOB NOT NULL -- last: long contents overflow the page, the columns before stay in it
) STRICT;

-- A row without content is a tombstone.
CREATE TABLE records (
    path INTEGER NOT NULL REFERENCES paths (id),
    id TEXT NOT NULL,
    last_modified INTEGER NOT NULL,
    content INTEGER REFERENCES contents (id),
    key BLOB CHECK (length(key) = 32),
    leaf BLOB CHECK (length(leaf) = 32),
    PRIMARY KEY (path, id),
    CHECK ((key IS NULL) = (leaf IS NULL)),
    CHECK (content IS NOT NULL OR leaf IS NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX records_newest_first ON records (path, last_modified DESC, id);

-- Who wrote what in a source since it last equalled what is published. The empty record id stands for the attributes.
CREATE TABLE pending (
    path INTEGER NOT NULL REFERENCES paths (id),
    record TEXT NOT NULL,
    user TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (path, record, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE review_requests (
    id INTEGER PRIMARY KEY,
    path INTEGER NOT NULL REFERENCES paths (id),
    requested_at INTEGER NOT NULL,
    requested_by TEXT NOT NULL,
    comment TEXT NOT NULL,
    digest BLOB CHECK (length(digest) = 32),
    end_kind TEXT CHECK (end_kind IN ('approved', 'declined', 'overtaken', 'rolled-back')),
    end_at INTEGER,
    end_by TEXT,
    end_comment TEXT,
    CHECK ((end_kind IS NULL) = (end_at IS NULL)),
    CHECK ((end_kind IS NULL) = (end_by IS NULL)),
    CHECK ((end_kind IS NULL) = (end_comment IS NULL))
) STRICT;

CREATE INDEX review_requests_by_path ON review_requests (path, id DESC);
-- At most one is open.
CREATE UNIQUE INDEX review_requests_open ON review_requests (path) WHERE end_kind IS NULL;

CREATE TABLE publications (
    path INTEGER NOT NULL REFERENCES paths (id),
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('created', 'emptied', 'published', 'resigned')),
    at INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    statement TEXT NOT NULL,
    statement_signatures TEXT NOT NULL, -- JSON
    content_signatures TEXT NOT NULL, -- JSON
    attributes TEXT NOT NULL, -- JSON
    change_digest BLOB CHECK (length(change_digest) = 32),
    editors TEXT NOT NULL, -- JSON
    requested_at INTEGER,
    requested_by TEXT,
    editor_comment TEXT NOT NULL,
    approved_by TEXT,
    reviewer_comment TEXT NOT NULL,
    PRIMARY KEY (path, version)
) STRICT;

-- Content and time of one record before and after a publication; none before: created; none after: deleted.
CREATE TABLE publication_changes (
    path INTEGER NOT NULL,
    version INTEGER NOT NULL,
    record TEXT NOT NULL,
    before_content INTEGER REFERENCES contents (id),
    before_modified INTEGER,
    after_content INTEGER REFERENCES contents (id),
    after_modified INTEGER,
    PRIMARY KEY (path, version, record),
    -- Deferred: changes may be written before their publication, in the same transaction.
    FOREIGN KEY (path, version) REFERENCES publications (path, version) DEFERRABLE INITIALLY DEFERRED,
    CHECK ((before_content IS NULL) = (before_modified IS NULL)),
    CHECK ((after_content IS NULL) = (after_modified IS NULL))
) STRICT, WITHOUT ROWID;

-- Certificate chains, leaf first, by the SHA-256 of the file. Never deleted: signatures name them.
CREATE TABLE chains (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    pem TEXT NOT NULL
) STRICT;

-- What was done to the objects of a bucket. The target is one of: tombstone, object, record.
CREATE TABLE history (
    number INTEGER PRIMARY KEY,
    bucket TEXT NOT NULL,
    last_modified INTEGER NOT NULL,
    id TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('create', 'delete', 'update')),
    uri TEXT NOT NULL,
    user TEXT,
    permissions TEXT NOT NULL, -- JSON
    deleted INTEGER,
    object TEXT, -- JSON
    content INTEGER REFERENCES contents (id),
    content_modified INTEGER,
    CHECK ((content IS NULL) = (content_modified IS NULL)),
    CHECK ((deleted IS NOT NULL) + (object IS NOT NULL) + (content IS NOT NULL) = 1)
) STRICT;

CREATE UNIQUE INDEX history_newest_first ON history (bucket, last_modified DESC, id);
