//! gzip: the compression of archives. The same bytes always become the same bytes.

use std::path::Path;

use anyhow::Result;

use super::Run;

/// What was compressed; an error if it isn't whole.
pub fn decompress(bytes: Vec<u8>) -> Result<Vec<u8>> {
    gzip()?.args(["-d", "-c"]).stdin(bytes).read()
}

/// The bytes compressed, without a name and a time.
pub fn compress(bytes: Vec<u8>) -> Result<Vec<u8>> {
    gzip()?.args(["-n", "-9", "-c"]).stdin(bytes).read()
}

fn gzip() -> Result<Run> {
    // `GZIP` holds options of the user's.
    Ok(Run::new("gzip", Path::new("/"))?.without_env(&["GZIP"]))
}
