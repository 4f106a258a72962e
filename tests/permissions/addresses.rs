//! The addresses of the doors, with their holes filled.

use actix_web::http::Method;
use api::routes::Door;

use super::Things;

/// The address with its holes filled.
pub(super) fn filled(door: &Door, things: &Things) -> String {
    let path = door.path;
    let change = door.method != Method::GET;
    // What is changed as a draft, by the JSON API's own word for it.
    let edited = ["/submit", "/papers/{paper}"].iter().any(|end| path.ends_with(end));
    let edited = edited || door.method == Method::PATCH;
    let id = match path {
        _ if path.contains("/organisation/units/") && path.ends_with("/move") => {
            things.loose.to_string()
        }
        _ if path.contains("/organisation/units/") => things.unit.to_string(),
        // Who has an account gets no second one.
        _ if path.contains("/organisation/people/") && path.contains("/account") => {
            things.person.to_string()
        }
        _ if path.contains("/organisation/people/") => things.member.person.unwrap().to_string(),
        _ if path.contains("/organisation/appointments/") => things.appointment.to_string(),
        _ if path.contains("/organisation/accounts/") => things.member.account.to_string(),
        _ if path.contains("/oversight/cases/") => things.case.to_string(),
        _ if path.starts_with("/api/v1/sessions/") => things.session.clone(),
        _ if path.starts_with("/api/v1/me/tokens/") => things.token.clone(),
        _ if path.starts_with("/api/v1/cases/") && edited => things.draft.to_string(),
        _ if path.starts_with("/api/v1/cases/") => things.case.to_string(),
        _ if path.starts_with("/api/v1/tasks/") => things.task.to_string(),
        _ if path.starts_with("/api/v1/papers/") && change => things.drafted.to_string(),
        _ if path.starts_with("/api/v1/papers/") => things.file.to_string(),
        _ if path.starts_with("/api/v1/people/") => things.person.to_string(),
        _ if path.contains("/programs/") => "emergency-aid".to_owned(),
        _ if path.contains("/notices/") => things.notice.to_string(),
        _ if path.contains("/letters/") => "1".to_owned(),
        _ if path.contains("/bounces/") => things.own.bounce.to_string(),
        _ if path.contains("/jobs/") => things.job.to_string(),
        _ if path.contains("/extensions/") => things.own.extension.to_string(),
        _ if path.contains("/substitutes/") => things.own.substitution.to_string(),
        _ if path.contains("/recusals/") => things.own.recusal.to_string(),
        _ if path.contains("/copies/") => things.own.copy.to_string(),
        _ => String::new(),
    };
    let mark = api::assets::MARK.href();
    let name = match path {
        "/static/{name}" => mark.trim_start_matches("/static/"),
        "/problems/{name}" => "locked",
        _ => "emergency-aid",
    };
    let file = if change { things.drafted } else { things.file };
    let holes = [
        ("{id}", id),
        ("{name}", name.to_owned()),
        ("{draft}", things.draft.to_string()),
        ("{number}", things.number.clone()),
        ("{task}", things.task.to_string()),
        ("{file:.*}", String::new()),
        ("{file}", file.to_string()),
        ("{paper}", "proof".to_owned()),
        ("{page}", "1".to_owned()),
        ("{verb}", if path.contains("/accounts/") { "lock" } else { "approve" }.to_owned()),
        ("{answer}", "approve".to_owned()),
        ("{edition}", things.edition.to_string()),
        ("{replay}", things.replay.to_string()),
        // Nobody's: the case has no lines.
        ("{row}", things.notice.to_string()),
        ("{batch}", things.own.batch.to_string()),
        ("{act}", "publish".to_owned()),
        ("{step}", "summons".to_owned()),
    ];
    let mut path = path.to_owned();
    for (hole, value) in holes {
        if path.contains(hole) {
            assert!(!value.is_empty() || hole.contains('*'), "nothing is known for {}", door.path);
            path = path.replace(hole, &value);
        }
    }
    assert!(!path.contains('{'), "nothing fills {path}");
    match door.path {
        "/api/v1/units" => format!("{path}?level=school"),
        "/api/v1/organisation/imports" => format!("{path}?kind=people"),
        "/staff/organisation/people/{id}/hand-over" if !change => {
            format!("{path}?unit={}", things.unit)
        }
        _ => path,
    }
}
