//! Many open cases, made of one by set-based SQL: its rows with other ids.

use crate::cluster::Session;

/// A number of the environment, for a first look with less.
pub(crate) fn size(variable: &str, default: i64) -> i64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The columns of a table, with what stands for some of them in a copy.
async fn copied(session: &Session, table: &str, instead: &[(&str, &str)]) -> (String, String) {
    let sql = format!(
        "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
    );
    let columns = session.texts(&sql).await;
    let value = |column: &String| {
        let other = instead.iter().find(|(name, _)| name == column);
        other.map_or_else(|| format!("old.\"{column}\""), |(_, sql)| (*sql).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let names: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    (names.join(", "), values.join(", "))
}

/// Copies the case `of` so often that there are copies numbered `from` to `to`: its file, its
/// steps, slots, clocks and timers. Each is due a second after the one before.
pub(crate) async fn make(session: &Session, of: &str, (from, to): (i64, i64)) {
    session
        .run(
            "CREATE OR REPLACE FUNCTION copy_id(old uuid, n bigint) RETURNS uuid
             LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT md5(old::text || n)::uuid $$",
        )
        .await;
    let id = ("id", "copy_id(old.id, n)");
    let case = ("case_id", "copy_id(old.case_id, n)");
    let run = ("run_id", "copy_id(old.run_id, n)");
    let due = ("due_at", "old.due_at + n * interval '1 second'");
    let number = ("number", "old.number || '-' || n");
    let parent = ("parent_id", "copy_id(old.parent_id, n)");
    let clock = ("clock_id", "copy_id(old.clock_id, n)");
    let tables: [(&str, Vec<(&str, &str)>); 5] = [
        ("case_file", vec![id, number, ("once_key", "NULL")]),
        ("step_run", vec![id, case, parent, due]),
        ("task", vec![id, case, run, due]),
        ("clock", vec![id, case, run, due]),
        ("timer", vec![id, case, run, clock, due]),
    ];
    for (table, instead) in tables {
        let (names, values) = copied(session, table, &instead).await;
        let which = if table == "case_file" { "id" } else { "case_id" };
        session
            .run(&format!(
                "INSERT INTO {table} ({names}) SELECT {values} FROM {table} AS old,
                 generate_series({from}, {to}) AS n WHERE old.{which} = '{of}'"
            ))
            .await;
    }
    session.run("VACUUM ANALYZE").await;
}
