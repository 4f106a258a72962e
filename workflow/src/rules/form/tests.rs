//! Forms from both doors, right and wrong.

use std::sync::Arc;

use chrono::NaiveDate;
use entities::Fen;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::program::{Lang, Program, Tables, expression::Weekdays, load};

const FORM: &str = r#"
  - {id: urgent, type: boolean, required: true}
  - {id: cause, type: choice, options: [illness, other], required: true, titles: {illness: {zh: 疾病, en: Illness}}}
  - {id: day, type: date, required: true, check: 'form.day >= today - days(180) && form.day <= today'}
  - {id: need, type: money, required: true, at_most: 500000, check: 'form.need > yuan(0)'}
  - {id: story, type: text, at_least: 5, when: 'form.cause == "other"', required: true}
  - {id: people, type: integer, at_least: 1, at_most: 15, keep: private}
  - {id: share, type: percent}
  - {id: account, type: bank_account}
  - {id: place, type: unit}
  - {id: held, type: datetime}
  - {id: bound, type: money, check: 'form.bound <= form.need', refuse: over_gap}
  - {id: wishes, type: list, of: text, at_most: 3}
  - id: budget
    type: list
    of:
      - {id: source, type: choice, options: [county, city], required: true}
      - {id: amount, type: money, required: true}
      - {id: part, type: money, check: 'item.part <= item.amount', when: 'item.source == "city"'}
      - {id: note, type: text}
"#;

fn program(form: &str) -> Program {
    let source = format!(
        "program: sample\ncode: SA\ntitle: {{zh: 例, en: Sample}}\nbasis: []\n\
         valid: {{from: 2026-01-01}}\nowner: {{lead: education}}\nintake: {{by: [self]}}\n\
         anchor: applicant.school\nroute: []\n\
         clock: {{total: 10wd, from: accepted, to: outcome}}\nform:{form}"
    );
    load::program("sample.yaml", &source).unwrap()
}

fn fields() -> Vec<Field> {
    program(FORM).form
}

fn scope() -> Scope {
    let today = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    Scope::new(today, Arc::new(Tables::default()), Arc::new(Weekdays))
}

fn page(given: &[(&str, &str)]) -> BTreeMap<String, Given> {
    given.iter().map(|(id, text)| ((*id).to_owned(), Given::Text((*text).to_owned()))).collect()
}

fn api(given: &Json) -> BTreeMap<String, Given> {
    let Json::Object(given) = given else { panic!("an object") };
    given.iter().map(|(id, json)| (id.clone(), Given::Json(json.clone()))).collect()
}

fn whole(given: &BTreeMap<String, Given>) -> Read {
    read(&fields(), given, &BTreeMap::new(), &scope(), Reading::Whole)
}

fn good() -> Json {
    json!({"urgent": false, "cause": "illness", "day": "2026-11-19", "need": 1_200_000})
}

/// Codes and places of what is wrong with a good form in which one answer is another.
fn faults(id: &str, given: Given) -> Vec<String> {
    let mut form = api(&good());
    form.insert(id.to_owned(), given);
    said(&whole(&form))
}

fn said(read: &Read) -> Vec<String> {
    let one = |fault: &Fault| format!("{} {} {}", fault.field, fault.code, fault.detail);
    read.faults.iter().map(|fault| one(fault).trim_end().to_owned()).collect()
}

#[test]
fn both_doors_say_the_same() {
    let of_page = page(&[
        ("urgent", "false"),
        ("cause", "illness"),
        ("day", "２０２６年１１月１９日"),
        ("need", "￥１２，０００"),
        ("share", "80%"),
        ("wishes.0", "one"),
        ("wishes.1", " "),
        ("wishes.2", "two"),
        ("budget.0.source", "city"),
        ("budget.0.amount", "100.50"),
        ("budget.1.source", ""),
        ("budget.1.amount", ""),
        ("people", ""),
    ]);
    let mut of_api = good();
    of_api["share"] = json!(80);
    of_api["wishes"] = json!(["one", "two"]);
    of_api["budget"] = json!([{"source": "city", "amount": 10_050}]);
    of_api["people"] = json!(null);
    let (page, api) = (whole(&of_page), whole(&api(&of_api)));
    assert_eq!(page, api);
    assert!(page.faults.is_empty(), "{:?}", page.faults);
    assert_eq!(page.values["need"], Value::Money(Fen(1_200_000)));
    assert_eq!(page.values["share"], Value::Int(80));
    assert!(!page.values.contains_key("people"));
}

