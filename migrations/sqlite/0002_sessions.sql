-- Who is signed in to the pages. Tokens are with the browsers alone; here are their SHA-256.
CREATE TABLE sessions (
    token BLOB PRIMARY KEY,
    account TEXT NOT NULL,
    begun INTEGER NOT NULL,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_account ON sessions (account);

-- Links to the page that makes the first administrator, by the SHA-256 of their tokens. Empty once there is an account.
CREATE TABLE first_start_links (
    token BLOB PRIMARY KEY,
    made INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
