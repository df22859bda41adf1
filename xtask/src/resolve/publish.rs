//! `[[registry]]` and `[[chart]]`: where images and charts are published.

use super::release::{ChartRule, Pages, Registry, Remote};
use super::resolver::Resolver;
use super::{ManifestRule, url};
use crate::config::{Spanned, Table};
use crate::glob::Glob;
use crate::reference::{check_host, is_name_part};

impl Resolver<'_> {
    pub(super) fn registries(&mut self) -> Vec<Registry> {
        let mut registries: Vec<Registry> = Vec::new();
        for table in self.config.all("registry") {
            let Some(host) = table.text("host").and_then(|host| self.host(host)) else { continue };
            if registries.iter().any(|other| other.host == host) {
                let message = format!("`{host}` has two `[[registry]]` tables");
                self.fail(table.span(), message, Some("make one of them".to_owned()));
            }
            registries.push(Registry {
                host,
                login: table.flag("login").unwrap_or(false),
                plain_http: table.flag("plain-http").unwrap_or(false),
                span: table.span().clone(),
            });
        }
        registries
    }

    /// A registry's name and port.
    pub(super) fn host(&mut self, written: &Spanned<String>) -> Option<String> {
        let host = written.value.as_str();
        if check_host(host).is_ok() {
            return Some(host.to_owned());
        }
        if !self.address(written, url::check_no_secret) {
            return None;
        }
        let hint = if host.contains("://") {
            "leave out what stands before the host, as in `ghcr.io`; `plain-http` says that there is no TLS"
        } else if host.contains('/') {
            "the folders belong to the image's `name`, as in `acme/app`"
        } else {
            "write a name and perhaps a port, as in `ghcr.io` or `127.0.0.1:5000`"
        };
        self.fail(&written.span, format!("`{host}` is no registry"), Some(hint.to_owned()));
        None
    }

    pub(super) fn chart(&mut self, chart: &Table, remotes: &[Remote], manifests: &[ManifestRule]) -> Option<ChartRule> {
        let repo = self.repo_index(chart.text("repo"));
        let path = self.chart_path(chart.text("path")?, repo, manifests);
        let pages = self.pages(chart);
        if let Some(branch) = chart.text("pages").filter(|_| !remotes.iter().any(|remote| remote.repo == repo)) {
            let hint = "add a `[remote.…]` of the chart's repository, or its `url`".to_owned();
            let message = format!("no remote is known to which `{}` could be pushed", branch.value);
            self.fail(&branch.span, message, Some(hint));
        }
        let oci = chart.texts("oci").iter().filter_map(|place| self.oci(place)).collect();
        Some(ChartRule { repo, path: path?, pages, oci, span: chart.span().clone() })
    }

    /// One chart's folder, or a family's: other wildcards would find charts without a track.
    fn chart_path(&mut self, written: &Spanned<String>, repo: usize, manifests: &[ManifestRule]) -> Option<Glob> {
        let value = written.value.trim_end_matches('/').to_owned();
        let path = self.glob(&Spanned { value, span: written.span.clone() })?;
        if path.as_str().contains(['*', '?', '[']) {
            let hint = "name one chart, or bind the tracks of a family as in `charts/{chart}`".to_owned();
            self.fail(&written.span, format!("`{}` doesn't say which track each chart has", path.as_str()), Some(hint));
            return None;
        }
        let Some(family) = &path.family else { return Some(path) };
        let index = self.track_index(&Spanned { value: family.clone(), span: written.span.clone() })?;
        if !manifests.iter().any(|manifest| manifest.repo == repo && manifest.family == Some(index)) {
            let hint = format!("a `[[manifest]]` of the same repository binds it, as in `…/{{{family}}}/Chart.yaml`");
            self.fail(&written.span, format!("`{family}` is no family of this repository"), Some(hint));
        }
        Some(path)
    }

    fn pages(&mut self, chart: &Table) -> Option<Pages> {
        let Some(branch) = chart.text("pages") else {
            for key in ["folder", "url"] {
                if let Some(stray) = chart.text(key) {
                    let hint = "add the branch: `pages = \"gh-pages\"`".to_owned();
                    self.fail(&stray.span, format!("`{key}` is about pages, and there are none"), Some(hint));
                }
            }
            return None;
        };
        let branch = self.branch(Some(branch));
        let folder = chart.text("folder").map_or(Some(String::new()), |folder| {
            let value = folder.value.trim_matches('/').to_owned();
            if value.is_empty() { Some(value) } else { self.file(&Spanned { value, span: folder.span.clone() }) }
        });
        let url = chart.text("url").filter(|url| self.address(url, url::check_web));
        let url = url.map(|url| url.value.trim_end_matches('/').to_owned());
        Some(Pages { branch: branch?, folder: folder?, url })
    }

    fn oci(&mut self, written: &Spanned<String>) -> Option<String> {
        let place = written.value.trim_end_matches('/');
        let good = place.strip_prefix("oci://").is_some_and(|rest| {
            let (host, folder) = rest.split_once('/').map_or((rest, None), |(host, folder)| (host, Some(folder)));
            check_host(host).is_ok() && folder.is_none_or(|folder| folder.split('/').all(is_name_part))
        });
        if !good && self.address(written, url::check_no_secret) {
            let hint = "write host and folders without the chart's name, as in `oci://ghcr.io/acme/charts`".to_owned();
            self.fail(&written.span, format!("`{}` is no place for charts", written.value), Some(hint));
        }
        good.then(|| place.to_owned())
    }
}
