//! What is wrong with the settings, said so that it can be mended.

use std::fmt;

/// One setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Which, such as `api.listen`.
    pub(crate) key: String,
    /// What stands there; never a secret.
    pub(crate) found: String,
    /// What may stand there.
    pub(crate) allowed: String,
    /// Where it stands: a file, a variable.
    pub(crate) source: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, found, allowed, source } = self;
        write!(f, "{key}: found {found}, expected {allowed} (from {source})")
    }
}

/// All settings that cannot be.
#[derive(Debug, thiserror::Error)]
pub(crate) struct NotSettings(pub(crate) Vec<Fault>);

impl fmt::Display for NotSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        let noun = if count == 1 { "setting is" } else { "settings are" };
        write!(f, "{count} {noun} wrong:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}
