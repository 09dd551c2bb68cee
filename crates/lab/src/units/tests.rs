//! What is read, what is refused, and that what is printed can be read again.

use super::*;

#[test]
fn units_mean_what_they_say() {
    assert_eq!("300us".parse::<Delay>().unwrap().duration(), Duration::from_micros(300));
    assert_eq!("1.5s".parse::<Delay>().unwrap().duration(), Duration::from_millis(1500));
    assert_eq!("256kbit".parse::<Rate>().unwrap().bits_per_second(), 256_000);
    assert_eq!("64kB".parse::<Size>().unwrap().bytes(), 64_000);
    assert_eq!("16KiB".parse::<Size>().unwrap().bytes(), 16_384);
    assert_eq!("1MB".parse::<Size>().unwrap().bytes(), 1_000_000);
    assert!(("0.5%".parse::<Fraction>().unwrap().probability() - 0.005).abs() < 1e-12);
    assert!(("100%".parse::<Fraction>().unwrap().probability() - 1.0).abs() < 1e-12);
}

#[test]
fn what_was_read_is_printed_so_that_it_can_be_read_again() {
    for text in ["0ns", "300us", "1500ms", "3s"] {
        assert_eq!(text.parse::<Delay>().unwrap().to_string(), text);
    }
    for text in ["0%", "0.0001%", "0.5%", "12.25%", "100%"] {
        assert_eq!(text.parse::<Fraction>().unwrap().to_string(), text);
    }
    for text in ["1bit", "256kbit", "2500kbit", "300mbit"] {
        assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
    }
    for text in ["0B", "1400B", "64kB", "16KiB", "1MB"] {
        assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
    }
}

#[test]
fn nonsense_is_refused_with_an_example() {
    for text in ["", "10", "ms", "-1ms", "10 ms", "1.2.3ms", ".5s", "0.1ns", "10m", "99999999999999999999s"] {
        let error = text.parse::<Delay>().unwrap_err().to_string();
        assert!(error.contains("\"10ms\""), "{text}: {error}");
    }
    for text in ["101%", "100.0001%", "0.00001%", "1"] {
        let error = text.parse::<Fraction>().unwrap_err().to_string();
        assert!(error.contains("100%"), "{text}: {error}");
    }
    assert!("0mbit".parse::<Rate>().unwrap_err().to_string().contains("bits per second"));
    assert!("64kb".parse::<Size>().unwrap_err().to_string().contains("64kB"));
}

#[test]
fn files_hold_them_as_text() {
    assert_eq!(serde_json::from_str::<Size>("\"2MB\"").unwrap(), Size::from_bytes(2_000_000));
    let error = serde_json::from_str::<Rate>("\"fast\"").unwrap_err().to_string();
    assert!(error.contains("\"1mbit\""), "{error}");
}

#[test]
fn a_rate_gives_the_time_on_the_wire() {
    let rate: Rate = "1mbit".parse().unwrap();
    assert_eq!(rate.time_for(1_500), Duration::from_millis(12));
    assert_eq!(rate.time_for(0), Duration::ZERO);
}
