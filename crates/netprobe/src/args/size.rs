//! Sizes as people write them: `50MiB`, `1.5GB`, `4096`.

use model::Bytes;

/// Reads a size; a plain number means bytes.
pub(super) fn parse(text: &str) -> Result<Bytes, String> {
    let wrong = || "expected a size such as 50MiB, 200kB or 4096; a plain number means bytes".to_owned();
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let scale = match unit.trim_start().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" | "k" => 1e3,
        "mb" | "m" => 1e6,
        "gb" | "g" => 1e9,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        _ => return Err(wrong()),
    };
    let bytes = (number * scale).round();
    if !(0.0..=MOST).contains(&bytes) {
        return Err(wrong());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..=2^53 and whole")]
    Ok(Bytes(bytes as u64))
}

/// Beyond it not every whole number is one in floating point; nothing is this large.
const MOST: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart() {
        for (text, bytes) in
            [("4096", 4_096), ("50MiB", 52_428_800), ("1.5 GB", 1_500_000_000), ("2k", 2_000), ("0", 0)]
        {
            assert_eq!(parse(text), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "MiB", "-5", "1e3", "5 stones", "1.2.3", "99999999999GB"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
