//! How many connections the system lets the process have.

/// Descriptors for what is no client: standard streams, the listener, the runtime's own, and what
/// else runs in the process.
const RESERVED: u64 = 64;

/// As many of `wanted` connections as there can be, after asking the system for as many descriptors
/// as it gives without privileges.
pub(super) fn room_for(wanted: usize) -> usize {
    // Where it cannot be asked for more, what there is has to do.
    let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(256);
    let room = descriptors.saturating_sub(RESERVED).max(1);
    usize::try_from(room).unwrap_or(usize::MAX).min(wanted)
}
