//! The calendar: days and times of day in UTC, computed, not asked for.

use crate::model::plan::Date;

const DAY_SECONDS: u64 = 86_400;
/// Days from 1 March of the year 0 to 1 January 1970.
const EPOCH_DAY: u64 = 719_468;
/// Days in the 400 years after which the calendar repeats.
const ERA_DAYS: u64 = 146_097;

/// The day of a moment, in UTC.
///
/// The year is counted from 1 March, so that the leap day is its last one and
/// the lengths of its months follow one formula (H. Hinnant, *chrono-compatible
/// low-level date algorithms*, `civil_from_days`).
pub(crate) fn date(unix_seconds: u64) -> Date {
    let days = unix_seconds / DAY_SECONDS + EPOCH_DAY;
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

/// `20261120T130512Z`: sorts by time, and is fit for a file name.
pub(crate) fn stamp(unix_seconds: u64) -> String {
    let Date { year, month, day } = date(unix_seconds);
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
            assert_eq!(date(unix_seconds).to_string(), expected);
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
            assert_eq!(date(day * DAY_SECONDS), expected);
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
    fn a_stamp_names_the_second() {
        assert_eq!(stamp(1_795_179_912), "20261120T130512Z");
    }
}
