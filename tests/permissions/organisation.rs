//! What is sent to the doors of the organisation.

use serde_json::json;

use super::Things;
use crate::harness::house::Body;

/// The least that a page takes: of the pages of the organisation.
pub(super) fn form(path: &str, things: &Things, who: usize) -> Body {
    let unit = things.unit.to_string();
    let fields: Vec<(&'static str, String)> = match path {
        "/staff/organisation/import" => {
            let row = b"name,mail,unit,duty\nMa,a@b.cn,county,handler\n";
            return Body::File("people.csv", row.to_vec());
        }
        "/staff/organisation/units/{id}/rename" => {
            vec![("name_zh", "新名称".to_owned()), ("from_on", "2018-09-10".to_owned())]
        }
        "/staff/organisation/units/{id}/mark" => {
            vec![("mark", mark(things)), ("from_on", "2018-09-10".to_owned())]
        }
        "/staff/organisation/units/{id}/move" => vec![("parent", "county2".to_owned())],
        "/staff/organisation/people/{id}" => {
            vec![("name", format!("马某{who}")), ("mail", "ma@example.cn".to_owned())]
        }
        "/staff/organisation/units/{id}/appoint" => {
            let login = format!("spare{}", things.nth);
            vec![("who", login), ("duty", "handler".to_owned())]
        }
        "/staff/organisation/people" => vec![("name", format!("马某{who}"))],
        "/staff/organisation/people/{id}/appoint" => {
            vec![("unit", "county/finance".to_owned()), ("duty", "handler".to_owned())]
        }
        "/staff/organisation/people/{id}/account" => {
            let login = format!("second{who}");
            vec![("login", login), ("password", "south wind 8".to_owned())]
        }
        "/staff/organisation/appointments/{id}/change" => {
            vec![("unit", "county/finance".to_owned()), ("duty", "head".to_owned())]
        }
        "/staff/organisation/people/{id}/hand-over" => {
            let reason = "调离".to_owned();
            vec![("unit", unit), ("to", "pool".to_owned()), ("reason", reason)]
        }
        _ => Vec::new(),
    };
    Body::Form(fields)
}

/// The same of the JSON API.
pub(super) fn json(path: &str, things: &Things, mobile: &str) -> serde_json::Value {
    let member = things.member.person;
    match path {
        "/api/v1/organisation/units" => {
            json!({ "seat": things.place, "office": "spare", "name_zh": "泾源县备用办" })
        }
        "/api/v1/organisation/units/{id}/rename" => {
            json!({ "name_zh": "新名称", "from_on": "2018-09-10" })
        }
        "/api/v1/organisation/units/{id}/mark" => {
            json!({ "mark": mark(things), "from_on": "2018-09-10" })
        }
        "/api/v1/organisation/units/{id}/move" => json!({ "parent": things.beside }),
        "/api/v1/organisation/people" => json!({ "name": "马某某" }),
        "/api/v1/organisation/people/{id}" => {
            json!({ "name": "马某某", "mail": "ma@example.cn" })
        }
        "/api/v1/organisation/people/{id}/accounts" => {
            json!({ "login": mobile, "password": "south wind 8" })
        }
        "/api/v1/organisation/accounts/{id}/password" => json!({ "password": "south wind 8" }),
        "/api/v1/organisation/people/{id}/hand-over" => {
            json!({ "unit": things.unit, "reason": "调离" })
        }
        "/api/v1/organisation/appointments" => {
            json!({ "person": member, "unit": things.unit, "duty": "handler" })
        }
        "/api/v1/organisation/appointments/{id}/change" => {
            json!({ "unit": things.unit, "duty": "head", "reason": "调任" })
        }
        "/api/v1/organisation/imports" => {
            let row =
                json!({ "name": "Ma", "mail": "a@b.cn", "unit": "county", "duty": "handler" });
            json!({ "rows": [row] })
        }
        _ => json!({}),
    }
}

/// A mark that no other unit has: those of a mark are of one place.
fn mark(things: &Things) -> String {
    let nth = u32::try_from(things.nth).unwrap();
    ['新', char::from_u32(0x4e00 + nth).unwrap()].into_iter().collect()
}
