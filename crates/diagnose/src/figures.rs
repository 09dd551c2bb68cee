//! Quantities as they stand in a sentence: short, with a unit, exact enough to act on. Layout and tables are the
//! business of `reports`.

use model::{Bytes, Micros};

/// `120 µs`, `85 ms`, `6.0 s`, `28 s`, `2 min 7 s`.
pub(crate) fn time(time: Micros) -> String {
    let us = time.0;
    match us {
        0..1_000 => format!("{us} µs"),
        // Rounding must not show 1000 ms or 60.0 s.
        1_000..999_500 => format!("{} ms", (us + 500) / 1_000),
        999_500..9_950_000 => format!("{:.1} s", time.as_secs_f64()),
        9_950_000..119_500_000 => format!("{:.0} s", time.as_secs_f64()),
        _ => {
            let seconds = (us.saturating_add(500_000)) / 1_000_000;
            if seconds.is_multiple_of(60) {
                format!("{} min", seconds / 60)
            } else {
                format!("{} min {} s", seconds / 60, seconds % 60)
            }
        }
    }
}

/// `0 bytes`, `388 bytes`, `3.2 KiB`, `320 KiB`, `1.5 GiB`.
pub(crate) fn size(size: Bytes) -> String {
    if size.0 < 1024 {
        return count(size.0, "byte");
    }
    let mut amount = size.0 as f64 / 1024.0;
    for unit in ["KiB", "MiB"] {
        if amount < 1023.5 {
            return scaled(amount, unit);
        }
        amount /= 1024.0;
    }
    scaled(amount, "GiB")
}

/// `780 kbit/s`, `4.2 Mbit/s`; nothing where no time passed.
pub(crate) fn rate(size: Bytes, time: Micros) -> Option<String> {
    if time.0 == 0 {
        return None;
    }
    let kilobits = size.0 as f64 * 8.0 / time.as_secs_f64() / 1e3;
    Some(match kilobits {
        ..999.5 => scaled(kilobits, "kbit/s"),
        999.5..999_500.0 => scaled(kilobits / 1e3, "Mbit/s"),
        _ => scaled(kilobits / 1e6, "Gbit/s"),
    })
}

/// `1 ref`, `41 refs`; for words that take an s.
pub(crate) fn count(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// `a, b and c`.
pub(crate) fn list<T: ToString>(items: &[T]) -> String {
    let words: Vec<String> = items.iter().map(ToString::to_string).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

fn scaled(amount: f64, unit: &str) -> String {
    if amount < 9.95 { format!("{amount:.1} {unit}") } else { format!("{amount:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_a_unit_and_no_false_precision() {
        let times = [
            (0, "0 µs"),
            (85_400, "85 ms"),
            (999_600, "1.0 s"),
            (6_000_000, "6.0 s"),
            (9_960_000, "10 s"),
            (60_000_000, "60 s"),
            (127_000_000, "2 min 7 s"),
            (180_000_000, "3 min"),
        ];
        for (us, text) in times {
            assert_eq!(time(Micros(us)), text);
        }
        let sizes =
            [(1, "1 byte"), (388, "388 bytes"), (3_277, "3.2 KiB"), (1_048_575, "1.0 MiB"), (41_943_040, "40 MiB")];
        for (bytes, text) in sizes {
            assert_eq!(size(Bytes(bytes)), text);
        }
        assert_eq!(rate(Bytes(525_000), Micros::from_secs(1)).unwrap(), "4.2 Mbit/s");
        assert_eq!(rate(Bytes(12_000), Micros::from_secs(1)).unwrap(), "96 kbit/s");
        assert_eq!(rate(Bytes(210_000_000), Micros::from_secs(1)).unwrap(), "1.7 Gbit/s");
        assert_eq!(rate(Bytes(1), Micros(0)), None);
    }

    #[test]
    fn the_largest_values_do_not_break_it() {
        assert!(time(Micros(u64::MAX)).ends_with(" s"));
        assert!(size(Bytes(u64::MAX)).ends_with("GiB"));
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
