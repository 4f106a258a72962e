//! Text that must not reach a log: it prints as `***`.

use std::fmt;

use sea_orm::DeriveValueType;
use serde::Deserialize;

/// A password, a code, a phone number, a token or its secret.
///
/// `Debug` and `Display` print `***`; whoever needs the text says so with
/// [`expose`](Self::expose). There is no `Serialize`.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, DeriveValueType)]
#[serde(transparent)]
pub struct Sensitive(String);

impl Sensitive {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Sensitive;

    #[test]
    fn it_prints_as_stars() {
        let secret = Sensitive::new("13912345678");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "13912345678");
    }
}
