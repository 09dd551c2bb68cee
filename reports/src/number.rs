//! How numbers are printed, everywhere: three digits that matter, a unit, and never a digit that was not measured.

use model::{Bytes, Micros};

/// A duration: `0.8 ms`, `12.3 ms`, `412 ms`, `1.24 s`, `12.1 s`, `65 s`, `10 min 5 s`. Whole seconds from ten on, which
/// are settings more often than measurements, come without decimals.
pub fn duration(time: Micros) -> String {
    let us = time.0;
    if us == 0 {
        return "0 ms".to_owned();
    }
    if us < 50 {
        return "<0.1 ms".to_owned();
    }
    let tenths_ms = rounded(us, 100);
    if tenths_ms < 1_000 {
        return format!("{}.{} ms", tenths_ms / 10, tenths_ms % 10);
    }
    let ms = rounded(us, 1_000);
    if ms < 1_000 {
        return format!("{ms} ms");
    }
    let centiseconds = rounded(us, 10_000);
    if centiseconds < 1_000 {
        return format!("{}.{:02} s", centiseconds / 100, centiseconds % 100);
    }
    let deciseconds = rounded(us, 100_000);
    if deciseconds < 600 && !us.is_multiple_of(1_000_000) {
        return format!("{}.{} s", deciseconds / 10, deciseconds % 10);
    }
    let s = rounded(us, 1_000_000);
    if s < 600 {
        return format!("{s} s");
    }
    match s % 60 {
        0 => format!("{} min", s / 60),
        rest => format!("{} min {rest} s", s / 60),
    }
}

/// A size for people: exact below ten thousand bytes, where it is compared with segment sizes; then `24.1 KiB`,
/// `1.24 MiB`, `2.50 GiB`.
pub fn bytes(size: Bytes) -> String {
    if size.0 < 10_000 {
        return exact_bytes(size);
    }
    let mut value = size.0 as f64 / 1024.0;
    for unit in ["KiB", "MiB", "GiB"] {
        // 999.5 would print as four digits.
        if value < 999.5 {
            return format!("{} {unit}", three_digits(value));
        }
        value /= 1024.0;
    }
    format!("{} TiB", three_digits(value))
}

/// A size to the byte: `1,489 B`.
pub fn exact_bytes(size: Bytes) -> String {
    format!("{} B", count(size.0))
}

/// A rate in bits per second, decimal units as networks are sold: `96.0 kbit/s`, `12.4 Mbit/s`, `1.24 Gbit/s`.
pub fn rate(bits_per_second: f64) -> String {
    if !bits_per_second.is_finite() || bits_per_second < 0.0 {
        return "unknown rate".to_owned();
    }
    if bits_per_second < 999.5 {
        return format!("{bits_per_second:.0} bit/s");
    }
    let mut value = bits_per_second / 1e3;
    for unit in ["kbit/s", "Mbit/s"] {
        if value < 999.5 {
            return format!("{} {unit}", three_digits(value));
        }
        value /= 1e3;
    }
    format!("{} Gbit/s", three_digits(value))
}

/// `size` over `time` in bits per second; none where no time passed.
pub fn bits_per_second(size: Bytes, time: Micros) -> Option<f64> {
    (time.0 > 0).then(|| size.0 as f64 * 8.0 / time.as_secs_f64())
}

/// A count with separators: `5,819`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: `1 object`, `5,819 objects`.
pub fn counted(value: u64, noun: &str) -> String {
    let plural = match (value, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{noun}s"),
    };
    format!("{} {plural}", count(value))
}

fn rounded(value: u64, unit: u64) -> u64 {
    value.saturating_add(unit / 2) / unit
}

fn three_digits(value: f64) -> String {
    if value < 9.995 {
        format!("{value:.2}")
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_three_digits_and_never_carry_into_a_fourth() {
        let cases = [
            (0, "0 ms"),
            (1, "<0.1 ms"),
            (49, "<0.1 ms"),
            (50, "0.1 ms"),
            (800, "0.8 ms"),
            (12_349, "12.3 ms"),
            (99_949, "99.9 ms"),
            (99_950, "100 ms"),
            (999_499, "999 ms"),
            (999_500, "1.00 s"),
            (1_240_000, "1.24 s"),
            (9_994_999, "9.99 s"),
            (9_995_000, "10.0 s"),
            (10_000_000, "10 s"),
            (12_100_000, "12.1 s"),
            (59_949_999, "59.9 s"),
            (59_950_000, "60 s"),
            (60_000_000, "60 s"),
            (65_400_000, "65 s"),
            (605_000_000, "10 min 5 s"),
            (1_200_000_000, "20 min"),
        ];
        for (us, expected) in cases {
            assert_eq!(duration(Micros(us)), expected, "{us} µs");
        }
        assert!(!duration(Micros(u64::MAX)).is_empty());
    }

    #[test]
    fn sizes_are_exact_while_segments_matter() {
        let cases = [
            (0, "0 B"),
            (388, "388 B"),
            (1_489, "1,489 B"),
            (9_999, "9,999 B"),
            (10_000, "9.77 KiB"),
            (24_678, "24.1 KiB"),
            (1_023_487, "999 KiB"),
            (1_023_488, "0.98 MiB"),
            (26_214_400, "25.0 MiB"),
            (1_073_741_824, "1.00 GiB"),
        ];
        for (size, expected) in cases {
            assert_eq!(bytes(Bytes(size)), expected, "{size}");
        }
        assert!(bytes(Bytes(u64::MAX)).ends_with("TiB"));
    }

    #[test]
    fn rates_are_decimal_bits() {
        let cases = [
            (0.0, "0 bit/s"),
            (96_000.0, "96.0 kbit/s"),
            (999_600.0, "1.00 Mbit/s"),
            (12_400_000.0, "12.4 Mbit/s"),
            (1_240_000_000.0, "1.24 Gbit/s"),
            (f64::NAN, "unknown rate"),
        ];
        for (value, expected) in cases {
            assert_eq!(rate(value), expected, "{value}");
        }
        assert_eq!(bits_per_second(Bytes(125_000), Micros::from_secs(1)), Some(1e6));
        assert_eq!(bits_per_second(Bytes(1), Micros(0)), None);
    }

    #[test]
    fn counts_have_separators_and_nouns_agree() {
        for (value, expected) in [(0, "0"), (999, "999"), (5_819, "5,819"), (1_234_567, "1,234,567")] {
            assert_eq!(count(value), expected);
        }
        assert_eq!(counted(1, "entry"), "1 entry");
        assert_eq!(counted(0, "entry"), "0 entries");
        assert_eq!(counted(1_204, "object"), "1,204 objects");
    }
}
