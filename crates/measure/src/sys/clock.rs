//! `adjtimex(2)` without changing anything: what the kernel was told of its wall clock.

use std::io;
use std::mem::zeroed;

use model::{Micros, WallClock};

/// Asks the kernel.
///
/// # Errors
/// `ENOSYS` or `EPERM` where a sandbox does not let it through.
#[expect(unsafe_code, reason = "neither rustix nor nix has this call")]
pub fn wall_clock() -> io::Result<WallClock> {
    // SAFETY: every field of `timex` is an integer, for which zero is valid; `modes` 0 asks and sets nothing.
    let mut raw: libc::timex = unsafe { zeroed() };
    // SAFETY: the pointer is to a whole `timex` that outlives the call.
    let state = unsafe { libc::adjtimex(&raw mut raw) };
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(WallClock {
        synchronised: raw.status & libc::STA_UNSYNC == 0,
        max_error_us: Micros(u64::try_from(raw.maxerror).unwrap_or(0)),
        unix_seconds: raw.time.tv_sec,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_time_is_the_time() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let clock = wall_clock().unwrap();
        assert!(clock.unix_seconds.abs_diff(now.cast_signed()) <= 1, "{clock:?}");
    }
}
