//! The format of capture files (draft-ietf-opsawg-pcap): Ethernet frames, each with its time.

use super::Moment;

/// What was on the cable at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) at: Moment,
    pub(super) bytes: &'a [u8],
}

/// Every whole frame of a capture with nanoseconds; `None` for any other file. A last one that is cut off is left out.
pub(super) fn read(file: &[u8]) -> Option<Vec<Frame<'_>>> {
    let (magic, network) = (word(file, 0)?, word(file, 20)?);
    if (magic, network) != (NANOSECONDS, ETHERNET) {
        return None;
    }
    let mut rest = file.get(FILE_HEADER..)?;
    let mut frames = Vec::new();
    while let Some((frame, behind)) = first(rest) {
        frames.push(frame);
        rest = behind;
    }
    Some(frames)
}

fn first(rest: &[u8]) -> Option<(Frame<'_>, &[u8])> {
    let at = Moment::new(word(rest, 0)?, word(rest, 4)?);
    let (bytes, behind) = rest.get(RECORD_HEADER..)?.split_at_checked(usize::try_from(word(rest, 8)?).ok()?)?;
    Some((Frame { at, bytes }, behind))
}

/// tcpdump writes in this computer's own order.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// `LINKTYPE_ETHERNET`.
const ETHERNET: u32 = 1;
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn file(magic: u32, network: u32) -> Vec<u8> {
        let header = [magic, 0x0004_0002, 0, 0, 262_144, network];
        header.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    #[test]
    fn frames_come_with_their_times_and_a_piece_of_one_is_left_out() {
        let mut capture = file(0xa1b2_3c4d, 1);
        for (seconds, nanoseconds, bytes) in [(7_u32, 5_u32, &b"one"[..]), (8, 0, b"second")] {
            let length = u32::try_from(bytes.len()).unwrap();
            capture.extend([seconds, nanoseconds, length, 1500].iter().flat_map(|word| word.to_ne_bytes()));
            capture.extend(bytes);
        }
        let frames = read(&capture).unwrap();
        assert_eq!(frames[0], Frame { at: Moment::new(7, 5), bytes: b"one" });
        assert_eq!((frames.len(), frames[1].bytes), (2, &b"second"[..]));
        assert_eq!(read(&capture[..capture.len() - 1]).unwrap().len(), 1);
        assert_eq!(read(&capture[..30]).unwrap(), []);
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(read(&file(0xa1b2_c3d4, 1)), None, "microseconds");
        assert_eq!(read(&file(0xa1b2_3c4d, 101)), None, "raw IP");
        assert_eq!(read(b"GET /"), None);
    }
}
