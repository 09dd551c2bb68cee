//! Identification line and KEXINIT. Promised: what was read from the first bytes stands whatever comes behind them; the
//! figures lie within what came and within what SSH allows.

use exchange::ssh::preamble::Preamble;

use crate::promise;

/// The input is what one side sent.
pub(super) fn check(input: &[u8]) {
    let whole = Preamble::read(input);
    assert!(whole.ident_end <= input.len());
    assert_eq!(whole.ident.is_some(), whole.ident_end > 0);
    whole.ident.iter().for_each(promise::remote_text);
    if let Some(packet) = whole.packet_bytes {
        assert!((4..=35_004).contains(&packet), "a first packet of {packet} bytes");
        assert_eq!(whole.flight_bytes(), Some(whole.ident_end + packet));
    }
    let line_end = whole.ident_end;
    for cut in [line_end.saturating_sub(1), line_end, line_end + 3, line_end + 4, input.len() / 2] {
        let early = Preamble::read(input.get(..cut).unwrap_or(input));
        assert_eq!(early.ident, whole.ident.clone().filter(|_| cut >= line_end), "cut at {cut}");
        assert_eq!(early.packet_bytes, whole.packet_bytes.filter(|_| cut >= line_end + 4), "cut at {cut}");
    }
}
