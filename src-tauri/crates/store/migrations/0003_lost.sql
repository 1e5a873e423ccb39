-- Why: a lost device is shut out by a leader, told to wipe itself, and says once what it had not sent.

-- The word that makes a device wipe itself: agreed when it was let in, told to nobody before it is shut out. Empty for
-- a browser, which holds nothing, and for what was let in before there were words.
ALTER TABLE devices ADD COLUMN wipe TEXT NOT NULL DEFAULT '';
-- The leader who shut it out; empty when it left by itself.
ALTER TABLE devices ADD COLUMN revoked_by BLOB NOT NULL DEFAULT x'';
-- What it said had not been sent when it heard that it is shut out, as JSON: counts, ids and kinds; empty before.
ALTER TABLE devices ADD COLUMN farewell TEXT NOT NULL DEFAULT '';
