//! Object files whose functions all begin at a cache line.
//!
//! Where in a line a function begins decides where its loops do, and with that how
//! they are fetched. An order of sections moves it by steps of 16 bytes; in copies of
//! the object files whose code is aligned to 64 it stays the same in every layout,
//! and in both builds.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::shard::hash;

/// A line of the cache; what processors fetch at a time is no more.
const LINE: u64 = 64;
/// What an archive begins with, and how long the head of a member is.
const ARCHIVE: &[u8] = b"!<arch>\n";
const HEAD: usize = 60;
/// Of the form of 64 bits, lowest byte first.
const ELF: [u8; 6] = [0x7f, b'E', b'L', b'F', 2, 1];
/// A section that holds instructions.
const EXECUTABLE: u64 = 4;

/// Copies that were begun by this process.
static MADE: AtomicU64 = AtomicU64::new(0);

/// A copy of an object file or library in `folder`, with its code aligned; made
/// once. A file of another form is copied as it is.
///
/// # Errors
/// If it cannot be read or written.
pub(super) fn copy(file: &Path, folder: &Path) -> io::Result<PathBuf> {
    let data = file.metadata()?;
    let changed = data
        .modified()?
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let key = format!("{}|{}|{changed}", file.display(), data.len());
    let key = hash(key.as_bytes());
    let copy = folder.join(format!("{key:016x}-{name}"));
    if copy.is_file() {
        return Ok(copy);
    }
    let mut bytes = std::fs::read(file)?;
    align(&mut bytes);
    std::fs::create_dir_all(folder)?;
    let mut part = copy.as_os_str().to_owned();
    // Both sides are linked at the same time, and other processes may link too.
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    part.push(format!(".{}-{number}", std::process::id()));
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, &copy)?;
    Ok(copy)
}

/// Aligns the code of an object file, or of every one in an archive.
fn align(bytes: &mut [u8]) {
    if !bytes.starts_with(ARCHIVE) {
        return align_object(bytes);
    }
    let mut at = ARCHIVE.len();
    while let Some(head) = bytes.get(at..at + HEAD) {
        let digits = std::str::from_utf8(&head[48..58]).unwrap_or_default();
        let Ok(size) = digits.trim_end().parse::<usize>() else {
            return;
        };
        let start = at + HEAD;
        // The longer names of BSD stand in front of what they name.
        let name = std::str::from_utf8(&head[..16]).unwrap_or_default();
        let skipped = name
            .strip_prefix("#1/")
            .and_then(|length| length.trim_end().parse().ok())
            .unwrap_or(0);
        if let Some(object) = bytes.get_mut(start + skipped..start + size) {
            align_object(object);
        }
        at = start + size + size % 2;
    }
}

/// Aligns the sections of an ELF object that hold code.
fn align_object(bytes: &mut [u8]) {
    if !bytes.starts_with(&ELF) {
        return;
    }
    let (Some(table), Some(size), Some(count)) = (
        number(bytes, 0x28, 8),
        number(bytes, 0x3a, 2),
        number(bytes, 0x3c, 2),
    ) else {
        return;
    };
    // More sections than two bytes can say are counted in the first of them.
    let count = match count {
        0 => number(bytes, table as usize + 0x20, 8).unwrap_or(0),
        count => count,
    };
    for section in 0..count {
        let head = (table + section * size) as usize;
        let flags = number(bytes, head + 0x08, 8).unwrap_or(0);
        let is_short = number(bytes, head + 0x30, 8).is_some_and(|aligned| aligned < LINE);
        if flags & EXECUTABLE != 0
            && is_short
            && let Some(field) = bytes.get_mut(head + 0x30..head + 0x38)
        {
            field.copy_from_slice(&LINE.to_le_bytes());
        }
    }
}

fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + size)?.iter().rev();
    Some(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object with a section of code aligned to 16 and one of data to 8.
    fn object() -> Vec<u8> {
        let mut bytes = vec![0; 64 + 2 * 64];
        bytes[..6].copy_from_slice(&ELF);
        bytes[0x28] = 64;
        bytes[0x3a] = 64;
        bytes[0x3c] = 2;
        bytes[64 + 0x08] = 6;
        bytes[64 + 0x30] = 16;
        bytes[128 + 0x08] = 3;
        bytes[128 + 0x30] = 8;
        bytes
    }

    fn alignments(object: &[u8]) -> (u8, u8) {
        (object[64 + 0x30], object[128 + 0x30])
    }

    #[test]
    fn code_is_aligned_and_data_is_left_alone() {
        let mut bytes = object();
        align(&mut bytes);
        assert_eq!(alignments(&bytes), (64, 8));
    }

    #[test]
    fn every_member_of_an_archive_is_aligned() {
        let mut archive = ARCHIVE.to_vec();
        for name in ["a.o/", "b.o/"] {
            let size = object().len();
            archive.extend(format!("{name:<16}{:<32}{size:<10}`\n", "0").bytes());
            archive.extend(object());
        }
        align(&mut archive);
        let start = ARCHIVE.len() + HEAD;
        assert_eq!(alignments(&archive[start..]), (64, 8));
        assert_eq!(
            alignments(&archive[start + object().len() + HEAD..]),
            (64, 8)
        );
    }

    #[test]
    fn what_is_no_object_is_left_as_it_is() {
        for text in [&b"hello"[..], b"", b"!<arch>\nshort", b"\x7fELF\x02\x01"] {
            let mut bytes = text.to_vec();
            align(&mut bytes);
            assert_eq!(bytes, text);
        }
    }
}
