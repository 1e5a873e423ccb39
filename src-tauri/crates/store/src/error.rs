//! What goes wrong when keeping records.

use std::path::{Path, PathBuf};

/// What a body of the store was told by what it stands on (SQLite, PostgreSQL).
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store could not do it. Nothing of a failed transaction remains.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full: the change was not saved, and nothing else changed.
    #[error("the disk is full")]
    Full(#[source] Cause),
    /// The disk did not read or write, and it was not for want of space.
    #[error("the disk could not be read or written")]
    Disk(#[source] Cause),
    /// Another program holds the file, or a transaction took too long.
    #[error("the store is busy")]
    Busy(#[source] Cause),
    /// The file is not a whole store: it was cut, overwritten, or is something else.
    #[error("the store at {path} is damaged: {detail}", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file is whole as far as can be told, and is locked with another key than this one, or with none.
    #[error("the store at {path} does not open with this key: {detail}", path = .path.display())]
    OtherKey {
        /// Which file.
        path: PathBuf,
        /// What was found.
        detail: &'static str,
    },
    /// The file was written by a newer version of Alongside.
    #[error(
        "the store at {path} was written by a newer version of Alongside (schema {found}, this one knows {known}). Install the newer version; nothing was changed.",
        path = .path.display()
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// A file that must not be overwritten is there already.
    #[error("{path} is there already; nothing was changed", path = .path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// A copy was read back and is not what was written.
    #[error("the copy at {path} is not whole: {detail}", path = .path.display())]
    BadCopy {
        /// Which file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// A file beside the store could not be read or written.
    #[error("{doing} {path} failed", path = .path.display())]
    File {
        /// What was being done.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The steps between schemas failed; the copy made before is still there.
    #[error("the store could not be brought to this version's schema")]
    Migration(#[source] Cause),
    /// Anything else that the database says.
    #[error("the store's database refused")]
    Database(#[source] Cause),
}

impl StoreError {
    /// Whether the disk was full: the person can free space and try again.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether trying again soon may help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Busy(_))
    }

    /// Whether the file itself is broken, so that it must be set aside and rebuilt.
    pub fn is_damaged(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }

    /// Whether the file wants another key.
    pub fn is_other_key(&self) -> bool {
        matches!(self, Self::OtherKey { .. })
    }

    /// Damage whose file the caller will name (see [`Self::located`]).
    pub(crate) fn damaged(detail: impl Into<String>) -> Self {
        Self::Damaged {
            path: PathBuf::new(),
            detail: detail.into(),
        }
    }

    /// Names the file that damage or another key was found in, where it is not named yet.
    pub(crate) fn located(self, at: &Path) -> Self {
        match self {
            Self::Damaged { path, detail } if path.as_os_str().is_empty() => Self::Damaged {
                path: at.to_owned(),
                detail,
            },
            Self::OtherKey { path, detail } if path.as_os_str().is_empty() => Self::OtherKey {
                path: at.to_owned(),
                detail,
            },
            other => other,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::{ErrorCode, ffi};
        let extended = error.sqlite_error().map_or(0, |e| e.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(error.into()),
            // The index of the log beside the file could not grow: there is nothing else that it fails for.
            Some(ErrorCode::SystemIoFailure) if extended == ffi::SQLITE_IOERR_SHMSIZE => {
                Self::Full(error.into())
            }
            // Fewer bytes than the file's own header promises.
            Some(ErrorCode::SystemIoFailure) if extended == ffi::SQLITE_IOERR_SHORT_READ => {
                Self::damaged(error.to_string())
            }
            Some(ErrorCode::SystemIoFailure) => Self::Disk(error.into()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(error.into()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::damaged(error.to_string())
            }
            // A column that holds another type than this version wrote.
            None if matches!(
                error,
                rusqlite::Error::FromSqlConversionFailure(..)
                    | rusqlite::Error::InvalidColumnType(..)
                    | rusqlite::Error::IntegralValueOutOfRange(..)
            ) =>
            {
                Self::damaged(error.to_string())
            }
            _ => Self::Database(error.into()),
        }
    }
}
