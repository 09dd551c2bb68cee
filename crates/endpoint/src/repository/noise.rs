//! Incompressible bytes that are the same for the same seed, on every machine.
//!
//! Not for secrets: this is a counter run through a mixing function, chosen for speed.

/// Fills `out` with stream number `stream` of this seed.
pub(crate) fn fill(seed: u64, stream: u64, out: &mut [u8]) {
    let mut state = mix(seed ^ mix(stream.wrapping_add(GOLDEN)));
    let mut words = out.chunks_exact_mut(8);
    for word in &mut words {
        state = state.wrapping_add(GOLDEN);
        word.copy_from_slice(&mix(state).to_le_bytes());
    }
    let tail = words.into_remainder();
    let last = mix(state.wrapping_add(GOLDEN)).to_le_bytes();
    for (byte, noise) in tail.iter_mut().zip(last) {
        *byte = noise;
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 2^64 divided by the golden ratio, the increment of the same paper.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn noise_repeats_with_its_seed_differs_by_stream_and_does_not_compress() {
        let [mut a, mut b, mut c] = [vec![0; 10_001], vec![0; 10_001], vec![0; 10_001]];
        fill(1, 2, &mut a);
        fill(1, 2, &mut b);
        fill(1, 3, &mut c);
        assert_eq!(a, b);
        assert_ne!(a, c);
        let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        deflated.write_all(&a).unwrap();
        assert!(deflated.finish().unwrap().len() >= a.len());
    }
}
