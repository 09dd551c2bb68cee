//! Packets made byte by byte, for tests.

/// An IPv4 packet with this header, in which lengths and checksums are left 0: nothing reads them here.
pub(crate) fn v4(class: u8, fragment: u16, protocol: u8, options: usize, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45 + u8::try_from(options / 4).unwrap(), class, 0, 0, 0, 0];
    packet.extend(fragment.to_be_bytes());
    packet.extend([64, protocol, 0, 0]);
    packet.extend([198, 18, 0, 1]);
    packet.extend([198, 18, 0, 2]);
    packet.extend(vec![1; options]);
    packet.extend(payload);
    packet
}

/// An IPv6 packet: `next` is what `payload` begins with, extension headers included.
pub(crate) fn v6(class: u8, next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60 | class >> 4, class << 4, 0, 0, 0, 0, next, 64];
    let address = |last: u8| [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
    packet.extend(address(1));
    packet.extend(address(2));
    packet.extend(payload);
    packet
}

/// A TCP segment with 12 bytes of options, as those with timestamps have.
pub(crate) fn tcp(source: u16, destination: u16, flags: u8, payload: usize) -> Vec<u8> {
    let mut segment = ports(source, destination);
    segment.extend([0; 8]);
    segment.extend([8 << 4, flags, 0, 0, 0, 0, 0, 0]);
    segment.extend(vec![1; 12 + payload]);
    segment
}

/// A UDP datagram.
pub(crate) fn udp(source: u16, destination: u16, payload: usize) -> Vec<u8> {
    let mut datagram = ports(source, destination);
    datagram.extend(vec![0; 4 + payload]);
    datagram
}

/// An IPv4 packet with a UDP datagram, this long in all.
pub(crate) fn sized(bytes: usize) -> Vec<u8> {
    v4(0, 0, 17, 0, &udp(40_000, 9, bytes - 28))
}

/// The packet that goes the other way: addresses and ports swapped.
pub(crate) fn answer(packet: &[u8]) -> Vec<u8> {
    let mut answer = packet.to_vec();
    let (addresses, width, ports) = if packet[0] >> 4 == 4 { (12, 4, 20) } else { (8, 16, 40) };
    answer[addresses..addresses + 2 * width].rotate_left(width);
    answer[ports..ports + 4].rotate_left(2);
    answer
}

pub(crate) const SYN: u8 = 0x02;
pub(crate) const SYN_ACK: u8 = 0x12;
pub(crate) const DATA: u8 = 0x18;

fn ports(source: u16, destination: u16) -> Vec<u8> {
    [source.to_be_bytes(), destination.to_be_bytes()].concat()
}
