//! SSH packets by hand: in the clear (RFC 4253 §6) and under `aes128-gcm@openssh.com` (RFC 5647), and the types in them
//! (RFC 4251 §5).

use std::io;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// One direction's key and counter.
pub(crate) struct Sealed {
    key: LessSafeKey,
    iv: [u8; 12],
}

impl Sealed {
    pub(crate) fn new(key: &[u8], iv: &[u8]) -> Self {
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key[..16]).unwrap());
        Self { key, iv: iv[..12].try_into().unwrap() }
    }

    /// The last eight bytes count packets (RFC 5647 §7.1).
    fn nonce(&mut self) -> Nonce {
        let nonce = Nonce::assume_unique_for_key(self.iv);
        let count = u64::from_be_bytes(self.iv[4..].try_into().unwrap()).wrapping_add(1);
        self.iv[4..].copy_from_slice(&count.to_be_bytes());
        nonce
    }

    pub(crate) fn seal(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        let nonce = self.nonce();
        let (head, body) = packet.split_at_mut(4);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*head), body).unwrap();
        packet.extend_from_slice(tag.as_ref());
        packet
    }

    pub(crate) fn open(&mut self, head: [u8; 4], mut body: Vec<u8>) -> io::Result<Vec<u8>> {
        let nonce = self.nonce();
        let plain = self.key.open_in_place(nonce, Aad::from(head), &mut body).map_err(|_| io::Error::other("tag"))?;
        Ok(plain.to_vec())
    }
}

/// Length, padding length, payload, padding; `outside` bytes of the head count towards the block.
pub(crate) fn padded(payload: &[u8], block: usize, outside: usize) -> Vec<u8> {
    let bare = outside + 1 + payload.len();
    let padding = (bare + 4).next_multiple_of(block) - bare;
    let length = u32::try_from(1 + payload.len() + padding).unwrap();
    let padding_byte = u8::try_from(padding).unwrap();
    [&length.to_be_bytes()[..], &[padding_byte], payload, &vec![0; padding]].concat()
}

pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

pub(crate) fn mpint(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let bare = &bytes[start..];
    let sign = if bare.first().is_some_and(|byte| *byte >= 0x80) { &[0][..] } else { &[] };
    string(&[sign, bare].concat())
}
