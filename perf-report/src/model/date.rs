//! The calendar, computed: days since 1970 to dates and back.

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
}

const SECONDS_A_DAY: u64 = 86_400;

impl Date {
    /// The date of a day since 1970, counted in eras of 400 years that start on
    /// a first of March.
    pub(crate) fn of_day(days: u64) -> Date {
        let days = days + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let shifted = (5 * day + 2) / 153;
        let month = if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        };
        Date {
            year: era * 400 + year + u64::from(month <= 2),
            month,
            day: day - (153 * shifted + 2) / 5 + 1,
        }
    }

    /// The date of a moment, in UTC.
    pub(crate) fn of_unix(seconds: u64) -> Date {
        Date::of_day(seconds / SECONDS_A_DAY)
    }

    /// The first second of the day since 1970, in UTC; 0 before 1970.
    pub(crate) fn unix(self) -> u64 {
        let year = self.year - u64::from(self.month <= 2);
        let (era, in_era) = (year / 400, year % 400);
        let shifted = (self.month + 9) % 12;
        let in_year = (153 * shifted + 2) / 5 + self.day - 1;
        let days = era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year;
        days.saturating_sub(719_468) * SECONDS_A_DAY
    }

    /// Reads `2026-12-31`; `None` where it is no day.
    pub(crate) fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| {
            let part = parts.next()?;
            (part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse().ok())?
        };
        let date = Date {
            year: number(4)?,
            month: number(2)?,
            day: number(2)?,
        };
        // A 31st of February comes back as another day.
        let sound = date.year >= 1970
            && (1..=12).contains(&date.month)
            && Date::of_unix(date.unix()) == date;
        (parts.next().is_none() && sound).then_some(date)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// `2026-11-20 13:05`, in UTC.
pub(crate) fn minute(seconds: u64) -> String {
    let second = seconds % SECONDS_A_DAY;
    format!(
        "{} {:02}:{:02}",
        Date::of_unix(seconds),
        second / 3600,
        second / 60 % 60
    )
}

/// `2026-11-20T13:05:12+00:00` (RFC 3339).
pub(crate) fn moment(seconds: u64) -> String {
    let second = seconds % SECONDS_A_DAY;
    format!(
        "{}T{:02}:{:02}:{:02}+00:00",
        Date::of_unix(seconds),
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(days: u64, text: &str) {
        let date = Date::of_day(days);
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
