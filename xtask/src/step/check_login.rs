//! Being logged in to a registry, before anything starts. Who isn't is told how; no password is ever seen here.

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::tools::docker::{self, Login};

/// Must be logged in to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckLogin {
    /// Name and port.
    pub host: String,
    /// Without TLS.
    pub plain_http: bool,
    /// A repository in it that is ours, if any is known: `acme/app`.
    pub repository: Option<String>,
}

impl Effect for CheckLogin {
    fn title(&self) -> String {
        format!("be logged in to `{}`", self.host)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::Command(["docker", "login", &self.host].map(str::to_owned).to_vec())]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let host = &self.host;
        let hint = format!("`docker login {host}`, then the same command again");
        let login = docker::login(&world.context.root, host, self.plain_http, self.repository.as_deref())?;
        Ok(match login {
            Login::LoggedIn => Observed::Same,
            Login::NotLoggedIn(words) => {
                Observed::Different(Failure::world(format!("not logged in to `{host}`: {words}")).hint(hint))
            }
            Login::Unknown(words) => {
                let message = format!("it can't be told whether one is logged in to `{host}`: {words}");
                Observed::Unknown(Failure::tool(message).hint(hint))
            }
        })
    }

    fn apply(&self, _world: &World<'_>) -> Result<()> {
        let host = &self.host;
        let message = format!("only a person logs in to `{host}`");
        Err(Failure::waiting(message).hint(format!("`docker login {host}`, then the same command again")).into())
    }
}
