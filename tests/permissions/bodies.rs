//! What is sent to the doors that take JSON.

use serde_json::json;

use super::{PDF, Things, organisation};
use crate::harness::house::Body;

pub(super) fn json_body(path: &str, things: &Things, mobile: &str) -> Body {
    if path.starts_with("/api/v1/organisation") {
        return Body::Json(organisation::json(path, things, mobile));
    }
    Body::Json(match path {
        "/api/v1/sessions" => json!({ "login": mobile, "password": "a guess" }),
        "/api/v1/sessions/by-code" => json!({ "phone": mobile, "code": "000000" }),
        "/api/v1/sign-in-codes" => json!({ "phone": mobile }),
        "/api/v1/me/digest" => json!({ "at": "09:00" }),
        "/api/v1/me/password" => json!({ "old": "a guess", "new": "south wind 8" }),
        "/api/v1/me/tokens" => json!({ "name": "export" }),
        "/api/v1/cases" => {
            json!({ "program": "emergency-aid", "subject": things.person, "filed_as": "self" })
        }
        "/api/v1/cases/{id}" => json!({ "fields": { "need": 80_000 } }),
        "/api/v1/cases/{id}/submit" => json!({ "declared": true }),
        "/api/v1/cases/{id}/resubmit"
        | "/api/v1/cases/{id}/withdraw"
        | "/api/v1/tasks/{id}/{verb}"
        | "/api/v1/jobs/{id}/retry"
        | "/api/v1/oversight/cases/{id}/reopen"
        | "/api/v1/cases/{id}/urge"
        | "/api/v1/batches/{batch}/sign"
        | "/api/v1/copies/{id}/read"
        | "/api/v1/extensions/{id}/{answer}"
        | "/api/v1/programs/{id}/drafts"
        | "/api/v1/programs/{id}/drafts/{edition}/{act}" => json!({}),
        "/api/v1/programs/{id}/drafts/{edition}" => json!({ "yaml": "program: emergency-aid\n" }),
        "/api/v1/programs" => json!({ "yaml": super::programs::NEW }),
        "/api/v1/programs/{id}/end" => json!({ "reason": "it is over" }),
        "/api/v1/programs/{id}/rebase" => json!({ "to": 1 }),
        "/api/v1/oversight/cases" => json!({ "program": "complaint", "at": things.person }),
        "/api/v1/substitutes" => json!({
            "substitute": things.colleague, "from": "2018-09-12", "to": "2018-09-13",
        }),
        "/api/v1/batches" => json!({ "like": things.task }),
        "/api/v1/batches/{batch}/open" => json!({ "task": things.task }),
        "/api/v1/bounces/{id}" => json!({ "resend": false }),
        "/api/v1/recusals" => {
            json!({ "kind": "relative", "name": "马小兰", "id_number": "640422200001011234" })
        }
        "/api/v1/jobs/retry" => json!({ "state": "failing" }),
        "/api/v1/tasks/search" => json!({ "text": "马小兰" }),
        "/api/v1/tasks/{id}/rows" => json!({ "rows": [] }),
        "/api/v1/tasks/{id}/show" => json!({ "fact": "person.phone" }),
        "/api/v1/people" => json!({ "name": "马小兰" }),
        "/api/v1/people/{id}" => json!({ "class": "18级2班" }),
        "/api/v1/notices/{id}/objections" => {
            json!({ "text": "I know the family well, and doubt it." })
        }
        "/api/v1/tip-offs" => json!({
            "place": things.place, "text": "The school takes money for the dormitory.",
        }),
        "/api/v1/tip-offs/look-ups" => json!({ "number": things.number, "code": "AAAAAAAA" }),
        "/api/v1/cases/{id}/complaint" | "/api/v1/cases/{id}/appeal" => {
            json!({ "text": "Nobody has answered me for a month." })
        }
        "/api/v1/cases/{id}/rating" => json!({ "grade": "satisfied" }),
        "/api/v1/look-ups" => json!({ "number": things.number, "phone": mobile }),
        "/api/v1/demo/clock" => json!({ "working_days": 1 }),
        "/api/v1/cases/{id}/papers/{paper}"
        | "/api/v1/tasks/{id}/papers/{paper}"
        | "/api/v1/tasks/{id}/rows/{row}/papers/{paper}" => {
            return Body::Raw("application/pdf", [PDF, mobile.as_bytes()].concat());
        }
        path => panic!("nothing is known to send to {path}"),
    })
}

/// A relative whom nobody else knows.
pub(super) fn recusal() -> Body {
    let number = ("id_number", "640422200001011234".to_owned());
    Body::Form(vec![("kind", "relative".to_owned()), ("name", "马小兰".to_owned()), number])
}
