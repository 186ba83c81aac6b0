//! What is read and what is printed.

use std::ops::Range;

use super::*;

#[track_caller]
fn reads(unit: Unit, text: &str, expected: u64) {
    assert_eq!(parse(unit, text), Ok(expected), "{text}");
}

#[track_caller]
fn refuses(unit: Unit, text: &str, at: Range<usize>, part: &str) {
    let error = parse(unit, text).expect_err(text);
    assert_eq!(error.at, at, "{text}: {error}");
    assert!(error.to_string().contains(part), "{text}: {error}");
}

#[test]
fn quantities_are_read_into_base_units() {
    reads(Unit::Duration, "10ms", 10_000_000);
    reads(Unit::Duration, "1.5 s", 1_500_000_000);
    reads(Unit::Duration, "1_000us", 1_000_000);
    reads(Unit::Duration, "0.35µs", 350);
    reads(Unit::Duration, "2min", 120_000_000_000);
    reads(Unit::Duration, "0ns", 0);
    reads(Unit::Bytes, "50MB", 50_000_000);
    reads(Unit::Bytes, "1.5 MiB", 1_572_864);
    reads(Unit::Count, "1_000", 1_000);
    reads(Unit::Rate, "1000/s", 1_000_000);
    reads(Unit::Rate, "0.5/s", 500);
    reads(Unit::Rate, "5/ms", 5_000_000);
    reads(Unit::Share, "80%", 800_000);
    reads(Unit::Factor, "0.5x", 500);
    reads(Unit::Factor, "2 x", 2_000);
    reads(Unit::Share, "350.5 %", 3_505_000);
    assert_eq!(parse_percent("90%"), Ok(0.9));
}

#[test]
fn what_is_no_quantity_is_refused_at_the_wrong_part() {
    refuses(Unit::Duration, "10", 0..2, "has no unit");
    refuses(Unit::Duration, "10mss", 2..5, "did you mean `ms`?");
    refuses(Unit::Duration, "10 MS", 3..5, "did you mean `ms`?");
    refuses(Unit::Duration, "ms", 0..2, "is not a duration");
    refuses(Unit::Duration, "-1ms", 0..4, "is not a duration");
    refuses(Unit::Duration, "1.2.3ms", 0..5, "is not a number");
    refuses(Unit::Duration, "99999999999999999999min", 0..20, "fits");
    // Rounded up it would not fit, and come round to zero.
    let most = u128::MAX;
    refuses(Unit::Bytes, &format!("{most}.9B"), 0..41, "fits");
    refuses(Unit::Bytes, "5mb", 1..3, "did you mean `MB`?");
    refuses(Unit::Count, "1.5", 1..3, "whole number");
    refuses(Unit::Rate, "1000", 0..4, "has no unit");
    refuses(Unit::Share, "0.8", 0..3, "has no unit");
    refuses(Unit::Duration, "", 0..0, "is not a duration");
}

#[test]
fn quantities_are_printed_with_three_digits() {
    assert_eq!(format_duration(12_400_000.0), "12.4 ms");
    assert_eq!(format_duration(999_700.0), "1 ms");
    assert_eq!(format_duration(350.0), "350 ns");
    assert_eq!(format_duration(90e9), "90 s");
    assert_eq!(format_duration(1200e9), "20 min");
    assert_eq!(format_duration(0.0), "0 ns");
    assert_eq!(format_duration(2.7), "2.7 ns");
    assert_eq!(format_time(2.7), "2.7 ns");
    assert_eq!(format_time(0.4), "0.4 ns");
    assert_eq!(format_time(0.04), "< 1 ns");
    assert_eq!(format_time(0.0), "< 1 ns");
    assert_eq!(format_bytes(50e6), "50 MB");
    assert_eq!(format_count(1_234_567.0), "1,234,567");
    assert_eq!(format_rate(1e6), "1,000/s");
    assert_eq!(format_rate(12.5e9), "12.5 M/s");
    assert_eq!(format_share(812_345.0), "81.2 %");
    assert_eq!(format_factor(1_250.0), "1.25x");
}

#[test]
fn exact_bytes_are_printed_to_the_last_and_can_be_read_again() {
    for (bytes, expected) in [
        (34_846.0, "34,846 B (34.8 KB)"),
        (34_815.0, "34,815 B (34.8 KB)"),
        (104_857_600.0, "104,857,600 B (105 MB)"),
        (50e6, "50 MB"),
        (999.0, "999 B"),
        (0.0, "0 B"),
        (34_845.2, "34,846 B (34.8 KB)"),
        (-34_846.0, "-34,846 B (-34.8 KB)"),
        (-500.0, "-500 B"),
    ] {
        let printed = format_exact(Unit::Bytes, bytes);
        assert_eq!(printed, expected);
        let figure = printed.split(" (").next().unwrap_or_default();
        if bytes >= 0.0 {
            assert_eq!(
                parse(Unit::Bytes, figure),
                Ok(bytes.ceil() as u64),
                "{figure}"
            );
        }
    }
    assert_eq!(format_exact(Unit::Duration, 34_846.0), "34.8 µs");
    assert_eq!(format_exact(Unit::Count, 34_846.0), "34,846");
}

#[test]
fn commas_part_thousands_of_what_has_no_decimals() {
    reads(Unit::Bytes, "34,846 B", 34_846);
    reads(Unit::Count, "1,234,567", 1_234_567);
    reads(Unit::Rate, "1,000/s", 1_000_000);
    refuses(Unit::Bytes, "1,500 MB", 0..5, "is not a number");
    refuses(Unit::Duration, "1,5ms", 0..3, "is not a number");
    refuses(Unit::Count, "1,23", 0..4, "is not a number");
    refuses(Unit::Count, "1234,567", 0..8, "is not a number");
    refuses(Unit::Bytes, "1,,000 B", 0..6, "is not a number");
}

#[test]
fn what_is_printed_can_be_read_again() {
    for ns in [1.0, 350.0, 12_400_000.0, 90e9] {
        assert_eq!(parse(Unit::Duration, &format_duration(ns)), Ok(ns as u64));
    }
    for bytes in [1.0, 1_500.0, 50e6, 3e9] {
        assert_eq!(parse(Unit::Bytes, &format_bytes(bytes)), Ok(bytes as u64));
    }
}
