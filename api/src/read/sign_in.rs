//! The pages at which one signs in.

use serde::Serialize;
use utoipa::ToSchema;

use super::FieldView;

/// Asks for the phone number. Posts `phone`, `to`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignInView {
    pub phone: FieldView,
    /// The path to return to afterwards.
    pub to: String,
}

/// Asks for the code. Posts `code`, `phone` (hidden), `to`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CodeView {
    /// As typed, to be posted again.
    pub phone: String,
    pub phone_masked: String,
    pub code: FieldView,
    /// Seconds until another code may be asked for; 0 is now.
    pub resend_seconds: u32,
    pub to: String,
}

/// Staff: account and password. Posts `account`, `password`, `to`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StaffSignInView {
    pub account: FieldView,
    pub password: FieldView,
    /// Refused as a whole: wrong pair, locked out until when.
    pub error: Option<String>,
    pub to: String,
    /// In the demo only.
    pub demo_accounts: Vec<DemoAccount>,
}

/// A password of one's own. Posts `old`, `new`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PasswordView {
    pub old: FieldView,
    pub new: FieldView,
    /// Somebody else chose the present one: nothing else is open until it is changed.
    pub given: bool,
}

/// An account of the demo.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DemoAccount {
    pub account: String,
    pub duty: String,
}
