//! A text that a program or the organisation brings along, in both languages.

use serde::Serialize;
use utoipa::ToSchema;

/// Chinese and English; English may be empty, then pages in English show the Chinese.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

impl Words {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// A name that exists in Chinese only, as those of most units do.
    pub fn chinese(zh: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: String::new() }
    }
}
