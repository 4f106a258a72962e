//! A caller of the service: JSON or forms, with its cookies, over a real connection.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

/// One caller, with a cookie jar of its own. Follows no redirect: a test wants to see it.
#[derive(Clone)]
pub(crate) struct Caller {
    base: String,
    agent: ureq::Agent,
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
    headers: BTreeMap<String, String>,
}

/// What came back. A refusal is an answer too, never an error.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body where it is JSON, else null.
    pub(crate) body: Value,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl Caller {
    /// `base` is where the service listens, as in `http://127.0.0.1:8080`.
    pub(crate) fn new(base: impl Into<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        let base = base.into().trim_end_matches('/').to_owned();
        Self { base, agent: config.into(), cookies: Arc::default(), headers: BTreeMap::new() }
    }

    /// The same caller with one more header on every request; the cookies stay shared.
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// The same caller at another address.
    pub(crate) fn at(mut self, base: &str) -> Self {
        base.clone_into(&mut self.base);
        self
    }

    /// Where the service listens.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.json("PUT", path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.json("PATCH", path, body).await
    }

    /// Posts a form as a page does.
    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect();
        let body = ("application/x-www-form-urlencoded".to_owned(), pairs.join("&").into_bytes());
        self.send("POST", path, Some(body)).await
    }

    /// Posts fields and one file as a page with a file input does.
    pub(crate) async fn post_file(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: (&str, &Path, &str),
    ) -> Answer {
        let boundary = "----a-line-that-no-file-of-a-test-contains";
        let mut body = Vec::new();
        let mut part = |disposition: String, bytes: &[u8]| {
            let head =
                format!("--{boundary}\r\ncontent-disposition: form-data; {disposition}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in fields {
            part(format!("name=\"{name}\""), value.as_bytes());
        }
        let (name, source, kind) = file;
        let file_name = source.file_name().unwrap().to_str().unwrap();
        let disposition =
            format!("name=\"{name}\"; filename=\"{file_name}\"\r\ncontent-type: {kind}");
        part(disposition, &std::fs::read(source).unwrap());
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        self.send("POST", path, Some((kind, body))).await
    }

    async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = ("application/json".to_owned(), body.to_string().into_bytes());
        self.send(method, path, Some(body)).await
    }

    /// Sends anything: `body` is a content type and bytes, which need not agree.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Answer {
        let answer = self.try_send(method, path, body).await;
        answer.unwrap_or_else(|why| panic!("no answer: {why}"))
    }

    /// The same, where there may be no answer.
    ///
    /// # Errors
    /// Why none came.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        body: Option<(String, Vec<u8>)>,
    ) -> Result<Answer, String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        if let Some((kind, _)) = &body {
            request = request.header("content-type", kind);
        }
        let agent = self.agent.clone();
        // The client blocks; the service under test may run on this very thread.
        let answer = tokio::task::spawn_blocking(move || {
            let mut response = match body {
                Some((_, bytes)) => agent.run(request.body(bytes).unwrap()),
                None => agent.run(request.body(()).unwrap()),
            }
            .map_err(|e| e.to_string())?;
            let bytes = response.body_mut().with_config().limit(64 << 20).read_to_vec();
            let bytes = bytes.map_err(|e| e.to_string())?;
            let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            let status = response.status().as_u16();
            Ok::<_, String>(Answer { status, headers: response.headers().clone(), body, bytes })
        });
        let answer = answer.await.unwrap()?;
        self.keep_cookies(&answer.headers);
        Ok(answer)
    }

    fn keep_cookies(&self, headers: &HeaderMap) {
        let mut jar = self.cookies.lock().unwrap();
        for set in headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let mut parts = set.split(';').map(str::trim);
            let (name, value) = parts.next().and_then(|p| p.split_once('=')).unwrap();
            let gone = parts.any(|p| p.eq_ignore_ascii_case("max-age=0"));
            if gone || value.is_empty() {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Percent-encoded, everything but letters, digits and `-._~`: for queries and forms.
pub(crate) fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").unwrap();
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::harness::{pages::Pages, scratch};

    #[actix_web::test]
    async fn it_keeps_its_cookies_and_its_refusals() {
        let pages = Pages::serve(|request| match request.path.as_str() {
            "/in" => {
                Pages::answer(303, "set-cookie: session=abc; Path=/; HttpOnly\r\nlocation: /", "")
            }
            "/out" => Pages::answer(200, "set-cookie: session=; Max-Age=0", ""),
            _ => Pages::answer(403, "content-type: application/json", "{\"title\":\"no\"}"),
        });
        let caller = Caller::new(pages.url()).with_header("accept-language", "en");
        let answer = caller.post("/in", &json!({"phone": "13800000000"})).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
        assert_eq!(caller.cookie("session").as_deref(), Some("abc"));
        let answer = caller.get("/else").await;
        assert_eq!(answer.text(), r#"{"title":"no"}"#);
        assert_eq!((answer.status, answer.body), (403, json!({"title": "no"})));
        caller.delete("/out").await;
        assert_eq!(caller.cookie("session"), None);
        let requests = pages.requests();
        assert_eq!(requests[0].body, r#"{"phone":"13800000000"}"#);
        assert_eq!(requests[1].header("cookie"), Some("session=abc"));
        assert_eq!(requests[1].header("accept-language"), Some("en"));
    }

    #[actix_web::test]
    async fn it_posts_forms_and_files() {
        let pages = Pages::serve(|_| Pages::answer(204, "", ""));
        let caller = Caller::new(pages.url());
        caller.post_form("/", &[("name", "王 & 李"), ("amount", "12000")]).await;
        let paper = scratch("paper.txt");
        std::fs::write(&paper, "a paper").unwrap();
        caller.post_file("/", &[("kind", "identity")], ("file", &paper, "text/plain")).await;
        caller.put("/", &json!(1)).await;
        let requests = pages.requests();
        assert_eq!(requests[0].body, "name=%E7%8E%8B%20%26%20%E6%9D%8E&amount=12000");
        assert!(requests[1].body.contains("name=\"kind\"\r\n\r\nidentity\r\n--"));
        assert!(requests[1].body.contains("content-type: text/plain\r\n\r\na paper\r\n--"));
        assert_eq!(requests[2].method, "PUT");
    }
}
