//! The calendar: days and moments in UTC.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// A day of the Gregorian calendar; shown as `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date(NaiveDate);

impl Date {
    /// The date of a moment, in UTC.
    pub(crate) fn of_unix(seconds: u64) -> Date {
        Date(at(seconds).date_naive())
    }

    /// The first second of the day since 1970, in UTC; 0 before 1970.
    pub(crate) fn unix(self) -> u64 {
        let start = self.0.and_time(NaiveTime::MIN).and_utc();
        u64::try_from(start.timestamp()).unwrap_or(0)
    }

    /// Reads `2026-12-31`; `None` where it is no day since 1970.
    pub(crate) fn parse(text: &str) -> Option<Date> {
        let date = Date(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?);
        // Every digit is there.
        (date.0 >= NaiveDate::default() && date.to_string() == text).then_some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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

/// `20261120T130512Z`: sorts by time, and is fit for a file name.
pub(crate) fn stamp(seconds: u64) -> String {
    at(seconds).format("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS_A_DAY: u64 = 86_400;

    #[track_caller]
    fn check(days: u64, text: &str) {
        let date = Date::of_unix(days * SECONDS_A_DAY);
        assert_eq!(date.to_string(), text);
        assert_eq!(date.unix(), days * SECONDS_A_DAY);
        assert_eq!(Date::parse(text), Some(date));
    }

    #[test]
    fn days_are_dates_and_dates_are_days() {
        check(0, "1970-01-01");
        check(11_016, "2000-02-29");
        check(11_017, "2000-03-01");
        check(20_454, "2026-01-01");
        check(20_777, "2026-11-20");
        check(20_818, "2026-12-31");
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "2026",
            "2026-02-31",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "2026-01-01-01",
            "26-01-01",
            "1969-12-31",
            "2026-+1-01",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_told_to_the_minute() {
        assert_eq!(
            minute(20_777 * 86_400 + 13 * 3600 + 5 * 60 + 12),
            "2026-11-20 13:05"
        );
    }
}
