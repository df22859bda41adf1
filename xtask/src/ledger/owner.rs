//! Who runs, where and when.

use anyhow::Result;

use super::decide::Run;
use super::record::Owner;
use crate::error::Failure;
use crate::tools::git::Git;
use crate::world;

impl Run {
    /// The run that asks: git's identity in this checkout, this machine, its clock.
    ///
    /// An error where git has no name or address, or would make one up of the machine's and the user's.
    pub fn here(git: &Git) -> Result<Self> {
        let host = world::host();
        let nonce = format!("{:016x}", world::nonce() ^ mixed(&host));
        Ok(Self { owner: owner(git)?, host, seconds: world::now(), nonce })
    }
}

/// Numbers that differ between machines whose clocks and process numbers agree. FNV-1a.
pub(super) fn mixed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Who git says is committing here.
fn owner(git: &Git) -> Result<Owner> {
    let unknown = |why: &str| -> anyhow::Error {
        Failure::usage(format!("git doesn't know who you are: {why}"))
            .hint("`git config user.name \"Your Name\"` and `git config user.email you@example.com`")
            .into()
    };
    let Some(line) = git.committer()? else { return Err(unknown("neither a name nor an address is set")) };
    parse_owner(&line).map_err(unknown)
}

/// `Ada Lovelace <ada@example.com> 1782907200 +0000`
fn parse_owner(line: &str) -> Result<Owner, &'static str> {
    let parts = line.rsplit_once('>').and_then(|(who, _)| who.rsplit_once('<'));
    let (name, email) = parts.ok_or("it gives no identity")?;
    match (name.trim(), email.trim()) {
        ("", _) => Err("the name is empty"),
        (_, "") => Err("the address is empty"),
        (name, email) if [name, email].iter().any(|text| text.contains(char::is_control)) => {
            Err("its name or address holds a control character")
        }
        (name, email) => Ok(Owner { name: name.to_owned(), email: email.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<(&str, &str), &str>) {
        let owner = parse_owner(line);
        assert_eq!(
            owner.as_ref().map(|owner| (owner.name.as_str(), owner.email.as_str())).map_err(|why| *why),
            expected
        );
    }

    #[test]
    fn an_identity_is_read() {
        check("Ada <ada@example.com> 1782907200 +0000", Ok(("Ada", "ada@example.com")));
        check("Zoë \"Z\" 田中 <z@example.com> 0 -0100", Ok(("Zoë \"Z\" 田中", "z@example.com")));
        check(" <ada@example.com> 1 +0000", Err("the name is empty"));
        check("Ada <> 1 +0000", Err("the address is empty"));
        check("A\u{1b}[31mda <ada@example.com> 1 +0000", Err("its name or address holds a control character"));
        check("Ada", Err("it gives no identity"));
    }
}
