//! Names that are stored for ever: of events, of jobs, of migrations.
//!
//! What was written once must be read by every later version, and be written the same again.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, Statement};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use workflow::{Event, Job};

use crate::harness::{both, world::World};

both![the_migrations_are_those_that_landed];

/// One of each, as it stands in a trail. Lines are only added.
const EVENTS: &str = r#"
{"event":"filed","number":"640424-YJ-2018-000001-7","filed_as":"self","facts":{"need":120000},"form":"5e8f","award":120000}
{"event":"accepted","by":"person","as_of":"2018-09-10T02:00:00Z"}
{"event":"accepted","by":"silence","as_of":"2018-09-10T02:00:00Z"}
{"event":"acceptance_refused","reason":"untrue"}
{"event":"supplement_asked","run":"$1","asked":{"fields":["need"],"papers":["proof"],"mode":null,"note":"5e8f"},"until":"2018-09-12T10:00:00Z"}
{"event":"supplement_asked","run":"$1","asked":{"fields":["need"],"papers":[],"mode":null,"note":"5e8f","note_id":"$2"},"until":"2018-09-12T10:00:00Z"}
{"event":"supplemented","facts":{"need":90000},"form":"5e8f","award":90000,"changed":["need"]}
{"event":"paper_added","paper":"$2","id":"proof","sha256":"5e8f"}
{"event":"paper_added","paper":"$2","id":"proof","sha256":"5e8f","row":"$3"}
{"event":"paper_removed","paper":"$2"}
{"event":"block_entered","run":"$1","path":"route.1","parent":null,"round":1}
{"event":"step_skipped","run":"$1","path":"route.0","parent":null,"round":1,"rule":"form.urgent"}
{"event":"step_waiting","opening":{"run":"$1","path":"wait","parent":"$3","round":1,"kind":"wait","unit":null,"holders":{"may":{},"struck":{},"held":false},"slots":[]},"opens_at":"2018-09-12T10:00:00Z"}
{"event":"step_merged","opening":{"run":"$1","path":"school","parent":null,"round":1,"kind":"decide","unit":"$4","holders":{"may":{},"struck":{},"held":false},"slots":[]},"with":"$3","verdict":"merged"}
{"event":"step_opened","opening":{"run":"$1","path":"teacher","parent":"$3","round":2,"kind":"decide","unit":"$4","holders":{"may":{"$5":["$6"]},"struck":{"conflict":["$7"]},"held":true},"slots":[{"task":"$5","unit":"$4","duty":"handler","person":null,"open":true},{"task":"$8","unit":"$4","duty":"head","person":"$6","open":false}]}}
{"event":"step_closed","run":"$1","verdict":"less","fen":80000,"reason":null}
{"event":"step_closed","run":"$1","verdict":"refused","fen":null,"reason":"not_in_need"}
{"event":"step_voided","run":"$1"}
{"event":"task_opened","task":"$5"}
{"event":"task_claimed","task":"$5","person":"$6"}
{"event":"task_released","task":"$5"}
{"event":"task_moved","task":"$5","moved":{"how":"transferred","person":"$6","from":"$7","note":"5e8f"}}
{"event":"task_moved","task":"$5","moved":{"how":"merged","unit":"$4","duty":"handler"}}
{"event":"signer_added","run":"$1","slot":{"task":"$8","unit":"$4","duty":"handler","person":"$6","open":true},"beside":"$5","added":"before","note":"5e8f"}
{"event":"signer_added","run":"$1","slot":{"task":"$8","unit":"$4","duty":"head","person":"$6","open":false},"beside":"$5","added":"after","note":null}
{"event":"taken_back","run":"$1","task":"$5"}
{"event":"decision_undone","task":"$5","note":"5e8f"}
{"event":"holder_planned","path":"county","person":"$6"}
{"event":"urged","by":"applicant"}
{"event":"urged","by":"staff"}
{"event":"copy_read","person":"$6"}
{"event":"supplement_wanted","run":"$1","task":"$5","note":"5e8f"}
{"event":"supplement_allowed","run":"$1","unit":"$4"}
{"event":"clock_reopened","clock":"$2","due":"2018-09-12T10:00:00Z"}
{"event":"task_signed","task":"$5","signature":{"verdict":"approved","fen":null,"reason":null,"person":"$6","appointment":"$9","on_behalf":"$7","note":null,"form":null,"said":{},"seen":3}}
{"event":"task_signed","task":"$5","signature":{"verdict":"approved","fen":null,"reason":null,"person":"$6","appointment":"$9","note":"5e8f","form":null,"said":{},"seen":3}}
{"event":"task_voided","task":"$5"}
{"event":"climbed","path":"teacher","from":"school/class_teachers","to":"county/education"}
{"event":"climbed","path":"county","from":"county","to":"region","left_out":true}
{"event":"stuck_on_rule","path":"city","rule":"award > yuan(10000)","why":"no value"}
{"event":"returned","run":"$1","to":"applicant","mode":"replay","asked":{"fields":[],"papers":[],"mode":"replay","note":null}}
{"event":"returned","run":"$1","to":"teacher","mode":"here","asked":{"fields":[],"papers":[],"mode":"here","note":null}}
{"event":"block_reopened","run":"$1"}
{"event":"clock_started","clock":"$2","kind":"step","run":"$1","face":{"budget":"5wd"},"due":"2018-09-12T10:00:00Z"}
{"event":"clock_started","clock":"$2","kind":"total","run":null,"face":{},"due":"2018-09-12T10:00:00Z"}
{"event":"clock_started","clock":"$2","kind":"applicant","run":"$1","face":{},"due":"2018-09-12T10:00:00Z"}
{"event":"clock_stopped","clock":"$2","ground":"supplement","face":{}}
{"event":"clock_resumed","clock":"$2","face":{},"due":"2018-09-12T10:00:00Z"}
{"event":"clock_ended","clock":"$2"}
{"event":"light_changed","run":"$1","light":"amber"}
{"event":"light_changed","run":null,"light":"red"}
{"event":"light_changed","run":null,"light":"green"}
{"event":"lapse_proposed","run":"$1"}
{"event":"published","run":"$1","unit":"$4","fields":["name","school"],"ends_at":"2018-09-13T10:00:00Z"}
{"event":"taken_down","run":"$1"}
{"event":"published","run":"$1","unit":"$4","fields":["units"],"ends_at":"2018-10-10T10:00:00Z","stays":true}
{"event":"taken_down","run":"$1","stays":true}
{"event":"lines_asked_again","run":"$1","fields":["works","income"]}
{"event":"award_set","lines":[{"line":"main","payer":"county","payee_kind":"person","fen":120000,"basis":"四（三）","table_version":"2018"}]}
{"event":"payment_ordered","run":"$1"}
{"event":"payment_made","run":"$1"}
{"event":"outcome_reached","outcome":"granted","reason":null}
{"event":"outcome_reached","outcome":"refused","reason":"untrue"}
{"event":"outcome_reached","outcome":"withdrawn","reason":null}
{"event":"outcome_reached","outcome":"lapsed","reason":null}
{"event":"outcome_reached","outcome":"done","reason":null}
{"event":"case_ended"}
{"event":"came_back"}
{"event":"payment_ordered","run":"$1","payments":[{"line":"main","payer":"region","share":1,"round":1,"payee_kind":"bank","payee":"$4","part":1,"whole":3,"fen":40000,"last":false}]}
{"event":"payment_made","run":"$1","fen":40000}
{"event":"step_voided","run":"$1","why":"ended"}
{"event":"round_waiting","run":"$1","path":"then.1","parent":"$3","round":2,"on":"2019-06-01","opens_at":"2019-06-02T16:00:00Z"}
{"event":"suspended","run":"$1"}
{"event":"resumed"}
{"event":"award_recomputed","from":120000,"lines":[{"line":"main","payer":"county","payee_kind":"person","fen":100000,"basis":"四（三）","table_version":"2018"}]}
{"event":"clock_started","clock":"$2","kind":"step","run":"$1","face":{"budget":"5wd"},"due":"2018-09-12T10:00:00Z","scope":"350000"}
{"event":"threads_frozen","run":"$1","path":"address","parent":"$3","round":1,"items":[{"key":"$4","item":{"text":"$4"}}]}
{"event":"thread_entered","run":"$1","path":"address","parent":"$3","round":1,"thread":{"key":"$4","item":{"text":"$4"}}}
{"event":"row_joined","row":{"id":"$1","key":"$5","unit":"$4","task":"$5","case":"$2","facts":{"step":"teacher"}}}
{"event":"row_changed","row":"$1","state":"struck","reason":"done_late","by":"$6","run":"$3"}
{"event":"row_settled","row":"$1","facts":{"step":"teacher"}}
{"event":"gathering_closed"}
{"event":"rung_climbed","run":"$1","ladder":"E0","rung":3}
{"event":"letter_sent","letter":{"id":"$2","kind":"open","key":"$1/$5/3","run":"$1","task":"$5","to":null,"body":{"program":"circulated-notice"}}}
{"event":"letter_sent","letter":{"id":"$2","kind":"settled","key":"settled/$5","run":"$1","task":"$5","to":null,"body":{}}}
{"event":"letter_sent","letter":{"id":"$2","kind":"answer","key":"answer/$5","run":"$1","task":null,"to":"$3","body":{"outcome":"done"}}}
{"event":"letter_taken","letter":"$2","kind":"open","from":"$3","body":{"program":"circulated-notice"}}
{"event":"copied","run":"$1","units":["$4"],"people":["$6"]}
{"event":"number_taken","unit":"$4","word":"督","year":2018,"number":3,"text":"宁教督〔2018〕3号"}
{"event":"reopened","at":"work","round":2}
{"event":"clock_started","clock":"$2","kind":"stop","run":null,"face":{},"due":"2018-09-12T10:00:00Z","ground":"expert"}
{"event":"clock_extended","clock":"$2","face":{},"due":"2018-09-12T10:00:00Z"}
{"event":"clock_reprojected","clock":"$2","face":{},"due":"2018-09-12T10:00:00Z","calendar":"0123456789ab"}
{"event":"clock_reprojected","clock":"$2","face":{},"due":"2018-09-12T10:00:00Z","calendar":"0123456789ab","kind":"stop"}
{"event":"moment_moved","kind":"silence","at":"2018-09-12T10:00:00Z","calendar":"0123456789ab"}
{"event":"moment_moved","kind":"rung","run":"$1","clock":"$2","at":"2018-09-12T10:00:00Z","calendar":"0123456789ab"}
{"event":"outage_stood","from":"2018-09-10T02:00:00Z","to":"2018-09-12T10:00:00Z","clocks":[{"clock":"$2","face":{},"due":"2018-09-14T10:00:00Z"}]}
{"event":"paused","run":"$1","ground":"expert","until":"2018-09-12T10:00:00Z","note":"5e8f"}
{"event":"unpaused","run":"$1","ground":"expert","capped":true}
{"event":"extension_asked","run":"$1","task":"$5","by":"5wd","due":"2018-09-12T10:00:00Z"}
{"event":"extension_refused","run":"$1"}
{"event":"rung_climbed","run":"$1","ladder":"E0","rung":2}
{"event":"clock_reset","clock":"$2","face":{},"due":"2018-09-12T10:00:00Z"}
{"event":"task_signed","task":"$5","signature":{"verdict":"approved","fen":null,"reason":null,"person":"$6","appointment":"$9","note":null,"form":null,"said":{},"seen":3,"batch":{"batch":"$2","of":40,"sample":4}}}
{"event":"task_offered","task":"$5","person":"$6","by":"least_loaded"}
{"event":"rebased","from":"5e8f","to":"8f5e","number":2}
{"event":"reopened","at":"county","round":2,"undecided":true}
{"event":"voiced","voice":"$2","kind":"complaint","unit":"$4","words":"5e8f","grade":null}
{"event":"voiced","voice":"$2","kind":"appeal","unit":"$4","words":"5e8f","grade":null,"run":"$1"}
{"event":"voiced","voice":"$2","kind":"rating","unit":"$4","words":null,"grade":"very_dissatisfied"}
{"event":"voiced","voice":"$2","kind":"tip_off","unit":"$4","words":"5e8f","grade":null}
{"event":"row_joined","row":{"id":"$1","key":"$2","unit":"$4","task":null,"case":"$2","run":"$3","facts":{"case":{"county":{"text":"640424"}}}}}
{"event":"row_renewed","row":"$1","run":"$3","facts":{"case":{}}}
{"event":"rows_frozen","run":"$3","rows":4,"keys":"5e8f"}
{"event":"drawn","run":"$3","seed":"8f5e","keys":"5e8f"}
{"event":"ranked","run":"$3","seats":{"nomination-round/pick|2018|placement":2},"unverified":["places"],"list":[{"row":"$1","state":"in","rank":1,"points":[{"int":90},{"int":1}],"draw":"00ff","wish":1,"pool":"nomination-round/pick|2018|placement","share":"640424","fields":{"host":{"text":"$4"}}},{"row":"$2","state":"waiting","rank":2,"waiting":1},{"row":"$5","state":"out","rank":3}]}
{"event":"ranked","run":"$3","mark":"city","seats":{},"list":[]}
{"event":"row_moved","row":"$1","to":"waiting","reason":"untrue","by":"$6","run":"$3"}
{"event":"seat_taken","row":"$1","pool":"nomination-round/pick|2018|placement","number":2}
{"event":"seat_freed","row":"$1","pool":"nomination-round/pick|2018|placement","number":2}
{"event":"row_joined","row":{"id":"$1","key":"$6","unit":null,"task":null,"case":null,"facts":{"class":"18级1班"},"person":"$6"}}
{"event":"rows_filled","run":"$1","rows":[{"row":"$2","fields":{"finding":{"text":"none"}},"anew":true}]}
{"event":"rows_filled","run":"$1","rows":[{"row":"$2","fields":{},"anew":true,"kept":{"by":"one","fields":["found"]},"differs":true}],"form":"5e8f"}
{"event":"rows_filled","run":"$1","rows":[{"row":"$2","fields":{"grade":{"int":1}},"award":[{"line":"A","payer":"region","payee_kind":"school","fen":100000,"basis":"四（三）","table_version":"2018"}],"due":60000}],"form":"5e8f"}
{"event":"published","run":"$1","unit":"$4","fields":["name_masked"],"ends_at":"2018-09-13T10:00:00Z","rows":[{"row":"$2","fen":100000}]}
{"event":"payment_ordered","run":"$1","payments":[{"line":"B","payer":"region","share":3,"round":1,"payee_kind":"person","payee":null,"part":1,"whole":1,"fen":100000,"last":true,"row":"$2"}]}
{"event":"payment_ordered","run":"$1","payments":[{"line":"main","payer":"county","share":1,"round":1,"payee_kind":"person","payee":null,"part":1,"whole":1,"fen":100000,"last":true,"cash":true}]}
{"event":"step_opened","opening":{"run":"$1","path":"pay","parent":null,"round":1,"kind":"pay","unit":"$4","holders":{"may":{"$5":["$6"],"$8":["$7"]},"struck":{},"held":false,"cash":true},"slots":[{"task":"$5","unit":"$4","duty":"handler","person":"$6","open":true},{"task":"$8","unit":"$4","duty":"handler","person":"$7","open":true}]}}
{"event":"task_reserved","task":"$5","person":"$6"}
{"event":"answered_in_name","run":"$1","on_behalf":"$7"}
"#;

