use super::super::ObjectFormat;
use super::super::pack::tests::pack;
use super::super::pkt_line::write;
use super::*;

fn blob_pack() -> Vec<u8> {
    pack(&(0..30_u8).map(|number| vec![number; 700]).collect::<Vec<_>>())
}

/// What git's upload-pack says to a depth-1 clone.
fn response(pack: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, format!("shallow {}\n", "a".repeat(40)).as_bytes());
    out.extend_from_slice(b"0000");
    write(&mut out, b"NAK\n");
    write(&mut out, b"\x01");
    write(&mut out, b"\x02Counting objects:  50% (1/2)\rCounting objects: 100% (2/2), done.\n");
    for chunk in pack.chunks(100) {
        write(&mut out, &[b"\x01", chunk].concat());
    }
    write(&mut out, b"\x01");
    out.extend_from_slice(b"0000");
    out
}

fn reader(protocol: Protocol, shallow: bool) -> ResponseReader {
    ResponseReader::new(protocol, shallow, true, PackMeter::new(ObjectFormat::Sha1, true))
}

/// Feeds in chunks; the moment of a byte is its chunk's number.
fn feed(reader: &mut ResponseReader, bytes: &[u8], chunk: usize) -> Result<Vec<Milestone>, TalkError> {
    let mut milestones = Vec::new();
    for (index, bytes) in bytes.chunks(chunk).enumerate() {
        reader.feed(bytes, Micros(index as u64), &mut |_, milestone| milestones.push(milestone))?;
    }
    Ok(milestones)
}

#[test]
fn every_step_is_seen_once_however_the_bytes_are_cut() {
    let pack = blob_pack();
    let bytes = response(&pack);
    for chunk in [1, 3, 7, 64, bytes.len()] {
        let mut reader = reader(Protocol::V0, true);
        let milestones = feed(&mut reader, &bytes, chunk).unwrap();
        let expected = [
            Milestone::FirstByte,
            Milestone::ShallowEnd { entries: 1 },
            Milestone::Acknowledged(AckKind::Nak),
            Milestone::FirstPacket { band: 1, payload: Bytes(0) },
            Milestone::PackBegun { objects: 30 },
            Milestone::PackEnd,
        ];
        assert_eq!(milestones, expected, "in chunks of {chunk}");
        assert!(reader.is_done());
        assert_eq!(reader.signs_of_life(), (1, 1), "before the pack");
        assert_eq!(reader.last_progress().unwrap().as_str(), "Counting objects: 100% (2/2), done.");
        let progress = reader.pack_progress();
        assert_eq!((progress.trailer, progress.pack.0), (Trailer::Verified, pack.len() as u64));
        assert_eq!((progress.keepalives, progress.objects_seen), (1, Some(30)), "inside the pack");
    }
}

#[test]
fn the_seventh_byte_behind_the_nak_is_timed() {
    let bytes = response(&blob_pack());
    let nak_end = bytes.windows(8).position(|window| window == b"0008NAK\n").unwrap() + 8;
    let mut reader = reader(Protocol::V0, true);
    feed(&mut reader, &bytes[..nak_end + 6], 1).unwrap();
    assert_eq!((reader.bytes_after_ack(), reader.peeked_at_us()), (Bytes(6), None));
    reader.feed(&bytes[nak_end + 6..nak_end + 7], Micros(99), &mut |_, _| {}).unwrap();
    assert_eq!((reader.bytes_after_ack(), reader.peeked_at_us()), (Bytes(7), Some(Micros(99))));

    let mut whole = self::reader(Protocol::V0, true);
    feed(&mut whole, &bytes, bytes.len()).unwrap();
    assert_eq!(whole.bytes_after_ack().0, (bytes.len() - nak_end) as u64);
}

