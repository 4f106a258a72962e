//! What a member of staff may choose for themselves.

use serde::Serialize;
use utoipa::ToSchema;

use super::FieldView;

/// `/staff/settings`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SettingsView {
    /// When the digest comes.
    pub digest: FieldView,
}
