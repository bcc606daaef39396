//! Failures of this machine, which are not the server's.

use std::io;

/// What `error` says that this machine lacks, whatever the server did; `None` for other errors.
#[cfg(unix)]
fn local(error: &io::Error) -> Option<String> {
    use nix::errno::Errno;
    let errno = Errno::from_raw(error.raw_os_error()?);
    let words = match errno {
        Errno::EADDRNOTAVAIL | Errno::EADDRINUSE => "no free port on this machine",
        Errno::EMFILE => "too many open files in this process",
        Errno::ENFILE => "too many open files on this machine",
        Errno::ENOBUFS => "no buffer space on this machine",
        Errno::ENOMEM => "out of memory on this machine",
        Errno::EAGAIN => "no free port or memory on this machine",
        Errno::ENETDOWN => "the network of this machine is down",
        // EACCES may be what a remote firewall answers with in IPv6: RFC 4443, section 3.1.
        Errno::EPERM => "this machine does not permit the connection",
        _ => return None,
    };
    Some(format!("{words} ({errno:?})"))
}

/// What `error` says that this machine lacks, whatever the server did; `None` for other errors.
#[cfg(not(unix))]
fn local(error: &io::Error) -> Option<String> {
    let words = match error.kind() {
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse => {
            "no free port on this machine"
        }
        io::ErrorKind::OutOfMemory => "out of memory on this machine",
        io::ErrorKind::NetworkDown => "the network of this machine is down",
        io::ErrorKind::PermissionDenied => "this machine does not permit the connection",
        _ => return None,
    };
    Some(words.to_owned())
}

/// Whether this machine failed, whatever the server did.
pub(super) fn is_local(error: &io::Error) -> bool {
    local(error).is_some()
}

/// What failed, in words that are the same on every machine where the standard library has a name
/// for it.
pub(crate) fn describe(error: &io::Error) -> String {
    if let Some(local) = local(error) {
        return local;
    }
    let name = error.kind().to_string();
    let is_named = error.kind() != io::ErrorKind::Other && !name.contains("uncategorized");
    if is_named { name } else { error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn what_this_machine_lacks_is_local_and_has_words() {
        for (number, local, words) in [
            (99, true, "no free port on this machine (EADDRNOTAVAIL)"),
            (24, true, "too many open files in this process (EMFILE)"),
            (23, true, "too many open files on this machine (ENFILE)"),
            (105, true, "no buffer space on this machine (ENOBUFS)"),
            (12, true, "out of memory on this machine (ENOMEM)"),
            (111, false, "connection refused"),
            (104, false, "connection reset"),
            (110, false, "timed out"),
            (113, false, "host unreachable"),
            // The standard library has no name for it.
            (71, false, "Protocol error (os error 71)"),
        ] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!((is_local(&error), describe(&error)), (local, words.to_owned()));
        }
    }

    #[test]
    fn errors_of_our_own_keep_their_words() {
        let error = io::Error::other("closed without a reply");
        assert_eq!(
            (is_local(&error), describe(&error).as_str()),
            (false, "closed without a reply")
        );
    }
}
