//! The browser of the harness sees what a person would see, and notes what nobody would.

use crate::harness::{
    browser::{Browser, Screen},
    pages::Pages,
    scratch,
};

const HOME: &str = r#"<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>申请</title>
<link rel="icon" href="data:,"></head><body><main>
<h1>申请救助</h1><p id="script">no script ran</p>
<form method="post" action="/sent" enctype="multipart/form-data">
<label>姓名 <input name="name" value="old"></label>
<label>日期 <input name="day" type="date"></label>
<label>地区 <select name="place"><option value="">-</option><option value="xiji">西吉</option></select></label>
<label>材料 <input name="paper" type="file"></label>
<button>提交</button></form></main>
<script src="/script.js"></script></body></html>"#;

const SENT: &str = r#"<!doctype html><html><head><meta charset="utf-8"><title>Sent</title>
<link rel="icon" href="data:,"><style>h1 { color: red }</style></head>
<body><h1 id="sent">已提交</h1><img src="/nothing.png"></body></html>"#;

fn site() -> Pages {
    let html = "content-type: text/html; charset=utf-8\r\ncontent-security-policy: default-src 'self'; img-src 'self' data:";
    Pages::serve(move |asked| match asked.path.as_str() {
        "/" => Pages::answer(200, html, HOME),
        "/sent" if asked.method == "POST" => Pages::answer(303, "location: /done", ""),
        "/done" => Pages::answer(200, html, SENT),
        "/script.js" => {
            let script = "document.getElementById('script').textContent = 'a script ran'; \
                          console.error('oh', 7); \
                          setTimeout(() => document.body.append(document.createElement('i')), 50)";
            Pages::answer(
                200,
                "content-type: text/javascript\r\ncache-control: max-age=600",
                script,
            )
        }
        _ => Pages::answer(404, "", "no such page"),
    })
}

#[actix_web::test]
async fn a_form_is_filled_and_sent_without_javascript() {
    let site = site();
    let browser = Browser::start(Screen::Phone).await.without_javascript().await;
    browser.open(&site.url()).await;
    assert_eq!(browser.text("#script").await, "no script ran");
    let paper = scratch("paper.txt");
    std::fs::write(&paper, "what the paper says").unwrap();
    browser.type_into("input[name=name]", "马小花").await;
    browser.choose("input[name=day]", "2026-01-05").await;
    browser.choose("select", "xiji").await;
    browser.set_file("input[type=file]", &paper).await;
    browser.follow("button").await;
    assert_eq!(browser.text("#sent").await, "已提交");
    assert!(browser.url().await.ends_with("/done"));
    let sent = site.requests().into_iter().find(|r| r.method == "POST").unwrap().body;
    for part in ["\r\n马小花\r\n", "2026-01-05", "xiji", "paper.txt", "what the paper says"] {
        assert!(sent.contains(part), "{part} is not in {sent}");
    }
    assert!(!sent.contains("old"));
}

#[actix_web::test]
async fn complaints_and_bytes_are_noted() {
    let site = site();
    let mut browser = Browser::start(Screen::Desktop).await;
    browser.open(&site.url()).await;
    assert_eq!(browser.text("#script").await, "a script ran");
    browser.wait_for("body > i").await;
    assert_eq!(browser.count("label").await, 4);
    assert_eq!(browser.complaints_with(&["oh"]).await, "console \"oh\" 7");
    let transfers = browser.transfers().await;
    let [page, script] = &transfers[..] else { panic!("{transfers:?}") };
    assert_eq!((page.status, page.mime_type.as_str()), (200, "text/html"));
    let bytes = u64::try_from(HOME.len()).unwrap();
    assert!((bytes..bytes + 400).contains(&page.bytes), "{page:?}");
    assert!(script.url.ends_with("/script.js") && script.bytes > 0);

    browser.open(&site.url()).await;
    let again = browser.transfers().await; // the script is in the cache
    assert_eq!(again.iter().find(|t| t.url.ends_with("/script.js")).map(|t| t.bytes), Some(0));

    browser.forget().await;
    browser.open(&site.url()).await;
    assert!(browser.transfers().await.iter().all(|t| t.bytes > 0), "the cache is empty again");

    browser.complaints();
    browser.follow("button").await;
    let complaints = browser.complaints_with(&["Content Security Policy", "404"]).await;
    assert!(complaints.contains("Content Security Policy"), "{complaints}");
    assert!(complaints.contains("404"), "{complaints}");
}

#[actix_web::test]
async fn barriers_are_found_and_pictures_taken() {
    let site = site();
    let browser = Browser::start(Screen::SmallPhone).await;
    browser.open(&site.url()).await;
    assert_eq!(browser.barriers().await, Vec::<String>::new());
    assert_eq!(browser.evaluate("innerWidth").await, 320);
    let picture = scratch("page.png");
    browser.screenshot(&picture).await;
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    browser.open(&format!("{}/done", site.url())).await;
    let barriers = browser.barriers().await.join("\n");
    assert!(barriers.contains("image-alt"), "{barriers}");
    assert!(barriers.contains("html-has-lang"), "{barriers}");
}