/// One of each, as it waits in the queue. Lines are only added.
const JOBS: &str = r#"
{"job":"route_case","case":"$1"}
{"job":"send_notice","notice":"$2"}
{"job":"take_letter","letter":"$2"}
{"job":"replay_program","replay":"$2"}
"#;

/// The schema's steps, in the order in which they ran. Lines are only added.
const MIGRATIONS: &[&str] = &[
    "m20261101_000001_people",
    "m20261101_000002_sign_in",
    "m20261101_000003_cases",
    "m20261101_000004_record",
    "m20261101_000005_notes",
    "m20261101_000006_payments",
    "m20261101_000007_traces",
    "m20261101_000008_lookups",
    "m20261101_000009_oversight_contract",
    "m20261101_000010_ladders",
    "m20261101_000012_supervising",
    "m20261101_000013_post",
    "m20261101_000014_digests",
    "m20261101_000018_hands",
    "m20261101_000019_programs_at_run_time",
    "m20261101_000020_rosters",
    "m20261101_000021_seats",
    "m20261101_000022_voices",
    "m20261101_000023_batches",
    "m20261101_000024_recusals",
    "m20261101_000025_cases_of_places",
    "m20261101_000026_requests",
    "m20261101_000027_joint_lights",
    "m20261101_000029_supplementing",
    "m20261101_000030_unit_marks",
    "m20261101_000031_cash",
    "m20261101_000032_homes",
    "m20261101_000033_papers_of_lines",
    "m20261101_000034_given_passwords",
];

