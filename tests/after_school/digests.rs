//! The daily digests of those who work in the demonstration.

use serde_json::json;

use crate::harness::{http::Caller, person::PASSWORD};

use super::Scene;

/// Nobody here reads a digest, and two years of them would be most of the work of this story.
pub(super) async fn are_not_wanted(scene: &mut Scene<'_>) {
    scene.desk.open("/staff/sign-in").await;
    let logins = "[...document.querySelectorAll('dl.pairs code')].map(code => code.textContent)";
    let logins = scene.desk.browser.evaluate(logins).await;
    let logins: Vec<&str> = logins.as_array().unwrap().iter().filter_map(|l| l.as_str()).collect();
    assert!(logins.contains(&"county-edu"), "{logins:?}");
    for login in logins {
        let staff = Caller::new(scene.demo.address());
        let ask = json!({ "login": login, "password": PASSWORD });
        assert_eq!(staff.post("/api/v1/sessions", &ask).await.status, 201, "{login}");
        let set = staff.put("/api/v1/me/digest", &json!({ "at": null })).await;
        assert_eq!(set.status, 204, "{login}: {}", set.text());
    }
}
