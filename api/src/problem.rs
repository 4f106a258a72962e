//! Everything a handler can fail with, and what the outside is told of it (RFC 9457).

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use entities::Language;
use sea_orm::DbErr;
use serde::Serialize;
use serde_json::json;
use workflow::{
    CommandError, Refusal,
    once::OnceError,
    sign_in::{SignInError, WeakPassword},
};

pub use crate::problem_kinds::{ALL, Kind};
use crate::{
    problem_database::{self as database, of_database},
    problem_kinds as kinds, problem_refusals as refusals,
};

/// Everything a handler can fail with: first the caller's doing, then ours.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// No one is signed in.
    #[error("sign in first")]
    Unauthenticated,
    /// Somebody else chose the password; their own comes first.
    #[error("the password was chosen by somebody else")]
    PasswordGiven,
    /// There is nothing at this address, or nothing this person may know of.
    #[error("there is nothing here")]
    NotFound,
    /// The address knows other methods.
    #[error("use {allow}")]
    MethodNotAllowed {
        /// As in `Allow`.
        allow: String,
    },
    /// A browser sent it from another site.
    #[error("this request came from another site")]
    ForeignOrigin,
    /// The form's hidden token is missing, old, or another browser's.
    #[error("the form is out of date")]
    StaleForm,
    /// Neither JSON nor, on a page, a form.
    #[error("this content type is not taken here")]
    UnsupportedMediaType,
    /// More bytes than are read.
    #[error("at most {most} bytes are read")]
    BodyTooLarge {
        /// Bytes.
        most: usize,
    },
    /// A bad percent sign, a NUL, a query that does not read.
    #[error("the address or its parameters do not read")]
    MalformedRequest,
    /// Not JSON.
    #[error("no JSON at line {line}, column {column}")]
    MalformedJson {
        /// From 1.
        line: usize,
        /// From 1; 0 when the line is empty.
        column: usize,
    },
    /// A field the documentation does not name.
    #[error("there is no field {field:?}")]
    UnknownField {
        /// As sent.
        field: String,
    },
    /// Some fields are missing or wrong.
    #[error("some fields are wrong")]
    InvalidFields(Vec<FieldError>),
    /// The header does not read.
    #[error("the idempotency key does not read")]
    MalformedKey,
    /// This network or account is too quick.
    #[error("too many requests")]
    TooManyRequests {
        /// Seconds.
        retry_after: i64,
    },
    /// Nobody was signed in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The command did not happen: the caller's doing, or ours.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// It is not the request it says it is.
    #[error(transparent)]
    Once(#[from] OnceError),

    /// The database said no.
    #[error("the database failed")]
    Db(#[from] DbErr),
    /// We are not ready to work.
    #[error("not ready: {0}")]
    NotReady(String),
    /// What must not happen did.
    #[error("{0}")]
    Unexpected(String),
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Its name as sent; nested ones with dots.
    pub field: String,
    /// A stable name for the reason, such as `missing`.
    pub code: &'static str,
    /// What to do, in Chinese.
    pub chinese: String,
    /// What to do, in English.
    pub english: String,
}

impl FieldError {
    /// A field, why, and what to do in both languages.
    pub fn new(
        field: impl Into<String>,
        code: &'static str,
        chinese: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), code, chinese: chinese.into(), english: english.into() }
    }
}

/// A field error in one language, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToldField {
    /// Its name as sent.
    pub field: String,
    /// A stable name for the reason.
    pub code: &'static str,
    /// What to do.
    pub detail: String,
}

