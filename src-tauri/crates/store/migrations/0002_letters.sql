-- Why: what waits can be carried to the hub by others, sealed; both who writes and who carries must remember it.

-- Letters this device made. `identity` opens the receipt, and is emptied once that was read.
CREATE TABLE letters (
    id          BLOB PRIMARY KEY,
    made_at     INTEGER NOT NULL,
    identity    TEXT NOT NULL DEFAULT '',
    changes     INTEGER NOT NULL DEFAULT 0,
    records     INTEGER NOT NULL DEFAULT 0,
    answered_at INTEGER
) STRICT, WITHOUT ROWID;

-- Letters of others, to be carried to their hub, and what came of each: its receipt to hand back, or why it was refused
-- for good. The envelopes are as they lie in a file; nothing in them can be read here.
CREATE TABLE carried (
    id         BLOB PRIMARY KEY,
    hub        BLOB NOT NULL,
    device     BLOB NOT NULL,
    person     BLOB NOT NULL,
    made_at    INTEGER NOT NULL,
    taken_at   INTEGER NOT NULL,
    letter     BLOB NOT NULL DEFAULT x'',
    receipt    BLOB NOT NULL DEFAULT x'',
    settled_at INTEGER,
    code       TEXT NOT NULL DEFAULT '',
    message    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- On a hub: the letters that were taken in, by the hash of what was sealed, with the receipt that was given. The same
-- letter gets the same receipt.
CREATE TABLE letters_taken (
    hash     BLOB PRIMARY KEY,
    taken_at INTEGER NOT NULL,
    receipt  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
