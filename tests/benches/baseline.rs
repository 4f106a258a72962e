//! The same rows without us: one case is run alone, its changes are read back from the
//! write-ahead log, transaction by transaction, and written down as a script for pgbench.

use std::{collections::BTreeMap, fmt::Write as _, path::PathBuf};

use crate::{cluster::Session, process::scratch};

/// Ids of one run of the script lie this far apart.
const APART: u64 = 1000;

/// A value of a changed row, as the log has it.
#[derive(Clone, Debug)]
struct Value {
    column: String,
    kind: String,
    /// None is NULL.
    text: Option<String>,
}

/// One changed row.
#[derive(Debug)]
struct Change {
    table: String,
    inserted: bool,
    values: Vec<Value>,
}

/// Tables that others refer to, in the order of their rows' making; all others come before.
const REFERRED: [&str; 8] =
    ["case_file", "step_run", "task", "clock", "timer", "trail", "notice", "outbox"];

/// Begins to remember changes.
pub(crate) async fn remember(session: &Session) {
    session.run("SELECT pg_create_logical_replication_slot('sample', 'test_decoding')").await;
}

/// What was changed since, as a script; how many transactions and rows it has.
pub(crate) async fn script(session: &Session, letters: bool) -> (PathBuf, usize, usize) {
    let lines = session
        .texts("SELECT data FROM pg_logical_slot_get_changes('sample', NULL, NULL, 'include-xids', '0')")
        .await;
    session.run("SELECT pg_drop_replication_slot('sample')").await;
    let mut transactions: Vec<Vec<Change>> = Vec::new();
    for line in &lines {
        match line.as_str() {
            "BEGIN" => transactions.push(Vec::new()),
            "COMMIT" => {}
            change => transactions.last_mut().unwrap().extend(parse(change)),
        }
    }
    let ids = made(&transactions);
    let letter = |changes: &[Change]| changes.iter().all(is_of_letter);
    transactions.retain(|changes| changes.iter().any(|change| mentions(change, &ids)));
    transactions.retain(|changes| letters || !letter(changes));
    // Ours are one statement each, so their foreign keys are asked for at its end; these are many.
    for changes in &mut transactions {
        changes.sort_by_key(|change| REFERRED.iter().position(|table| *table == change.table));
    }
    let keys = keys(session).await;
    let mut text = format!(
        "\\set k :k + {APART}\n\\set b 1000000000000000 + :client_id * 1000000000000 + :k\n\
         \\set p 5 + (:k / {APART} * 16 + :client_id) % 20000\n"
    );
    let mut rows = 0;
    for changes in &transactions {
        text.push_str("BEGIN;\n");
        for change in changes {
            rows += 1;
            writeln!(text, "{};", sql(change, &ids, &keys[&change.table])).unwrap();
        }
        text.push_str("COMMIT;\n");
    }
    let file = scratch("case.sql");
    std::fs::write(&file, text).unwrap();
    (file, transactions.len(), rows)
}

/// The ids that the case made, numbered.
fn made(transactions: &[Vec<Change>]) -> BTreeMap<String, usize> {
    let inserted = transactions.iter().flatten().filter(|change| change.inserted);
    let ids = inserted.filter_map(|change| {
        let id = change.values.iter().find(|value| value.column == "id" && value.kind == "uuid")?;
        id.text.clone()
    });
    ids.enumerate().map(|(nth, id)| (id, nth + 1)).collect()
}

fn mentions(change: &Change, ids: &BTreeMap<String, usize>) -> bool {
    let texts = change.values.iter().filter_map(|value| value.text.as_ref());
    texts.into_iter().any(|text| ids.contains_key(text))
}

/// Whether a change only brings a letter on its way.
fn is_of_letter(change: &Change) -> bool {
    let job = change.values.iter().find(|value| value.column == "kind");
    let sends = job.is_some_and(|job| job.text.as_deref() == Some("send_notice"));
    !change.inserted && (change.table == "notice" || (change.table == "outbox" && sends))
}

