//! `[forge]` and `[[asset]]`: the release on GitHub.

use super::release::{AssetRule, CommandPlace, Forge};
use super::resolver::Resolver;
use crate::config::{Spanned, Table};
use crate::reference::check_host;

/// Where a repository is, unless it is said.
const HOST: &str = "github.com";

impl Resolver<'_> {
    pub(super) fn forge(&mut self) -> Option<Forge> {
        let assets: Vec<AssetRule> = self.config.all("asset").map(|table| self.asset(table)).collect();
        let Some(table) = self.config.one("forge") else {
            if let Some(stray) = assets.first() {
                let hint = "add `[forge]` with its `repository`, as in `acme/app`".to_owned();
                self.fail(&stray.span, "there is no release that it could be attached to".to_owned(), Some(hint));
            }
            return None;
        };
        let repository = table.text("repository")?;
        if !is_repository(&repository.value) {
            let hint = "write owner and name, as in `acme/app`; another host than github.com is `host`".to_owned();
            self.fail(&repository.span, format!("`{}` is no repository of a forge", repository.value), Some(hint));
        }
        let host = table.text("host").and_then(|host| {
            let good = check_host(&host.value).is_ok();
            if !good {
                let hint = "write its name, as in `github.example.com`".to_owned();
                self.fail(&host.span, format!("`{}` is no host", host.value), Some(hint));
            }
            good.then(|| host.value.clone())
        });
        let hint = "each version has notes of its own, as in `release-config/notes/{app}.md`";
        let notes = match table.text("notes") {
            Some(notes) => self.each_version(notes, hint, super::branches::check_path),
            // The changelog's section says it.
            None if self.config.one("changelog").is_some() => None,
            None => self.default_notes(table.span(), hint),
        };
        let hint = "an asset is called like `{app}_checksums.txt`";
        Some(Forge {
            repository: repository.value.clone(),
            host: host.unwrap_or_else(|| HOST.to_owned()),
            title: table.text("title").and_then(|title| self.versioned(title)),
            notes,
            checksums: table.text("checksums").and_then(|name| self.asset_name(name, hint)),
            assets,
            others: self.globs(table.texts("others")),
            span: table.span().clone(),
        })
    }

    fn asset(&mut self, table: &Table) -> AssetRule {
        let paths = self.globs(table.texts("path"));
        let is_single = matches!(table.texts("path"), [path] if !path.value.contains(['*', '?', '[']));
        if let Some(name) = table.text("name").filter(|_| !is_single) {
            let hint = "name one file, or leave `name` out".to_owned();
            self.fail(&name.span, "several files can't have one name".to_owned(), Some(hint));
        }
        for (glob, written) in paths.iter().zip(table.texts("path")).filter(|(glob, _)| glob.family.is_some()) {
            let message = format!("`{}` binds a track, which means nothing here", glob.as_str());
            self.fail(&written.span, message, Some("write `*` for any folder".to_owned()));
        }
        let hint = "an asset is called like `install.sh` or `app-{app}.tar.gz`";
        AssetRule {
            paths,
            place: match table.text("where").map(|word| &*word.value) {
                Some("checkout") => CommandPlace::Checkout,
                _ => CommandPlace::Prepared,
            },
            name: table.text("name").and_then(|name| self.asset_name(name, hint)),
            span: table.span().clone(),
        }
    }

    /// GitHub gives other names to what is called otherwise.
    fn asset_name(&mut self, written: &Spanned<String>, hint: &str) -> Option<crate::template::Template> {
        let template = self.versioned(written)?;
        let plain: String = template.as_str().chars().filter(|c| !"{}:".contains(*c)).collect();
        if let Err(reason) = check_asset(&plain) {
            self.fail(&written.span, reason, Some(hint.to_owned()));
            return None;
        }
        Some(template)
    }
}

/// Refuses the name of an asset that GitHub would change.
pub fn check_asset(name: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    // It makes one period of several, and takes the last one away.
    let dots = name.contains("..") || name.ends_with('.');
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(good) && !dots {
        return Ok(());
    }
    Err(format!(
        "GitHub gives an asset another name than `{}`: it takes letters, digits, `_`, `-` and single periods inside",
        name.escape_default()
    ))
}

/// Owner and name: `acme/app`.
fn is_repository(text: &str) -> bool {
    let good = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    text.split_once('/').is_some_and(|(owner, name)| good(owner) && good(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_github_keeps() {
        for good in ["install.sh", "app-1.2.0-linux-amd64.tar.gz", "A_b"] {
            assert_eq!(check_asset(good), Ok(()), "{good}");
        }
        for bad in ["", ".env", "-o", "a b", "a#b", "a/b", "ä", "a+b", "a..b", "a."] {
            assert!(check_asset(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_repository_is_owner_and_name() {
        assert!(is_repository("acme/app") && is_repository("Acme-1/app.rs"));
        for bad in ["", "acme", "acme/", "/app", "acme/app/x", "https://github.com/acme/app", "acme/../x", "-a/b"] {
            assert!(!is_repository(bad), "{bad}");
        }
    }
}
