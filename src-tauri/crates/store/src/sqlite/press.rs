//! Compression of a record's texts.

use std::fmt;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use super::bytes::{Bytes, push_number};
use crate::{Result, StoreError};

/// Fewer bytes than this are kept as they are: nothing would be won.
const LEAST: usize = 48;
/// What every frame starts with, and so need not be kept.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Beyond this a text of a record is not believed.
const MOST: usize = 1 << 30;

/// Compressor and decompressor of one connection; their working memory is kept from one record to the next.
pub(super) struct Press {
    compressor: Compressor<'static>,
    decompressor: Decompressor<'static>,
}

impl Press {
    pub(super) fn new(level: i32) -> Result<Self> {
        let start = || -> std::io::Result<Self> {
            let mut compressor = Compressor::new(level)?;
            // The length stands before the texts and a check sum over the whole record: neither is needed twice.
            compressor.set_parameter(CParameter::ContentSizeFlag(false))?;
            compressor.set_parameter(CParameter::ChecksumFlag(false))?;
            Ok(Self {
                compressor,
                decompressor: Decompressor::new()?,
            })
        };
        start().map_err(|error| StoreError::Database(error.into()))
    }

    /// Appends the length of `texts` and, compressed where that is shorter, the texts.
    pub(super) fn push(&mut self, texts: &str, out: &mut Vec<u8>) -> Result<()> {
        push_number(out, texts.len() as u64);
        if texts.len() >= LEAST {
            let frame = self
                .compressor
                .compress(texts.as_bytes())
                .map_err(|error| StoreError::Database(error.into()))?;
            if let Some(rest) = frame.strip_prefix(&MAGIC)
                && rest.len() < texts.len()
            {
                out.extend_from_slice(rest);
                return Ok(());
            }
        }
        out.extend_from_slice(texts.as_bytes());
        Ok(())
    }

    /// Reads what [`push`](Self::push) appended; nothing where there is nothing.
    pub(super) fn open(&mut self, mut bytes: Bytes<'_>) -> Result<String> {
        if bytes.0.is_empty() {
            return Ok(String::new());
        }
        let len = bytes.len()?;
        let texts = if bytes.0.len() == len {
            bytes.0.to_vec()
        } else if len <= MOST {
            let frame = [&MAGIC, bytes.0].concat();
            self.decompressor
                .decompress(&frame, len)
                .map_err(|error| StoreError::damaged(error.to_string()))?
        } else {
            Vec::new()
        };
        if texts.len() != len {
            return Err(StoreError::damaged("texts of another length"));
        }
        String::from_utf8(texts).map_err(|_| StoreError::damaged("texts that are not text"))
    }
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Press")
    }
}