/// `table public.t: INSERT: id[uuid]:'…' n[integer]:1 x[text]:null`
fn parse(line: &str) -> Option<Change> {
    let (table, rest) = line.strip_prefix("table public.")?.split_once(": ")?;
    let (verb, mut rest) = rest.split_once(": ")?;
    let mut values = Vec::new();
    while let Some((column, after)) = rest.split_once('[') {
        let (kind, after) = after.split_once("]:")?;
        let (text, after) = value(after);
        let column = column.trim().trim_matches('"');
        values.push(Value { column: column.into(), kind: kind.into(), text });
        rest = after;
    }
    Some(Change { table: table.trim_matches('"').into(), inserted: verb == "INSERT", values })
}

/// One value, quotes taken off, and what comes after it.
fn value(text: &str) -> (Option<String>, &str) {
    let Some(quoted) = text.strip_prefix('\'') else {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        return ((word != "null").then(|| word.to_owned()), rest);
    };
    let (mut found, mut rest) = (String::new(), quoted);
    loop {
        let (part, after) = rest.split_once('\'').expect("a quote that closes");
        found.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                found.push('\'');
                rest = more;
            }
            None => return (Some(found), after.trim_start()),
        }
    }
}

/// The columns of each table's primary key.
async fn keys(session: &Session) -> BTreeMap<String, Vec<String>> {
    let sql = "SELECT c.relname::text, a.attname::text FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
        WHERE i.indisprimary AND n.nspname = 'public'";
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in session.rows(sql).await {
        let table: String = row.try_get_by_index(0).unwrap();
        keys.entry(table).or_default().push(row.try_get_by_index(1).unwrap());
    }
    keys
}

fn sql(change: &Change, ids: &BTreeMap<String, usize>, key: &[String]) -> String {
    let pairs: Vec<(&str, String)> =
        change.values.iter().map(|value| (value.column.as_str(), literal(value, ids))).collect();
    let join = |parts: Vec<String>, by: &str| parts.join(by);
    if change.inserted {
        let columns = pairs.iter().map(|(column, _)| format!("\"{column}\"")).collect();
        let values = pairs.iter().map(|(_, value)| value.clone()).collect();
        let (columns, values) = (join(columns, ", "), join(values, ", "));
        return format!("INSERT INTO \"{}\" ({columns}) VALUES ({values})", change.table);
    }
    let is_key = |column: &str| key.iter().any(|key| key == column);
    let set = pairs.iter().filter(|(column, _)| !is_key(column));
    let set = set.map(|(column, value)| format!("\"{column}\" = {value}")).collect();
    let at = pairs.iter().filter(|(column, _)| is_key(column));
    let at = at.map(|(column, value)| format!("\"{column}\" = {value}")).collect();
    let (set, at) = (join(set, ", "), join(at, " AND "));
    format!("UPDATE \"{}\" SET {set} WHERE {at}", change.table)
}

/// A value as SQL; ids of the case become those of this run of the script.
fn literal(value: &Value, ids: &BTreeMap<String, usize>) -> String {
    let Some(text) = &value.text else { return "NULL".to_owned() };
    let kind = value.kind.as_str();
    if kind == "uuid" {
        if let Some(nth) = ids.get(text) {
            return format!("lpad(to_hex(:b::bigint + {nth}), 32, '0')::uuid");
        }
        // Another applicant each time.
        for kind in ["002", "003"] {
            let number = text.strip_prefix(&format!("{kind}00000-0000-7000-8000-"));
            if number.is_some_and(|number| number.parse::<u64>().unwrap() > 4) {
                return format!("('{kind}00000-0000-7000-8000-' || lpad(:p::text, 12, '0'))::uuid");
            }
        }
    }
    if value.column == "number" && kind == "character varying" {
        return "(:b::bigint)::text".to_owned();
    }
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    // Ids inside a text: the first that stands in it, then those after it.
    while let Some((at, id, nth)) = first(rest, ids) {
        parts.push(quoted(&rest[..at]));
        parts.push(format!("lpad(to_hex(:b::bigint + {nth}), 32, '0')"));
        rest = &rest[at + id.len()..];
    }
    parts.push(quoted(rest));
    format!("({})::{kind}", parts.join(" || "))
}

fn first<'a>(text: &str, ids: &'a BTreeMap<String, usize>) -> Option<(usize, &'a str, usize)> {
    let found =
        ids.iter().filter_map(|(id, nth)| Some((text.find(id.as_str())?, id.as_str(), *nth)));
    found.min()
}

/// pgbench takes a colon before a letter for a variable, in quotes too.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\x3a");
    format!("E'{}'", text.replace('\n', "\\n"))
}