#[test]
fn each_wrong_answer_of_a_page_has_its_code() {
    let table = [
        ("need", "a lot", "need not_a_number"),
        ("need", "", "need missing"),
        ("need", "0", "need not_above_zero ¥0.00"),
        ("need", "-5", "need below_zero"),
        ("need", "12.345", "need too_many_decimals"),
        ("need", "500000.01", "need out_of_range ..¥500,000.00"),
        ("need", "99999999999999999999", "need out_of_range"),
        ("day", "2026-02-30", "day not_a_date"),
        ("day", "20.11.2026", "day not_a_date"),
        ("day", "2026-11-21", "day in_future 2026-11-20"),
        ("day", "2026-05-23", "day too_early 2026-05-24"),
        ("urgent", "perhaps", "urgent not_a_boolean"),
        ("cause", "hail", "cause not_an_option illness, other"),
        ("people", "16", "people out_of_range 1..15"),
        ("people", "1.5", "people too_many_decimals"),
        ("share", "101%", "share out_of_range 0..100"),
        ("account", "6200000000012340", "account not_a_bank_account check"),
        ("place", "the school", "place not_a_unit"),
        ("held", "2026-11-20 25:00", "held not_a_date"),
        ("held", "2026-02-30T09:30", "held not_a_date"),
        ("bound", "12000.01", "bound refused_by_rule over_gap"),
        ("wishes", "a\nb\n\nc\nd", "wishes too_many 3"),
        ("wishes.0.name", "x", "wishes.0.name unknown_field"),
        ("budget.0.amount", "1", "budget.0.source missing"),
        ("nobody", "x", "nobody unknown_field"),
    ];
    for (id, text, fault) in table {
        let found = faults(id, Given::Text(text.to_owned()));
        let found: Vec<&str> = found.iter().map(|fault| fault.trim_end_matches("..")).collect();
        assert_eq!(found, [fault], "{id}: {text}");
    }
}

#[test]
fn each_wrong_answer_of_the_api_has_its_code() {
    let long = "长".repeat(1001);
    let table = [
        ("need", json!("12000"), "need not_a_number"), // yuan, or fen?
        ("need", json!(12.5), "need too_many_decimals"),
        ("need", json!(1e30), "need out_of_range"),
        ("need", json!(u64::MAX), "need out_of_range"),
        ("need", json!({}), "need not_a_number"),
        ("day", json!("2026/11/19"), "day not_a_date"),
        ("day", json!(20_261_119), "day not_a_date"),
        ("urgent", json!("true"), "urgent not_a_boolean"),
        ("cause", json!(["illness"]), "cause not_an_option"),
        ("wishes", json!("one"), "wishes not_a_list"),
        ("wishes", json!(["a", 1]), "wishes.1 not_a_text"),
        ("wishes", json!(["a\u{0}"]), "wishes.0 bad_characters"),
        ("wishes", json!([long]), "wishes.0 too_long 1000"),
        ("wishes", json!(vec!["a"; 201]), "wishes too_many 200"),
        ("budget", json!([1]), "budget.0 not_a_record"),
        ("budget", json!([{"source": "city", "amount": 1, "x": 2}]), "budget.0.x unknown_field"),
        (
            "budget",
            json!([{"source": "city", "amount": 1, "part": 2}]),
            "budget.0.part out_of_range ..¥0.01",
        ),
    ];
    for (id, json, fault) in table {
        let found = faults(id, Given::Json(json.clone()));
        assert_eq!(found, [fault], "{id}: {json}");
    }
}

#[test]
fn what_is_not_asked_does_not_count() {
    let mut form = api(&good());
    form.insert("story".to_owned(), Given::Text("x\u{0}".to_owned()));
    let read = whole(&form);
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    assert!(!read.values.contains_key("story"));
    form.insert("cause".to_owned(), Given::Text("other".to_owned()));
    assert_eq!(said(&whole(&form)), ["story bad_characters"]);
    form.insert("story".to_owned(), Given::Text(" 火灾\r\n ".to_owned()));
    assert_eq!(said(&whole(&form)), ["story too_short 5"]);
    form.remove("story");
    assert_eq!(said(&whole(&form)), ["story missing"]);
}

#[test]
fn all_faults_are_said_at_once_in_the_order_of_the_form() {
    let found = whole(&page(&[("need", "x"), ("zzz", "")]));
    let codes: Vec<_> = found.faults.iter().map(|f| format!("{} {}", f.field, f.code)).collect();
    assert_eq!(
        codes,
        [
            "urgent missing",
            "cause missing",
            "day missing",
            "need not_a_number",
            "zzz unknown_field"
        ]
    );
    // `story` hangs on `cause`, which is named already
    assert!(found.faults.iter().all(|fault| CODES.contains(&fault.code)));
}

#[test]
fn a_draft_touches_only_what_is_given() {
    let before = whole(&api(&good())).values;
    let given = page(&[("cause", ""), ("people", "4"), ("need", "much")]);
    let read = read(&fields(), &given, &before, &scope(), Reading::Draft);
    assert_eq!(said(&read), ["need not_a_number"]);
    assert_eq!(read.values.get("cause"), None);
    assert_eq!(read.values["people"], Value::Int(4));
    assert_eq!(read.values["need"], before["need"], "the one before stays");
    assert_eq!(read.values["day"], before["day"]);
}

#[test]
fn a_rule_without_a_value_is_a_fault_and_no_panic() {
    let form =
        "\n  - {id: a, type: integer}\n  - {id: b, type: integer, check: 'form.b > form.a'}\n";
    let fields = program(form).form;
    let read = read(&fields, &page(&[("b", "1")]), &BTreeMap::new(), &scope(), Reading::Whole);
    assert_eq!(said(&read), ["b cannot_be_checked form.b > form.a"]);
}

