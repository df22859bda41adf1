//! SHA-256: what registries and GitHub call things by.

use hmac_sha256::Hash;

/// The hash of these bytes, in 64 hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    render(&Hash::hash(bytes))
}

/// The same as registries write it: `sha256:…`.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(bytes))
}

/// The hash of what comes piece by piece.
#[derive(Default)]
pub struct Stream(Hash);

impl Stream {
    /// The next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all pieces, as [`hex`] gives it.
    pub fn hex(self) -> String {
        render(&self.0.finalize())
    }
}

/// Is this a digest as registries write it?
pub fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn render(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_has_it() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(b"abc"), abc);
        let mut stream = Stream::default();
        stream.update(b"a");
        stream.update(b"bc");
        assert_eq!(stream.hex(), abc);
        assert!(is_digest(&digest(b"")));
        assert!(!is_digest(abc) && !is_digest("sha256:BA78"));
    }
}
