-- Why: the first schema. What is delivered lies packed, one row a record; what waits lies plain, so that it can be saved from a damaged file.

PRAGMA application_id = 1095518030; -- "ALON"

-- Words that many rows share: kinds, names of fields, ends of device ids, audiences, acts. Never changed, never deleted.
CREATE TABLE words (
    n    INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;

-- What is known of the whole store, in one row: the newest version, and the greatest stamp that is not waiting.
CREATE TABLE state (
    only_row   INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    version    INTEGER NOT NULL DEFAULT 0,
    last_stamp TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO state (only_row) VALUES (1);

-- One row for each record. `parent` is the id of what it belongs to, or empty. `readers` and `delivered` are packed
-- (sqlite/seats.rs, sqlite/pack.rs). A row with nothing delivered and nothing waiting is a record that was forgotten
-- and whose readers have yet to hear of it.
CREATE TABLE records (
    rid       INTEGER PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE,
    kind      INTEGER NOT NULL,
    parent    BLOB NOT NULL DEFAULT x'',
    readers   BLOB NOT NULL DEFAULT x'',
    delivered BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE INDEX records_by_parent ON records (kind, parent);

-- Writings that the hub has not acknowledged. Each row stands by itself. A record's rows lie together, its number times
-- 2^20 and on, so that what is being written is added at the end of its page.
CREATE TABLE waiting (
    place INTEGER PRIMARY KEY,
    id    BLOB NOT NULL,
    name  TEXT NOT NULL,
    kind  TEXT NOT NULL,
    value TEXT NOT NULL,
    stamp TEXT NOT NULL
) STRICT;

-- Writings that no longer stand; version 0 was never acknowledged.
CREATE TABLE history (
    id      BLOB NOT NULL,
    name    TEXT NOT NULL,
    stamp   TEXT NOT NULL,
    value   TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id, name, stamp, value)
) STRICT, WITHOUT ROWID;

-- Writings that a hub refused, with the reason.
CREATE TABLE set_aside (
    id      BLOB NOT NULL,
    name    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    stamp   TEXT NOT NULL,
    code    TEXT NOT NULL,
    message TEXT NOT NULL DEFAULT '',
    at      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id, name)
) STRICT, WITHOUT ROWID;

-- Small facts about this install.
CREATE TABLE notes (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Where each record stands in the feed of each audience (a word).
CREATE TABLE feed (
    audience INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    rid      INTEGER NOT NULL,
    PRIMARY KEY (audience, version, rid)
) STRICT, WITHOUT ROWID;

-- Who did, read, exported or destroyed what; person, device, act and kind are words, 0 for none.
CREATE TABLE log (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    person INTEGER NOT NULL DEFAULT 0,
    device INTEGER NOT NULL DEFAULT 0,
    act    INTEGER NOT NULL,
    kind   INTEGER NOT NULL DEFAULT 0,
    record BLOB NOT NULL DEFAULT x'',
    detail TEXT NOT NULL DEFAULT '',
    hash   BLOB NOT NULL
) STRICT;

-- Devices and browsers that were let in.
CREATE TABLE devices (
    id           BLOB PRIMARY KEY,
    person       BLOB NOT NULL,
    name         TEXT NOT NULL DEFAULT '',
    kind         TEXT NOT NULL,
    token_hash   BLOB NOT NULL,
    paired_at    INTEGER NOT NULL,
    last_contact INTEGER,
    waiting      INTEGER,
    cursor       INTEGER NOT NULL DEFAULT 0,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_token ON devices (token_hash);

-- Pairing codes, by their hash; an empty person is the code that sets a new hub up.
CREATE TABLE codes (
    hash       BLOB PRIMARY KEY,
    person     BLOB NOT NULL DEFAULT x'',
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
