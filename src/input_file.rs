//! Files that are read whole.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// The largest file that is read. A million accounts take about 40 MiB.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a regular file of up to 64 MiB. Anything else may have no end, or nobody who writes
/// to it.
///
/// # Errors
/// When it cannot be read, is no regular file, or is too large.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let refuse = |message: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    // Before it is opened: that alone would wait for the writer of a pipe.
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() {
        return refuse("it is a folder");
    }
    if !metadata.is_file() {
        return refuse("it is no regular file, but a device, a pipe or a socket");
    }
    let mut bytes = Vec::new();
    // Some of what the kernel shows as files have no length and no end either.
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return refuse("it is larger than 64 MiB");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(read(&manifest.join("Cargo.toml")).is_ok_and(|bytes| !bytes.is_empty()));
        let words = |path: &Path| read(path).expect_err("not to be read").to_string();
        assert!(words(manifest).contains("folder"));
        if cfg!(unix) {
            assert!(words(Path::new("/dev/zero")).contains("no regular file"));
        }
        // Sparse: it takes no room.
        let large = std::env::temp_dir().join(format!("gander-large-{}", std::process::id()));
        File::create(&large)
            .and_then(|file| file.set_len(MAX_BYTES + 1))
            .expect("a large file");
        let found = words(&large);
        fs::remove_file(&large).expect("it is there");
        assert!(found.contains("64 MiB"), "{found}");
    }
}
