//! A browser without JavaScript: cookies, the token of the last form, links.

use std::{cell::RefCell, collections::BTreeMap};

use actix_web::{cookie::Cookie, http::Method, test::TestRequest};

use super::world::{Answer, World};

pub(super) struct Browser<'a> {
    world: &'a World,
    jar: RefCell<BTreeMap<String, String>>,
    token: RefCell<String>,
}

/// A page, or where it leads.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) to: String,
    pub(super) html: String,
}

impl<'a> Browser<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, jar: RefCell::default(), token: RefCell::default() }
    }

    pub(super) async fn get(&self, path: &str) -> Seen {
        self.send(TestRequest::with_uri(path).method(Method::GET)).await
    }

    /// Sends a form with the token of the page seen last.
    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mut pairs = vec![("csrf", self.token.borrow().clone())];
        pairs.extend(fields.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.send(TestRequest::post().uri(path).set_form(pairs)).await
    }

    /// Sends a file with the token of the page seen last.
    pub(super) async fn upload(&self, path: &str, name: &str, bytes: &[u8]) -> Seen {
        let part = |head: &str| format!("--cut\r\ncontent-disposition: form-data; {head}\r\n\r\n");
        let mut body = part("name=\"csrf\"").into_bytes();
        body.extend(self.token.borrow().as_bytes());
        body.extend(b"\r\n");
        body.extend(part(&format!("name=\"file\"; filename=\"{name}\"")).into_bytes());
        body.extend(bytes);
        body.extend(b"\r\n--cut--\r\n");
        let kind = ("content-type", "multipart/form-data; boundary=cut");
        self.send(TestRequest::post().uri(path).insert_header(kind).set_payload(body)).await
    }

    async fn send(&self, mut request: TestRequest) -> Seen {
        request = request.insert_header(("accept", "text/html,*/*;q=0.8"));
        for (name, value) in self.jar.borrow().iter() {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let answer = self.world.send(request).await;
        self.keep(&answer);
        let to = answer.header("location").to_owned();
        let html = String::from_utf8_lossy(&answer.body).into_owned();
        if let Some(token) = after(&html, "name=\"csrf\" value=\"") {
            *self.token.borrow_mut() = token;
        }
        Seen { status: answer.status.as_u16(), to, html }
    }

    fn keep(&self, answer: &Answer) {
        for cookie in &answer.cookies {
            let mut jar = self.jar.borrow_mut();
            if cookie.value().is_empty() {
                jar.remove(cookie.name());
            } else {
                jar.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }

    /// Signs in by a code to `phone`.
    pub(super) async fn by_code(&self, phone: &str) {
        assert_eq!(self.get("/sign-in").await.status, 200);
        let asked = self.post("/sign-in", &[("phone", phone), ("to", "")]).await;
        assert_eq!(asked.status, 200, "{}", asked.html);
        let code = self.world.code_of(phone);
        let fields = [("phone", phone), ("code", code.as_str()), ("to", "")];
        let opened = self.post("/sign-in/code", &fields).await;
        assert_eq!((opened.status, opened.to.as_str()), (303, "/me"), "{}", opened.html);
    }

    /// Signs in by the password of all staff.
    pub(super) async fn by_password(&self, login: &str) {
        assert_eq!(self.get("/staff/sign-in").await.status, 200);
        let fields = [("account", login), ("password", "north wind 7"), ("to", "")];
        let opened = self.post("/staff/sign-in", &fields).await;
        assert_eq!((opened.status, opened.to.as_str()), (303, "/staff/tasks"), "{}", opened.html);
    }
}

impl Seen {
    /// The first link that begins with `start`.
    pub(super) fn link(&self, start: &str) -> Option<String> {
        let rest = after(&self.html, &format!("href=\"{start}"))?;
        Some(format!("{start}{rest}"))
    }

    /// The hidden or typed value of a field.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        after(&self.html, &format!("name=\"{name}\" value=\""))
    }
}

fn after(html: &str, mark: &str) -> Option<String> {
    html.split_once(mark)?.1.split('"').next().map(str::to_owned)
}