impl Problem {
    /// The stable name that clients match on, its status and its words. One line per case, no
    /// default: a new error does not compile until it has them.
    pub fn kind(&self) -> &'static Kind {
        use SignInError as S;
        match self {
            Self::Unauthenticated => &kinds::UNAUTHENTICATED,
            Self::PasswordGiven => &kinds::PASSWORD_GIVEN,
            Self::NotFound => &kinds::NOT_FOUND,
            Self::MethodNotAllowed { .. } => &kinds::METHOD_NOT_ALLOWED,
            Self::ForeignOrigin => &kinds::FOREIGN_ORIGIN,
            Self::StaleForm => &kinds::STALE_FORM,
            Self::UnsupportedMediaType => &kinds::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTooLarge { .. } => &kinds::BODY_TOO_LARGE,
            Self::MalformedRequest => &kinds::MALFORMED_REQUEST,
            Self::MalformedJson { .. } => &kinds::MALFORMED_JSON,
            Self::UnknownField { .. } => &kinds::UNKNOWN_FIELD,
            Self::InvalidFields(_)
            | Self::SignIn(S::NotAPhone | S::NotALogin(_) | S::NotATokenName) => {
                &kinds::INVALID_FIELDS
            }
            Self::MalformedKey => &kinds::MALFORMED_KEY,
            Self::TooManyRequests { .. } => &kinds::TOO_MANY_REQUESTS,
            Self::SignIn(S::WrongPassword) => &kinds::WRONG_PASSWORD,
            Self::SignIn(S::WrongCode) => &kinds::WRONG_CODE,
            Self::SignIn(S::Locked { .. }) => &kinds::LOCKED,
            Self::SignIn(S::TooManyCodes { .. }) => &kinds::TOO_MANY_CODES,
            Self::SignIn(S::Disabled) => &kinds::ACCOUNT_DISABLED,
            Self::SignIn(S::WeakPassword(_)) => &kinds::WEAK_PASSWORD,
            Self::SignIn(S::LoginTaken(_)) => &kinds::LOGIN_TAKEN,
            Self::Once(OnceError::KeyReused) => &kinds::KEY_REUSED,
            Self::Once(OnceError::StillAtWork) => &kinds::STILL_AT_WORK,
            Self::Command(error) => refusals::kind(error),
            Self::NotReady(_) => &kinds::UNAVAILABLE,
            Self::Db(e) | Self::SignIn(S::Db(e)) | Self::Once(OnceError::Db(e)) => of_database(e),
            Self::SignIn(S::Hashing(_) | S::Random(_) | S::Seal(_)) | Self::Unexpected(_) => {
                &kinds::INTERNAL
            }
        }
    }

    /// What to do about it, in one language. A 5xx hides the inside.
    pub fn detail(&self, language: Language) -> String {
        let chinese = language == Language::Chinese;
        match self {
            Self::BodyTooLarge { most } if chinese => format!("最多 {most} 字节。"),
            Self::BodyTooLarge { most } => format!("At most {most} bytes are read."),
            Self::MalformedJson { line, column } if chinese => {
                format!("第 {line} 行第 {column} 列不是有效的 JSON。")
            }
            Self::MalformedJson { line, column } => {
                format!("There is no valid JSON at line {line}, column {column}.")
            }
            Self::UnknownField { field } if chinese => format!("没有名为 {field:?} 的字段。"),
            Self::UnknownField { field } => format!("There is no field {field:?}."),
            Self::SignIn(SignInError::WeakPassword(why)) => weak(*why, language),
            Self::Command(CommandError::Refused(refusal)) => refusals::detail(refusal, language)
                .unwrap_or_else(|| self.kind().advice(language).to_owned()),
            other => match (other.retry_after(), other.kind().status) {
                (Some(seconds), StatusCode::TOO_MANY_REQUESTS) if chinese => {
                    format!("请在 {seconds} 秒后再试。")
                }
                (Some(seconds), StatusCode::TOO_MANY_REQUESTS) => {
                    format!("Try again in {seconds} s.")
                }
                _ => other.kind().advice(language).to_owned(),
            },
        }
    }

    /// What is wrong field by field, in one language.
    pub fn fields(&self, language: Language) -> Vec<ToldField> {
        use SignInError as S;
        let found = match self {
            Self::InvalidFields(fields) => fields.clone(),
            Self::SignIn(S::NotAPhone) => {
                let chinese = "请输入 11 位手机号码。";
                vec![FieldError::new("phone", "not-a-phone", chinese, "Enter eleven digits.")]
            }
            Self::SignIn(S::NotALogin(_)) => {
                let chinese = "账号名为 1 至 64 个小写字母、数字或 . _ - @。";
                let english = "Use 1 to 64 of a-z, 0-9, '.', '_', '-', '@'.";
                vec![FieldError::new("login", "not-a-login", chinese, english)]
            }
            Self::SignIn(S::NotATokenName) => {
                let english = "Give it a name of 1 to 80 characters.";
                vec![FieldError::new("name", "length", "名称须为 1 至 80 个字符。", english)]
            }
            Self::Command(CommandError::Refused(refusal)) => refusals::fields(refusal),
            Self::Db(e) | Self::Command(CommandError::Db(e)) => database::fields(e),
            _ => Vec::new(),
        };
        let told = |field: FieldError| ToldField {
            field: field.field,
            code: field.code,
            detail: match language {
                Language::Chinese => field.chinese,
                Language::English => field.english,
            },
        };
        found.into_iter().map(told).collect()
    }

    /// Seconds after which it is worth trying again.
    pub fn retry_after(&self) -> Option<i64> {
        use SignInError as S;
        match self {
            Self::TooManyRequests { retry_after }
            | Self::SignIn(S::Locked { retry_after } | S::TooManyCodes { retry_after }) => {
                Some(*retry_after)
            }
            Self::Once(OnceError::StillAtWork) => Some(1),
            other if other.kind().status == StatusCode::SERVICE_UNAVAILABLE => Some(2),
            _ => None,
        }
    }

    /// The whole answer in one language.
    pub fn json(&self, language: Language, request: Option<&str>) -> HttpResponse {
        let kind = self.kind();
        let mut body = json!({
            "type": format!("/problems/{}", kind.name),
            "title": kind.title(language),
            "status": kind.status.as_u16(),
            "detail": self.detail(language),
        });
        if let Some(map) = body.as_object_mut() {
            let fields = self.fields(language);
            if !fields.is_empty() {
                map.insert("errors".to_owned(), json!(fields));
            }
            // What the caller saw is old: this is where it stands.
            if let Self::Command(CommandError::Refused(Refusal::Stale { current, .. })) = self {
                map.insert("current".to_owned(), json!(current));
            }
            if let Some(id) = request {
                map.insert("instance".to_owned(), json!(format!("urn:request:{id}")));
            }
        }
        let mut response = HttpResponse::build(kind.status);
        response.content_type("application/problem+json");
        response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
        for (name, value) in self.headers() {
            response.insert_header((name, value));
        }
        response.body(body.to_string())
    }

    /// The headers that belong to it in every form.
    pub fn headers(&self) -> Vec<(header::HeaderName, String)> {
        let mut headers = Vec::new();
        if let Some(seconds) = self.retry_after() {
            headers.push((header::RETRY_AFTER, seconds.to_string()));
        }
        if let Self::MethodNotAllowed { allow } = self {
            headers.push((header::ALLOW, allow.clone()));
        }
        if self.kind().status == StatusCode::UNAUTHORIZED {
            headers.push((header::WWW_AUTHENTICATE, "Bearer realm=\"banjie\"".to_owned()));
        }
        headers
    }
}

fn weak(why: WeakPassword, language: Language) -> String {
    if language == Language::English {
        return format!("The new password is too easy: {why}.");
    }
    match why {
        WeakPassword::TooShort { least } => format!("新密码至少 {least} 个字符。"),
        WeakPassword::TooLong { most } => format!("新密码最多 {most} 个字符。"),
        WeakPassword::Common => "新密码过于常见，请换一个。".to_owned(),
        WeakPassword::ContainsLogin => "新密码不能包含账号名。".to_owned(),
        WeakPassword::Unchanged => "新密码不能与原密码相同。".to_owned(),
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.kind().status
    }

    /// In the first language; `front` draws it again in the caller's.
    fn error_response(&self) -> HttpResponse {
        self.json(Language::Chinese, None)
    }
}
