//! In which language to answer.

use actix_web::{HttpMessage, HttpRequest, http::header};
use entities::Language;

use crate::{actor::Found, session};

/// The language of an answer: the one chosen on a page (cookie), else `Accept-Language`, else
/// the account's, else Chinese.
pub fn of(request: &HttpRequest) -> Language {
    let chosen = request.cookie(session::LANGUAGE);
    chosen
        .and_then(|cookie| Language::of_tag(cookie.value()))
        .or_else(|| {
            let header = request.headers().get(header::ACCEPT_LANGUAGE)?;
            accepted(header.to_str().ok()?)
        })
        .or_else(|| {
            let extensions = request.extensions();
            let found = extensions.get::<Found>()?;
            found.0.as_ref().map(|actor| actor.language)
        })
        .unwrap_or_default()
}

/// The best of `zh-CN,zh;q=0.9,en;q=0.8` that is spoken here (RFC 9110 §12.5.4).
fn accepted(header: &str) -> Option<Language> {
    let mut best: Option<(u32, Language)> = None;
    for part in header.split(',') {
        let mut pieces = part.split(';').map(str::trim);
        let Some(language) = pieces.next().and_then(Language::of_tag) else { continue };
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(1000, thousandths);
        if weight > 0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// `0.85` as 850; what does not read counts nothing.
fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let part = format!("{part:0<3}");
    let digits = part.get(..3).unwrap_or_default();
    match (whole.parse::<u32>(), digits.parse::<u32>()) {
        (Ok(0), Ok(part)) => part,
        (Ok(1), Ok(_)) => 1000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use entities::Language::{Chinese, English};

    use super::accepted;

    #[test]
    fn the_best_accepted_language_is_found() {
        let table = [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Chinese)),
            ("en-GB,en;q=0.9,zh;q=0.8", Some(English)),
            ("fr, en;q=0.2, zh;q=0.3", Some(Chinese)),
            ("zh;q=0, en;q=0.1", Some(English)),
            ("de", None),
            ("", None),
            ("en;q=bad", None),
        ];
        for (header, language) in table {
            assert_eq!(accepted(header), language, "{header}");
        }
    }
}
