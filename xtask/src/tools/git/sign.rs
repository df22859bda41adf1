//! Signed tags: made with the user's own key, and looked at.

use anyhow::Result;

use super::build::{DURABLE, NewTag, Signature, ended};
use super::objects::is_oid;
use super::{Git, refused};
use crate::error::Failure;

/// What is known of a tag's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Made with a key that the user trusts.
    Good,
    /// There is none.
    Unsigned,
    /// It doesn't fit what is signed, or its key was revoked; with the words of git.
    Bad(String),
    /// Whose it is can't be told: no such key here, no list of allowed signers; with the words of git.
    Unknown(String),
}

impl Git {
    /// Is the signature of a tag object a good one? Which keys are trusted is said by the user's own settings:
    /// the keyring of gpg, or `gpg.ssh.allowedSignersFile`.
    pub fn verify_tag(&self, oid: &str) -> Result<Verified> {
        if !is_oid(oid) {
            return Err(Failure::usage(format!("`{oid}` is not the id of a tag")).hint("resolve it first").into());
        }
        match self.find_tag_object(oid)? {
            Some(tag) if tag.signed => {}
            _ => return Ok(Verified::Unsigned),
        }
        let output = self.look()?.args(["verify-tag", "--end-of-options", oid]).output()?;
        if output.code == Some(0) {
            return Ok(Verified::Good);
        }
        // The words of gpg, of ssh-keygen, and of gpg for a key that was taken back. Our programs speak English.
        let bad = ["BAD signature", "incorrect signature", "Could not verify signature", "revoked"];
        let words = output.stderr.trim().to_owned();
        Ok(if bad.iter().any(|bad| words.contains(bad)) { Verified::Bad(words) } else { Verified::Unknown(words) })
    }

    /// git writes the signature and, as it can't do otherwise, a reference, which goes at once.
    pub(super) fn sign_tag(&self, tag: &NewTag, who: &Signature, payload: &str) -> Result<String> {
        let kept = format!("refs/lockstep/signed/{:016x}", crate::journal::hash(tag.name.as_bytes()) as u64);
        if let Some(oid) = self.signed_before(&kept, payload)? {
            return Ok(oid);
        }
        let date = format!("@{} +0000", who.seconds);
        let run = self.act()?.args(DURABLE).args(["tag", "--sign", "--force", "--cleanup=verbatim", "--file=-"]);
        let run = run.env("GIT_COMMITTER_NAME", &who.name).env("GIT_COMMITTER_EMAIL", &who.email);
        let run = run.env("GIT_COMMITTER_DATE", date).args(["--end-of-options", &tag.name, &tag.target]);
        let run = run.stdin(ended(&tag.message));
        let line = run.line();
        let output = run.output()?;
        if output.code != Some(0) {
            return Err(not_signed(refused(&line, &output)));
        }
        let name = format!("refs/tags/{}", tag.name);
        let oid = self.look()?.args(["rev-parse", "--verify", "--end-of-options", &name]).read_text()?;
        let moves = format!("start\nupdate {kept} {oid}\ndelete {name}\nprepare\ncommit\n");
        let is_signed = self.is_signed(&oid)?;
        let moves = if is_signed { moves } else { format!("delete {name}\n") };
        self.memory.lock().own_refs = None;
        self.act()?.args(DURABLE).args(["update-ref", "--stdin"]).stdin(moves).run()?;
        if is_signed { Ok(oid) } else { Err(not_signed(without_signature(&tag.name, &output.stderr))) }
    }

    /// Has the tag object a signature? git 2.39 makes one without, and says that all is well, if it can't load a key of
    /// ssh.
    pub(super) fn is_signed(&self, oid: &str) -> Result<bool> {
        Ok(self.find_tag_object(oid)?.is_some_and(|tag| tag.signed))
    }

    /// The tag that was signed before, if it says the same.
    fn signed_before(&self, kept: &str, payload: &str) -> Result<Option<String>> {
        let output = self.look()?.args(["cat-file", "--batch"]).stdin(format!("{kept}\n")).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let Some((header, object)) = text.split_once('\n') else { return Ok(None) };
        let oid = header.split(' ').next().unwrap_or_default();
        let same = object.strip_prefix(payload).is_some_and(|rest| rest.starts_with("-----BEGIN "));
        Ok((same && is_oid(oid)).then(|| oid.to_owned()))
    }
}

/// What git said while it made a tag without the signature that it was asked for.
pub(super) fn without_signature(name: &str, said: &str) -> anyhow::Error {
    let said: String =
        said.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(|line| format!("\n  {line}")).collect();
    Failure::tool(format!("git can't sign the tag `{name}`{said}")).into()
}

pub(super) fn not_signed(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(failure) => {
            let hint = "sign something by hand, `git tag -s x`, and see that `user.signingkey` names your key; then \
                        run the same command again";
            failure.hint(hint).into()
        }
        Err(error) => error,
    }
}
