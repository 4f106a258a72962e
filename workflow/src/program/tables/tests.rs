//! Amounts, days, codes and shares of a date.

use super::*;

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn keys(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn an_amount_is_that_of_its_date() {
    let tables = Tables::shipped().unwrap();
    //   table              date          yuan
    for (table, date, yuan) in [
        ("sv_state_grant", "2018-09-01", 2000),
        ("sv_state_grant", "2025-02-28", 2000), // the last day of the old amount
        ("sv_state_grant", "2025-03-01", 2300),
        ("emergency_cap", "2018-09-01", 20_000),
    ] {
        let read = tables.read_at(table, &keys(&["illness"]), on(date)).unwrap();
        assert_eq!(read.fen(), Some(Fen(yuan * 100)), "{table} on {date}");
    }
    assert!(tables.read_at("hv_state_grant_3700", &[], on("2018-09-01")).is_none());
    assert!(tables.read_at("nowhere", &[], on("2018-09-01")).is_none());
}

#[test]
fn the_ceilings_of_study_stepped_up_five_times() {
    let tables = Tables::shipped().unwrap();
    //  last day of it   bachelor  master  doctor, for the army
    for (first, last, degrees) in [
        ("2009-01-01", "2014-08-31", [6_000, 8_000, 10_000]),
        ("2014-09-01", "2021-08-31", [8_000, 12_000, 12_000]),
        ("2021-09-01", "2023-08-31", [12_000, 16_000, 16_000]),
        ("2023-09-01", "2024-08-31", [16_000, 20_000, 20_000]),
        ("2024-09-01", "2030-01-01", [20_000, 25_000, 25_000]),
    ] {
        for (degree, yuan) in ["undergraduate", "master", "doctor"].into_iter().zip(degrees) {
            for day in [first, last] {
                let key = keys(&["military", degree]);
                let read = tables.read_at("study_ceiling", &key, on(day)).unwrap();
                assert_eq!(read.fen(), Some(Fen(yuan * 100)), "{degree} on {day}");
                assert!(read.verified && !read.basis.is_empty());
            }
        }
        for (one, other) in [("undergraduate", "vocational"), ("master", "postgraduate")] {
            let read = |degree| {
                tables.read_at("study_ceiling", &keys(&["military", degree]), on(last)).unwrap()
            };
            assert_eq!(read(one), read(other), "they count alike");
        }
    }
    let roots = keys(&["grassroots", "doctor"]);
    let read = tables.read_at("study_ceiling", &roots, on("2014-08-31")).unwrap();
    assert_eq!(read.fen(), Some(Fen(600_000)), "6000 for all");
    assert!(tables.read_at("study_ceiling", &keys(&["military"]), on("2020-01-01")).is_none());
    assert_eq!(tables.key_length("study_ceiling"), Some(2));
    assert!(tables.keys_at("study_ceiling", 1).unwrap().contains("vocational"));
    assert_eq!(
        (tables.key_length("emergency_cap"), tables.keys_at("emergency_cap", 0)),
        (None, None)
    );
}

#[test]
fn a_setting_replaces_a_cap_and_has_another_version() {
    let shipped = Tables::shipped().unwrap();
    let day = on("2018-09-10");
    let before = shipped.read_at("emergency_cap", &[], day).unwrap();
    assert!(!before.verified, "the Plan names no amount");
    let after = shipped.with_cap("emergency_cap", Fen(500_000)).read_at("emergency_cap", &[], day);
    let after = after.unwrap();
    assert_eq!((after.fen(), after.verified), (Some(Fen(500_000)), true));
    assert_ne!(before.version, after.version);
}

#[test]
fn days_codes_and_shares_have_their_dates_too() {
    let toml = "[[day]]\nid = 'term'\non = '2018-09-03'\neffective_to = '2018-12-31'\nsource = \
                's'\nverified = 'plan'\n[[share]]\nid = 'half'\nshares = [{payer = 'region', \
                percent = 50}, {payer = 'city', percent = 50}]\neffective_from = '2018-01-01'\n\
                source = 's'\nverified = 'memory'\n";
    let csv = "# of a year\ncode,name_zh,name_en,is,effective_from,effective_to,verified\n\
               a,甲,A,1,,,official\nb,乙,B,2,2019-01-01,,\n";
    let tables = Tables::read(toml).unwrap().with_codes("class", csv).unwrap();
    let day = on("2018-09-10");
    let term = tables.read_at("term", &[], day).unwrap();
    assert_eq!((term.is.clone(), term.fen()), (Value::Date(on("2018-09-03")), None));
    assert!(tables.read_at("term", &[], on("2019-01-01")).is_none());
    let codes: Vec<&str> = tables.codes("class", day).iter().map(|code| code.code).collect();
    assert_eq!(codes, ["a"]);
    let b = tables.code("class", "b", on("2019-01-01")).unwrap();
    assert_eq!((b.is, b.verified), (&Value::text("2"), false));
    assert_eq!(b.title, Some(&Text::new("乙", "B")));
    assert!(tables.code("class", "c", day).is_none());
    let half = tables.shares_at("half", day).unwrap();
    assert_eq!((half.shares[0].payer.as_str(), half.verified), ("region", false));
    assert!(tables.shares_at("half", on("2017-12-31")).is_none());
}

#[test]
fn broken_tables_are_refused() {
    let head = "id = 'a'\nsource = ''\nverified = ''\n";
    for (toml, says) in [
        (format!("[[amount]]\n{head}yuan = 1\neffective_from = '2018'"), "is not a date"),
        (format!("[[amount]]\n{head}yuan = -1"), "whole number"),
        ("[[amount]]\nid = 'a'\n".to_owned(), "missing field"),
        (format!("[[day]]\n{head}on = ''"), "is not a date"),
        (format!("[[amount]]\n{head}yuan = 1\n[[day]]\n{head}on = '2018-01-01'"), "same kind"),
        (format!("[[share]]\n{head}shares = [{{payer = 'region', percent = 99}}]"), "sum to 100"),
    ] {
        let said = Tables::read(&toml).unwrap_err().to_string();
        assert!(said.contains(says), "{said}");
    }
    let said = Tables::default().with_codes("class", "code\na\n").unwrap_err().to_string();
    assert!(said.contains("class"), "{said}");
}
