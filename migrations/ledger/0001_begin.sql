-- Versions for which a signature may exist. No text hash: raised after a restore, for no text.
CREATE TABLE spent (
    bucket TEXT NOT NULL,
    collection TEXT NOT NULL,
    version INTEGER NOT NULL,
    text_hash BLOB CHECK (length(text_hash) = 32),
    PRIMARY KEY (bucket, collection, version)
) STRICT, WITHOUT ROWID;