#[test]
fn texts_accounts_and_what_says_so_are_private() {
    let mut form = good();
    form["people"] = json!(4);
    form["account"] = json!("6200 0000 0001 2349");
    form["wishes"] = json!(["one"]);
    form["budget"] = json!([{"source": "city", "amount": 1, "note": "secret"}]);
    let read = whole(&api(&form));
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    let (open, private) = open_and_private(&fields(), &read.values);
    assert_eq!(open.keys().collect::<Vec<_>>(), ["budget", "cause", "day", "need", "urgent"]);
    assert_eq!(private.keys().collect::<Vec<_>>(), ["account", "budget", "people", "wishes"]);
    assert!(!format!("{open:?}").contains("secret"));
    assert_eq!(joined(open, private), read.values);
}

#[test]
fn answers_are_shown_as_people_read_them() {
    let fields = fields();
    let field = |id: &str| fields.iter().find(|field| field.id == *id).unwrap();
    let record = [("source", Value::text("city")), ("amount", Value::Money(Fen(-1_234_567)))];
    let record = record.map(|(id, value)| (id.to_owned(), value)).into_iter().collect();
    let table = [
        ("need", Value::Money(Fen(1_200_000)), "¥12,000.00", "¥12,000.00"),
        ("need", Value::Money(Fen(99)), "¥0.99", "¥0.99"),
        ("urgent", Value::Bool(true), "是", "Yes"),
        ("cause", Value::text("illness"), "疾病", "Illness"),
        ("cause", Value::text("other"), "other", "other"),
        ("share", Value::Int(80), "80%", "80%"),
        ("account", Value::text("6200000000012349"), "************2349", "************2349"),
        ("wishes", Value::List(vec![Value::text("a"), Value::text("b")]), "a\nb", "a\nb"),
        (
            "budget",
            Value::List(vec![Value::Map(record)]),
            "source：city；amount：-¥12,345.67",
            "source: city; amount: -¥12,345.67",
        ),
        ("need", Value::Null, "", ""),
    ];
    for (id, value, zh, en) in table {
        assert_eq!(show(&value, field(id), Lang::Zh), zh);
        assert_eq!(show(&value, field(id), Lang::En), en);
    }
}

fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC*".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map("(source|amount|x)", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

fn id() -> impl Strategy<Value = String> {
    let ids: Vec<String> = fields().iter().map(|field| field.id.text.clone()).collect();
    prop_oneof![prop::sample::select(ids), "(budget|wishes)\\.[0-9]{0,6}(\\.(amount|x))?", ".*"]
}

fn given() -> impl Strategy<Value = Given> {
    let number = "[-+¥０-９0-9.,]{0,25}".prop_map(Given::Text);
    prop_oneof!["(?s).*".prop_map(Given::Text), number, json().prop_map(Given::Json)]
}

proptest! {
    #[test]
    fn anything_can_be_read(given in prop::collection::btree_map(id(), given(), 0..12)) {
        let fields = fields();
        for how in [Reading::Draft, Reading::Whole] {
            let read = read(&fields, &given, &BTreeMap::new(), &scope(), how);
            prop_assert!(read.faults.iter().all(|fault| CODES.contains(&fault.code)));
            let (open, private) = open_and_private(&fields, &read.values);
            prop_assert_eq!(joined(open, private), read.values);
        }
    }

    #[test]
    fn what_is_shown_can_be_entered(fen in 1..=50_000_000_i64, back in 0..180_i64, is: bool) {
        let fields = fields();
        let mut form = good();
        form["need"] = json!(fen);
        form["urgent"] = json!(is);
        form["day"] = json!((scope().today - chrono::TimeDelta::days(back)).to_string());
        let first = whole(&api(&form));
        let shown = first.values.iter().map(|(id, value)| {
            let field = fields.iter().find(|field| field.id == **id).unwrap();
            let text = match value {
                Value::Text(text) => text.clone(), // an option is entered by its id
                _ => show(value, field, Lang::Zh),
            };
            (id.clone(), Given::Text(text))
        });
        prop_assert_eq!(whole(&shown.collect()), first);
    }
}

#[test]
fn a_code_stands_in_its_table_on_that_day() {
    let form = "\n  - {id: major, type: code, table: majors}\n  - {id: free, type: code, table: \
                nowhere}\n  - id: wishes\n    type: list\n    of: [{id: major, type: code, table: \
                majors}]";
    let csv = "code,name_zh,name_en,effective_to\n010,电工,Electrics,\n020,旧,Old,2020-01-01\n";
    let tables = Tables::default().with_codes("majors", csv).unwrap();
    let scope = Scope { tables: Arc::new(tables), ..scope() };
    let given = api(&json!({
        "major": "020", "free": "x", "wishes": [{ "major": "010" }, { "major": "030" }],
    }));
    let read = read(&program(form).form, &given, &BTreeMap::new(), &scope, Reading::Draft);
    let faults: Vec<_> = read.faults.iter().map(|f| (&*f.field, f.code)).collect();
    assert_eq!(faults, [("major", "not_an_option"), ("wishes.1.major", "not_an_option")]);
}
