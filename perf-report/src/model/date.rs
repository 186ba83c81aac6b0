//! Moments in UTC, as people and pages are shown them.

use chrono::{DateTime, Utc};

/// A moment; what lies behind the end of the calendar is its last one.
fn at(seconds: u64) -> DateTime<Utc> {
    let moment = i64::try_from(seconds).ok();
    let moment = moment.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    moment.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `2026-11-20 13:05`, in UTC.
pub(crate) fn minute(seconds: u64) -> String {
    at(seconds).format("%Y-%m-%d %H:%M").to_string()
}

/// `2026-11-20T13:05:12+00:00` (RFC 3339).
pub(crate) fn moment(seconds: u64) -> String {
    at(seconds).to_rfc3339()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_to_the_minute() {
        assert_eq!(
            minute(20_777 * 86_400 + 13 * 3600 + 5 * 60 + 12),
            "2026-11-20 13:05"
        );
    }
}