#[test]
fn protocol_v2_comes_in_sections() {
    let mut bytes = Vec::new();
    for line in ["shallow-info\n".to_owned(), format!("shallow {}\n", "b".repeat(40))] {
        write(&mut bytes, line.as_bytes());
    }
    bytes.extend_from_slice(b"0001");
    write(&mut bytes, b"packfile\n");
    let pack = blob_pack();
    write(&mut bytes, &[b"\x01", &pack[..]].concat());
    bytes.extend_from_slice(b"0000");
    let mut reader = reader(Protocol::V2, true);
    let milestones = feed(&mut reader, &bytes, 13).unwrap();
    assert_eq!(milestones[1], Milestone::ShallowEnd { entries: 1 });
    assert_eq!(milestones[2], Milestone::Acknowledged(AckKind::NotInProtocol));
    assert_eq!(milestones.last(), Some(&Milestone::PackEnd));
    assert_eq!(reader.pack_progress().trailer, Trailer::Verified);
}

#[test]
fn a_server_without_side_bands_sends_the_pack_bare() {
    let pack = blob_pack();
    let bytes = [b"0008NAK\n", &pack[..]].concat();
    let mut reader = ResponseReader::new(Protocol::V0, false, false, PackMeter::new(ObjectFormat::Sha1, false));
    feed(&mut reader, &bytes, 50).unwrap();
    assert!(!reader.is_done());
    let mut ended = false;
    reader.end_of_stream(&mut |_, milestone| ended = milestone == Milestone::PackEnd);
    assert!(ended && reader.pack_progress().trailer == Trailer::Verified);
}

#[test]
fn what_the_server_says_last_is_kept_and_cleaned() {
    let mut bytes = b"0008NAK\n".to_vec();
    write(&mut bytes, b"\x03fatal: \x1b[31mout of memory\n");
    let error = feed(&mut reader(Protocol::V0, false), &bytes, 5).unwrap_err();
    assert_eq!(error, TalkError::Remote("fatal: [31mout of memory".into()));
    let mut bytes = Vec::new();
    write(&mut bytes, b"ERR upload-pack: not our ref");
    let error = feed(&mut reader(Protocol::V0, true), &bytes, 5).unwrap_err();
    assert_eq!(error, TalkError::Remote("upload-pack: not our ref".into()));
}

#[test]
fn garbage_is_an_error_and_never_a_panic() {
    let good = response(&blob_pack());
    for position in 0..good.len().min(400) {
        for value in [0_u8, b'0', b'f', 0xff] {
            let mut bad = good.clone();
            bad[position] = value;
            let _ = feed(&mut reader(Protocol::V0, true), &bad, 9);
            let _ = feed(&mut reader(Protocol::V2, true), &bad, 9);
        }
    }
}

#[test]
fn signs_of_life_are_not_taken_without_end() {
    let flood = |packet: &[u8]| {
        let mut reader = reader(Protocol::V0, false);
        feed(&mut reader, b"0008NAK\n", 8).unwrap();
        let many = packet.repeat(1 << 16);
        (0..).find_map(|round| feed(&mut reader, &many, many.len()).err().map(|error| (round, error))).unwrap()
    };
    for packet in [&b"0004"[..], b"0005\x01", b"0009\x02text"] {
        let (rounds, error) = flood(packet);
        assert!(matches!(error, TalkError::TooLarge(_)), "{error:?}");
        assert!(rounds * (packet.len() << 16) <= 16 << 20, "{rounds} rounds");
    }
}

#[test]
fn a_pack_may_be_as_large_as_it_likes() {
    let mut reader = reader(Protocol::V0, false);
    let mut bytes = b"0008NAK\n".to_vec();
    write(&mut bytes, b"\x01PACK\0\0\0\x02\xff\xff\xff\xff");
    let mut packet = Vec::new();
    write(&mut packet, &vec![1; 60_000]);
    bytes.extend(packet.repeat(400));
    assert!(feed(&mut reader, &bytes, bytes.len()).is_ok(), "all at once");
}