/// The lines as they are stored: `$n` is an id.
fn lines(stored: &str) -> Vec<String> {
    let filled = (1..=9).fold(stored.to_owned(), |text, nth| {
        text.replace(&format!("${nth}"), &format!("0165c123-4567-7000-8000-00000000000{nth}"))
    });
    filled.trim().lines().map(str::to_owned).collect()
}

/// Reads each line as a `T` and finds it unchanged when that is written; and that there is a line
/// for every variant. `tag` names the variant.
fn unchanged<T: Serialize + DeserializeOwned>(stored: &str, tag: &str) -> Vec<T> {
    let (mut seen, mut read) = (BTreeSet::new(), Vec::new());
    for line in lines(stored) {
        let value: T = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert_eq!(serde_json::to_string(&value).unwrap(), line);
        let whole: Value = serde_json::from_str(&line).unwrap();
        seen.insert(whole[tag].as_str().unwrap().to_owned());
        read.push(value);
    }
    // serde names all that it knows when it is asked for one that it does not.
    let strange = format!("{{\"{tag}\":\"no such word\"}}");
    let known = serde_json::from_str::<T>(&strange).map(|_| ()).unwrap_err().to_string();
    let (_, known) = known.split_once("expected ").unwrap();
    let known: BTreeSet<String> = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(seen, known, "each variant has a line here");
    read
}

#[test]
fn events_are_read_and_written_as_ever() {
    for event in unchanged::<Event>(EVENTS, "event") {
        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(written["event"], event.kind());
    }
}

#[test]
fn jobs_are_read_and_written_as_ever() {
    for job in unchanged::<Job>(JOBS, "job") {
        assert_eq!(serde_json::to_value(job).unwrap()["job"], job.kind());
    }
}

#[test]
fn what_older_versions_left_out_is_read() {
    let old = r#"{"event":"returned","run":"$1","to":"teacher","mode":"here","asked":{}}"#;
    let read: Event = serde_json::from_str(&lines(old)[0]).unwrap();
    assert!(matches!(read, Event::Returned { asked, .. } if asked.fields.is_empty()));
}

async fn the_migrations_are_those_that_landed(world: World) {
    let db = world.workflow.store.read();
    let sql = "SELECT version FROM seaql_migrations ORDER BY version";
    let asked = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(asked).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.try_get("", "version").unwrap()).collect();
    assert_eq!(names, MIGRATIONS);
}
