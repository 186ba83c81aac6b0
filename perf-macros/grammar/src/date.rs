//! The calendar: days and times of day in UTC, computed, not asked for.

use std::fmt;

use crate::text::parsed;

const DAY_SECONDS: u64 = 86_400;
/// Days from 1 March of the year 0 to 1 January 1970.
const EPOCH_DAY: u64 = 719_468;
/// Days in the 400 years after which the calendar repeats.
const ERA_DAYS: u64 = 146_097;

/// A day of the Gregorian calendar; shown as `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day, from 1.
    pub day: u8,
}

impl Date {
    /// The day of a moment in seconds since 1970, in UTC.
    ///
    /// The year is counted from 1 March, so that the leap day is its last one and
    /// the lengths of its months follow one formula (H. Hinnant, *chrono-compatible
    /// low-level date algorithms*, `civil_from_days`).
    #[must_use]
    pub fn of_unix(seconds: u64) -> Date {
        let days = seconds / DAY_SECONDS + EPOCH_DAY;
        let (era, day_of_era) = (days / ERA_DAYS, days % ERA_DAYS);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let (month, next_year) = if month_from_march < 10 {
            (month_from_march + 3, 0)
        } else {
            (month_from_march - 9, 1)
        };
        let year = era * 400 + year_of_era + next_year;
        Date {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: u8::try_from(month).unwrap_or(12),
            day: u8::try_from(day).unwrap_or(31),
        }
    }

    /// The first second of the day since 1970, in UTC; 0 before 1970
    /// (`days_from_civil` of the same source).
    #[must_use]
    pub fn unix(self) -> u64 {
        let (year, month) = (u64::from(self.year), u64::from(self.month));
        let (year, month_from_march) = if month > 2 {
            (year, month - 3)
        } else {
            (year.saturating_sub(1), month + 9)
        };
        let (era, year_of_era) = (year / 400, year % 400);
        let day_of_year = (153 * month_from_march + 2) / 5 + u64::from(self.day).saturating_sub(1);
        let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
        (era * ERA_DAYS + day_of_era).saturating_sub(EPOCH_DAY) * DAY_SECONDS
    }

    /// Reads `2026-12-31`; `None` where it is no day since 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Date> {
        let date = Date {
            year: parsed(text.get(..4)?)?,
            month: parsed(text.get(5..7)?)?,
            day: parsed(text.get(8..)?)?,
        };
        // A day that there is not is read back as another one.
        let is_day = (1..=12).contains(&date.month) && Date::of_unix(date.unix()) == date;
        // Every digit is there, and nothing else.
        (is_day && date.to_string() == text).then_some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// `20261120T130512Z` of a moment in seconds since 1970: sorts by time, and is fit for a file
/// name.
#[must_use]
pub fn stamp(unix_seconds: u64) -> String {
    let Date { year, month, day } = Date::of_unix(unix_seconds);
    let second = unix_seconds % DAY_SECONDS;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_fall_on_the_day_a_calendar_shows() {
        #[track_caller]
        fn check(unix_seconds: u64, expected: &str) {
            let date = Date::of_unix(unix_seconds);
            assert_eq!(date.to_string(), expected);
            assert_eq!(Date::parse(expected), Some(date));
            assert_eq!(date.unix(), unix_seconds / DAY_SECONDS * DAY_SECONDS);
        }
        check(0, "1970-01-01");
        check(86_399, "1970-01-01");
        check(86_400, "1970-01-02");
        check(951_782_400, "2000-02-29");
        check(951_868_800, "2000-03-01");
        check(1_709_164_800, "2024-02-29");
        check(1_767_225_599, "2025-12-31");
        check(1_767_225_600, "2026-01-01");
        check(4_107_542_400, "2100-03-01");
    }

    #[test]
    fn each_day_of_400_years_follows_the_one_before() {
        let leap =
            |y: u16| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
        let mut expected = Date {
            year: 1970,
            month: 1,
            day: 1,
        };
        for day in 0..ERA_DAYS {
            assert_eq!(Date::of_unix(day * DAY_SECONDS), expected);
            assert_eq!(expected.unix(), day * DAY_SECONDS);
            let length = match expected.month {
                2 if leap(expected.year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            expected.day += 1;
            if expected.day > length {
                expected = Date {
                    day: 1,
                    month: expected.month + 1,
                    ..expected
                };
            }
            if expected.month > 12 {
                expected = Date {
                    month: 1,
                    year: expected.year + 1,
                    ..expected
                };
            }
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "2026",
            "2026-02-31",
            "2026-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-10-00",
            "2026-04-31",
            "2026-1-1",
            "2026-01-01-01",
            "2026/01/01",
            "26-01-01",
            "1969-12-31",
            "2026-+1-01",
            "2026-01-1é",
            "20é6-01-01",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_stamp_names_the_second() {
        assert_eq!(stamp(1_795_179_912), "20261120T130512Z");
    }
}
