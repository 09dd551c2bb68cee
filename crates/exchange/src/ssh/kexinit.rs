//! The lists of a KEXINIT packet (RFC 4253 §7.1), read and written. Pure; it chooses nothing.

use model::{RemoteText, SshServerOffer};

/// What the server offers, out of the first bytes that came behind its identification; none while they are not whole, or
/// where they are no KEXINIT.
pub(super) fn read(bytes: &[u8]) -> Option<SshServerOffer> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let packet = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let (padding, content) = packet.split_first()?;
    let payload = content.get(..content.len().checked_sub(usize::from(*padding))?)?;
    let (number, payload) = payload.split_first()?;
    if *number != SSH_MSG_KEXINIT {
        return None;
    }
    let mut lists = payload.get(COOKIE..)?;
    let mut next = || {
        let (length, rest) = lists.split_first_chunk::<4>()?;
        let (list, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        lists = rest;
        Some(names(list))
    };
    let (kex, host_key) = (next()?, next()?);
    let (_, cipher) = (next()?, next()?);
    let (_, mac) = (next()?, next()?);
    Some(SshServerOffer { kex, host_key, cipher, mac })
}

/// A whole packet with these ten lists, unencrypted. The cookie has to be as good as random.
pub(super) fn write(cookie: [u8; COOKIE], lists: [&str; 10]) -> Vec<u8> {
    let mut payload = vec![SSH_MSG_KEXINIT];
    payload.extend(cookie);
    for list in lists {
        payload.extend(string(list.as_bytes()));
    }
    // No guess follows, and the word reserved for later.
    payload.extend([0; 5]);
    packet(&payload)
}

/// A payload as a packet without cipher: a multiple of eight bytes with at least four of padding (RFC 4253 §6).
pub(super) fn packet(payload: &[u8]) -> Vec<u8> {
    let padding = 8 - (5 + payload.len()) % 8;
    let padding = if padding < 4 { padding + 8 } else { padding };
    let length = u32::try_from(1 + payload.len() + padding).unwrap_or(0);
    let mut packet = length.to_be_bytes().to_vec();
    packet.push(u8::try_from(padding).unwrap_or(0));
    packet.extend(payload);
    packet.extend(std::iter::repeat_n(0, padding));
    packet
}

/// A string of RFC 4251 §5.
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(0);
    length.to_be_bytes().iter().chain(bytes).copied().collect()
}

fn names(list: &[u8]) -> Vec<RemoteText> {
    let names = list.split(|byte| *byte == b',').filter(|name| !name.is_empty());
    names.take(MAX_NAMES).map(|name| RemoteText::from_bytes(name.get(..MAX_NAME).unwrap_or(name))).collect()
}

const SSH_MSG_KEXINIT: u8 = 20;
pub(super) const COOKIE: usize = 16;
/// RFC 4251 §6: a name has at most 64 characters.
const MAX_NAME: usize = 64;
/// Far more than any server offers of one kind.
const MAX_NAMES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let kex = "curve25519-sha256,kex-strict-s-v00@openssh.com";
        write(
            [7; COOKIE],
            [kex, "ssh-ed25519,rsa-sha2-512", "a", "aes128-ctr", "b", "hmac-sha1", "none", "none", "", ""],
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let packet = sample();
        assert!(packet.len().is_multiple_of(8));
        let offer = read(&packet).unwrap();
        assert_eq!(offer.host_key, ["ssh-ed25519".into(), "rsa-sha2-512".into()]);
        assert_eq!((offer.kex.len(), offer.cipher[0].as_str(), offer.mac[0].as_str()), (2, "aes128-ctr", "hmac-sha1"));
    }

    #[test]
    fn no_beginning_and_no_flipped_byte_of_it_is_a_panic() {
        let packet = sample();
        for end in 0..packet.len() {
            assert_eq!(read(&packet[..end]), None, "not whole at {end}");
        }
        for at in 0..packet.len() {
            let mut broken = packet.clone();
            broken[at] ^= 0xff;
            let _ = read(&broken);
        }
        let many = "x,".repeat(5_000);
        let offer = read(&write([0; COOKIE], [&many, "", "", "", "", "", "", "", "", ""])).unwrap();
        assert_eq!(offer.kex.len(), MAX_NAMES);
    }
}
