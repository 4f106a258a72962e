//! A person at a browser: opens pages, types, taps, and sees what comes.
//!
//! A verb that does not find what it names panics with the selector and the address, so a test
//! reads as a list of what the person does. [`Browser::click`] stays on the page;
//! [`Browser::follow`] expects another page to come and waits until it is there whole.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use chromiumoxide::{
    Browser as Connection, Element, Page,
    cdp::{
        browser_protocol::{
            dom::{FocusParams, ScrollIntoViewIfNeededParams, SetFileInputFilesParams},
            emulation::SetScriptExecutionDisabledParams,
            input::InsertTextParams,
            log::{EventEntryAdded, LogEntryLevel},
            network::{
                ClearBrowserCacheParams, ClearBrowserCookiesParams, EventLoadingFinished,
                EventResponseReceived,
            },
            page::{EventLoadEventFired, Viewport as Clip},
        },
        js_protocol::runtime::{
            ConsoleApiCalledType, EvaluateParams, EventConsoleApiCalled, EventExceptionThrown,
        },
    },
    error::CdpError,
    handler::{HandlerConfig, viewport::Viewport},
    listeners::EventStream,
    page::ScreenshotParams,
};
use futures_util::{FutureExt, Stream, StreamExt};
use serde_json::Value;

use super::{chromium, process::Guarded};

/// How long a page may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the browser may take to note what a page did that has come already.
const LATE_NOTES: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Screen {
    /// 390 × 844, touched.
    Phone,
    /// 1440 × 900.
    Desktop,
    /// 320 × 568, touched: the narrowest that pages promise to work on.
    SmallPhone,
}

impl Screen {
    fn viewport(self) -> Viewport {
        let (width, height, touched) = match self {
            Self::Phone => (390, 844, true),
            Self::Desktop => (1440, 900, false),
            Self::SmallPhone => (320, 568, true),
        };
        Viewport {
            width,
            height,
            device_scale_factor: Some(if touched { 2.0 } else { 1.0 }),
            emulating_mobile: touched,
            is_landscape: !touched,
            has_touch: touched,
        }
    }
}

/// One response as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    pub(crate) url: String,
    pub(crate) status: i64,
    pub(crate) mime_type: String,
    /// Headers and compressed body; 0 when it came from the cache.
    pub(crate) bytes: u64,
}

/// One person's browser, with cookies and cache of its own.
pub(crate) struct Browser {
    page: Page,
    notes: Notes,
    connection: Option<Connection>,
    process: Option<Guarded>,
}

/// What the browser noted and no test has asked for yet.
struct Notes {
    entries: EventStream<EventEntryAdded>,
    consoles: EventStream<EventConsoleApiCalled>,
    exceptions: EventStream<EventExceptionThrown>,
    responses: EventStream<EventResponseReceived>,
    finished: EventStream<EventLoadingFinished>,
    /// Responses that began and have not ended, by the request.
    answered: BTreeMap<String, (u64, Arc<EventResponseReceived>)>,
    /// How many responses began so far.
    answers: u64,
}

impl Browser {
    pub(crate) async fn start(screen: Screen) -> Self {
        let process = chromium::start();
        let config = HandlerConfig { viewport: Some(screen.viewport()), ..Default::default() };
        let connected = Connection::connect_with_config(&process.said, config).await;
        let (connection, mut handler) = connected.expect("Chromium answers");
        // Ends with the connection. Messages newer than the crate are no concern of a test.
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = connection.new_page("about:blank").await.expect("a new page");
        page.enable_log().await.expect("the log is on");
        let notes = Notes {
            entries: page.event_listener().await.unwrap(),
            consoles: page.event_listener().await.unwrap(),
            exceptions: page.event_listener().await.unwrap(),
            responses: page.event_listener().await.unwrap(),
            finished: page.event_listener().await.unwrap(),
            answered: BTreeMap::new(),
            answers: 0,
        };
        Self { page, notes, connection: Some(connection), process: Some(process) }
    }

    /// From now on no script of a page runs.
    pub(crate) async fn without_javascript(self) -> Self {
        let off = SetScriptExecutionDisabledParams::new(true);
        self.page.execute(off).await.expect("scripts are off");
        self
    }

    /// Opens a page and waits until all of it is there.
    pub(crate) async fn open(&self, url: &str) {
        patiently(url, self.page.goto(url)).await;
    }

