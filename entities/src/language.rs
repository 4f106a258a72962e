//! The languages the service speaks.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A language of pages, problems and letters, by its BCP 47 tag.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
pub enum Language {
    /// Chinese in simplified characters: the first language.
    #[default]
    #[sea_orm(string_value = "zh-CN")]
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[sea_orm(string_value = "en")]
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The BCP 47 tag, as it stands in `lang` and `Content-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The language a tag such as `zh`, `zh-Hans-CN` or `en-GB` asks for, if it is spoken here.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}
