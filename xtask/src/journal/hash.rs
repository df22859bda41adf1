//! MurmurHash3 x64 128, as published by Austin Appleby: tells a file from every other that is not made to deceive.
//!
//! It protects users from their own accidents, not from an attacker, who could as well edit the file itself. Two
//! different files of one length have the same hash in one of 2^128 cases; it runs at memory speed, also unoptimised.

const C1: u64 = 0x87c3_7b91_1142_53d5;
const C2: u64 = 0x4cf5_ad43_2745_937f;

/// The hash of some bytes, with seed 0.
pub(crate) fn hash(bytes: &[u8]) -> u128 {
    let (mut h1, mut h2) = (0_u64, 0_u64);
    let (blocks, tail) = bytes.as_chunks::<16>();
    for block in blocks {
        let (k1, k2) = halves(block);
        h1 = (h1 ^ mix_first(k1)).rotate_left(27).wrapping_add(h2).wrapping_mul(5).wrapping_add(0x52dc_e729);
        h2 = (h2 ^ mix_second(k2)).rotate_left(31).wrapping_add(h1).wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    // The tail is a block filled up with zeros: mixing a zero gives zero, as if it weren't there.
    let mut last = [0; 16];
    last[..tail.len()].copy_from_slice(tail);
    let (k1, k2) = halves(&last);
    h1 ^= mix_first(k1) ^ bytes.len() as u64;
    h2 ^= mix_second(k2) ^ bytes.len() as u64;
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    h1 = finish(h1);
    h2 = finish(h2);
    h1 = h1.wrapping_add(h2);
    h2 = h2.wrapping_add(h1);
    u128::from(h1) << 64 | u128::from(h2)
}

fn halves(block: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*block);
    (both as u64, (both >> 64) as u64)
}

fn mix_first(k: u64) -> u64 {
    k.wrapping_mul(C1).rotate_left(31).wrapping_mul(C2)
}

fn mix_second(k: u64) -> u64 {
    k.wrapping_mul(C2).rotate_left(33).wrapping_mul(C1)
}

fn finish(mut k: u64) -> u64 {
    k = (k ^ k >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    k = (k ^ k >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    k ^ k >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: u128) {
        assert_eq!(hash(text.as_bytes()), expected, "{text}: {:032x}", hash(text.as_bytes()));
    }

    #[test]
    fn published_values() {
        check("", 0);
        check("hello", 0xcbd8a7b341bd9b025b1e906a48ae1d19);
        check("hello, world", 0x342fac623a5ebc8e4cdcbc079642414d);
        check("19 Jan 2038 at 3:14:07 AM", 0xb89e5988b737affc664fc2950231b2cb);
        check("The quick brown fox jumps over the lazy dog.", 0xcd99481f9ee902c9695da1a38987b6e7);
    }
}