    /// Scrolls to what `css` names and clicks in its middle, on whatever lies on top there.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.element(css).await;
        let into_view = ScrollIntoViewIfNeededParams::builder();
        let into_view = into_view.backend_node_id(element.backend_node_id).build();
        patiently(css, self.page.execute(into_view)).await;
        let middle = patiently(css, element.clickable_point()).await;
        patiently(css, self.page.click(middle)).await;
    }

    /// Clicks and waits for the page that comes of it.
    pub(crate) async fn follow(&self, css: &str) {
        let mut loads = self.page.event_listener::<EventLoadEventFired>().await.unwrap();
        self.click(css).await;
        let loaded = tokio::time::timeout(PATIENCE, loads.next()).await;
        assert!(loaded.is_ok(), "no page comes of a click on {css} on {}", self.url().await);
    }

    /// Replaces what stands in a field, as if pasted: Chinese needs no keys.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        let focus = FocusParams::builder().backend_node_id(element.backend_node_id).build();
        patiently(css, self.page.execute(focus)).await;
        let select = element.call_js_fn("function() { this.select() }", false);
        patiently(css, select).await;
        patiently(css, self.page.execute(InsertTextParams::new(text))).await;
    }

    /// Chooses in a list by the option's value, or sets a date: what has no text to type into.
    pub(crate) async fn choose(&self, css: &str, value: &str) {
        let set = format!(
            "function() {{ this.value = {value}; \
             for (const e of ['input', 'change']) this.dispatchEvent(new Event(e, {{bubbles: true}})); \
             return this.value }}",
            value = Value::from(value)
        );
        let element = self.element(css).await;
        let now = patiently(css, element.call_js_fn(set, false)).await.result.value;
        assert_eq!(now, Some(Value::from(value)), "{css} does not take {value}");
    }

    /// Hands a file to a file input.
    pub(crate) async fn set_file(&self, css: &str, file: &Path) {
        let element = self.element(css).await;
        let mut set = SetFileInputFilesParams::new(vec![file.display().to_string()]);
        set.backend_node_id = Some(element.backend_node_id);
        patiently(css, self.page.execute(set)).await;
    }

    /// The text as one sees it, of the first that `css` names.
    pub(crate) async fn text(&self, css: &str) -> String {
        let element = self.element(css).await;
        patiently(css, element.inner_text()).await.unwrap_or_default()
    }

    /// How many elements `css` names.
    pub(crate) async fn count(&self, css: &str) -> usize {
        let count = format!("document.querySelectorAll({}).length", Value::from(css));
        usize::try_from(self.evaluate(&count).await.as_u64().unwrap()).unwrap()
    }

    /// Whether the page at `path` of the same service would have something that `css` names. True
    /// where no page of the service is open: then one can only go and see.
    pub(crate) async fn would_find(&self, path: &str, css: &str) -> bool {
        let (path, css) = (Value::from(path), Value::from(css));
        let look = format!(
            "location.protocol != 'http:' || fetch({path}).then(r => r.text()).then(text => \
             new DOMParser().parseFromString(text, 'text/html').querySelector({css}) !== null)"
        );
        self.run_to_its_end(&look).await == Value::Bool(true)
    }

    /// Waits until `css` names something: for what a script adds without another page.
    pub(crate) async fn wait_for(&self, css: &str) {
        let shown = async {
            while self.count(css).await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let shown = tokio::time::timeout(PATIENCE, shown).await;
        assert!(shown.is_ok(), "{css} does not appear on {}", self.url().await);
    }

    pub(crate) async fn url(&self) -> String {
        self.evaluate("location.href").await.as_str().unwrap().to_owned()
    }

    /// The whole document as it stands now.
    pub(crate) async fn html(&self) -> String {
        self.evaluate("document.documentElement.outerHTML").await.as_str().unwrap().to_owned()
    }

    /// What an expression of JavaScript comes to; also where the scripts of pages are off.
    pub(crate) async fn evaluate(&self, expression: &str) -> Value {
        self.run(EvaluateParams::new(expression)).await
    }

    /// What a promise comes to, which it never does where the scripts of pages are off.
    async fn run_to_its_end(&self, expression: &str) -> Value {
        let mut run = EvaluateParams::new(expression);
        run.await_promise = Some(true);
        self.run(run).await
    }

    async fn run(&self, mut parameters: EvaluateParams) -> Value {
        parameters.return_by_value = Some(true);
        let result = patiently("a script", self.page.execute(parameters)).await.result;
        if let Some(exception) = result.exception_details {
            panic!("{} {:?}", exception.text, exception.exception.and_then(|e| e.description));
        }
        result.result.value.unwrap_or(Value::Null)
    }

    /// Writes the whole page, not only what fits the screen, as a PNG.
    pub(crate) async fn screenshot(&self, file: &Path) {
        self.picture(file, "Math.max(innerHeight, document.documentElement.scrollHeight)").await;
    }

    /// Writes what fits the screen, from the top of the page, as a PNG.
    pub(crate) async fn screenshot_of_screen(&self, file: &Path) {
        self.picture(file, "innerHeight").await;
    }

    /// The crate's picture of a full page would lay the page out anew, for another screen.
    async fn picture(&self, file: &Path, height: &str) {
        let size = |of: Value| of.as_f64().expect("a number");
        let (width, height) =
            (size(self.evaluate("innerWidth").await), size(self.evaluate(height).await));
        let clip = Clip { x: 0.0, y: 0.0, width, height, scale: 1.0 };
        let what = ScreenshotParams::builder().clip(clip).capture_beyond_viewport(true).build();
        let picture = patiently("a picture", self.page.screenshot(what)).await;
        std::fs::write(file, picture).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }

    /// Another person sits down at the same browser.
    pub(crate) async fn forget(&self) {
        self.page.execute(ClearBrowserCookiesParams::default()).await.unwrap();
        self.page.execute(ClearBrowserCacheParams::default()).await.unwrap();
    }

    /// What the browser complained of since the last call: errors of scripts and of the console,
    /// breaches of the content security policy, requests that failed.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        let notes = &mut self.notes;
        let entries = noted(&mut notes.entries).into_iter();
        let entries = entries.filter(|e| e.entry.level == LogEntryLevel::Error);
        let mut all: Vec<String> = entries
            .map(|e| format!("{} {}", e.entry.text, e.entry.url.as_deref().unwrap_or_default()))
            .collect();
        let consoles = noted(&mut notes.consoles).into_iter();
        let consoles = consoles.filter(|c| c.r#type == ConsoleApiCalledType::Error);
        all.extend(consoles.map(|c| {
            let said = c
                .args
                .iter()
                .filter_map(|a| a.value.clone().or(a.description.clone().map(Value::from)));
            format!("console {}", said.map(|v| v.to_string()).collect::<Vec<_>>().join(" "))
        }));
        all.extend(noted(&mut notes.exceptions).into_iter().map(|e| {
            let details = &e.exception_details;
            let what = details.exception.as_ref().and_then(|x| x.description.clone());
            format!("exception {} {}", details.text, what.unwrap_or_default())
        }));
        all
    }

    /// What the browser complained of, when all these words have been said or ought to have been.
    pub(crate) async fn complaints_with(&mut self, words: &[&str]) -> String {
        let patience = tokio::time::Instant::now() + LATE_NOTES;
        let mut all = self.complaints();
        while !words.iter().all(|w| all.iter().any(|c| c.contains(w)))
            && tokio::time::Instant::now() < patience
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
            all.extend(self.complaints());
        }
        all.join("\n")
    }

    /// What came over the wire since the last call, in the order in which it was answered. Waits
    /// for the ends of what began: a page may be loaded before the browser says how long it was.
    pub(crate) async fn transfers(&mut self) -> Vec<Transfer> {
        let notes = &mut self.notes;
        let mut transfers = Vec::new();
        let patience = tokio::time::Instant::now() + LATE_NOTES;
        loop {
            for response in noted(&mut notes.responses) {
                notes.answers += 1;
                notes
                    .answered
                    .insert(response.request_id.inner().clone(), (notes.answers, response));
            }
            for end in noted(&mut notes.finished) {
                let Some((place, answer)) = notes.answered.remove(end.request_id.inner()) else {
                    continue;
                };
                let response = &answer.response;
                let transfer = Transfer {
                    url: response.url.clone(),
                    status: response.status,
                    mime_type: response.mime_type.clone(),
                    bytes: format!("{:.0}", end.encoded_data_length).parse().unwrap(),
                };
                transfers.push((place, transfer));
            }
            if notes.answered.is_empty() || tokio::time::Instant::now() > patience {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        notes.answered.clear(); // what was given up has no end
        transfers.sort_by_key(|(place, _)| *place);
        // What stands in the page itself is no transfer.
        transfers.into_iter().map(|(_, t)| t).filter(|t| !t.url.starts_with("data:")).collect()
    }

    /// The barriers that axe-core finds on the page: rule, weight, advice and where.
    pub(crate) async fn barriers(&self) -> Vec<String> {
        self.evaluate(&format!("{}; null", chromium::axe())).await;
        let run = "axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v => \
                   `${v.id} (${v.impact}): ${v.help}: ${v.nodes.map(n => n.target).join(', ')}`))";
        let found = self.run_to_its_end(run).await;
        found.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    }

    async fn element(&self, css: &str) -> Element {
        let patience = tokio::time::Instant::now() + LATE_NOTES;
        loop {
            match self.page.find_element(css).await {
                Ok(element) => return element,
                // The page may just be coming anew.
                Err(_) if tokio::time::Instant::now() < patience => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(e) => panic!("no {css} on {}: {e}\n{}", self.url().await, self.html().await),
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The process first: a connection that closes while it lives would be an error to it.
        drop(self.process.take());
        drop(self.connection.take());
    }
}

/// The browser's answer. A silent browser would stop the whole run: patience has an end.
async fn patiently<T>(what: &str, asked: impl Future<Output = Result<T, CdpError>>) -> T {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(e)) => panic!("{what}: {e}"),
        Err(elapsed) => panic!("{what}: the browser is silent: {elapsed}"),
    }
}

/// All that waits in a stream, without waiting for more.
fn noted<T>(stream: &mut (impl Stream<Item = Arc<T>> + Unpin)) -> Vec<Arc<T>> {
    std::iter::from_fn(|| stream.next().now_or_never().flatten()).collect()
}
