//! Tables and properties of choosing.

use super::*;

fn id(nth: usize) -> CaseRowId {
    let now = chrono::DateTime::from_timestamp(1_536_544_800, 0).unwrap();
    CaseRowId::derived(now, [u8::try_from(nth).unwrap(); 10])
}

fn runner(nth: usize, points: i64, pools: &[&str]) -> Runner {
    let wish = |pool: &&str| Wish { pool: (*pool).to_owned(), ..Wish::default() };
    Runner {
        row: id(nth),
        key: format!("case-{nth}"),
        points: vec![Point::Value(Value::Int(points))],
        wishes: pools.iter().map(wish).collect(),
        always: false,
        moved: None,
    }
}

fn seats(pools: &[(&str, i64)]) -> Seats {
    let all = pools.iter().map(|(pool, n)| ((*pool).to_owned(), *n)).collect();
    Seats { all, ..Seats::default() }
}

/// `1in 2in 3w1 4out`, by the number of the line, the best first.
fn told(list: &[Placed], runners: usize) -> String {
    let nth = |row: CaseRowId| (0..runners).find(|nth| id(*nth) == row).unwrap();
    let one = |placed: &Placed| {
        let what = match (placed.state, placed.wish, placed.waiting) {
            (RowState::In, Some(wish), _) => format!("in{wish}"),
            (RowState::In, None, _) => "in".to_owned(),
            (RowState::Waiting, _, Some(n)) => format!("w{n}"),
            _ => "out".to_owned(),
        };
        format!("{}:{what}", nth(placed.row))
    };
    list.iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_list_is_gone_down_and_each_takes_its_first_wish_with_a_seat() {
    let moved = |mut runner: Runner, to: &str| {
        runner.moved = Moved::of(to);
        runner
    };
    let always = |mut runner: Runner| {
        runner.always = true;
        runner
    };
    #[rustfmt::skip]
    let table: Vec<(Vec<Runner>, Seats, bool, &str)> = vec![
        // two seats: the rest waits in order, or is out
        (vec![runner(0, 70, &["p"]), runner(1, 90, &["p"]), runner(2, 80, &["p"]), runner(3, 60, &["p"])], seats(&[("p", 2)]), true,  "1:in1 2:in1 0:w1 3:w2"),
        (vec![runner(0, 70, &["p"]), runner(1, 90, &["p"]), runner(2, 80, &["p"])], seats(&[("p", 2)]), false, "1:in1 2:in1 0:out"),
        // the first wish is full: the second counts, and nobody is put back for it
        (vec![runner(0, 70, &["p", "q"]), runner(1, 90, &["p"]), runner(2, 80, &["q"])], seats(&[("p", 1), ("q", 2)]), true, "1:in1 2:in1 0:in2"),
        // no seats at all, and fewer than none
        (vec![runner(0, 1, &["p"])], seats(&[]), true, "0:w1"),
        (vec![runner(0, 1, &["p"])], seats(&[("p", -3)]), false, "0:out"),
        // equals without a draw: whoever came first
        (vec![runner(0, 5, &["p"]), runner(1, 5, &["p"])], seats(&[("p", 1)]), true, "0:in1 1:w1"),
        // by hand: in before all, and the last one gives way; a wish; waiting; out
        (vec![moved(runner(0, 1, &["p"]), "in"), runner(1, 9, &["p"]), runner(2, 8, &["p"])], seats(&[("p", 2)]), true, "1:in1 2:w1 0:in1"),
        (vec![moved(runner(0, 9, &["p", "q"]), "2"), runner(1, 8, &["p"])], seats(&[("p", 1), ("q", 1)]), true, "0:in2 1:in1"),
        (vec![moved(runner(0, 9, &["p"]), "waiting"), runner(1, 8, &["p"])], seats(&[("p", 1)]), true, "0:w1 1:in1"),
        (vec![moved(runner(0, 9, &["p"]), "out"), runner(1, 8, &["p"])], seats(&[("p", 1)]), true, "0:out 1:in1"),
        // a wish that it does not have is none
        (vec![moved(runner(0, 9, &["p"]), "7")], seats(&[("p", 1)]), true, "0:w1"),
        // always in, and no seat is taken for it
        (vec![always(runner(0, 1, &["p"])), runner(1, 9, &["p"])], seats(&[("p", 1)]), false, "1:in1 0:in"),
    ];
    for (runners, seats, waits, expected) in table {
        let count = runners.len();
        assert_eq!(told(&choose(runners, &seats, waits, None), count), expected);
    }
}

#[test]
fn a_share_lets_no_more_in_than_it_may_have() {
    let of = |nth, points, county: &str| {
        let mut runner = runner(nth, points, &["p"]);
        runner.wishes[0].share = Some((county.to_owned(), 1));
        runner
    };
    let runners = vec![of(0, 9, "a"), of(1, 8, "a"), of(2, 7, "b"), of(3, 6, "c")];
    let mut all = seats(&[("p", 3)]);
    assert_eq!(told(&choose(runners.clone(), &all, true, None), 4), "0:in1 1:w1 2:in1 3:in1");
    // What others have of the share counts as well, and so does what they have of the seats.
    all.shares.insert(("p".to_owned(), "b".to_owned()), 1);
    all.taken.insert("p".to_owned(), 1);
    assert_eq!(told(&choose(runners, &all, true, None), 4), "0:in1 1:w1 2:w2 3:in1");
}

#[test]
fn a_draw_can_be_done_again_by_anybody() {
    let seed: [u8; 32] = std::array::from_fn(|nth| u8::try_from(nth).unwrap());
    let runners: Vec<Runner> = (0..20).map(|nth| runner(nth, 5, &["p"])).collect();
    let list = choose(runners.clone(), &seats(&[("p", 4)]), true, Some(&seed));
    // By hand: sha256sum of the seed's bytes and the key, in ascending order.
    let mut by_hand: Vec<(String, CaseRowId)> = runners
        .iter()
        .map(|runner| {
            let bytes = [seed.as_slice(), runner.key.as_bytes()].concat();
            (hex(&Sha256::digest(bytes)), runner.row)
        })
        .collect();
    by_hand.sort();
    let order: Vec<(String, CaseRowId)> =
        list.iter().map(|placed| (placed.draw.clone().unwrap(), placed.row)).collect();
    assert_eq!(order, by_hand);
    // The order in which lines came makes no difference.
    let mut turned = runners;
    turned.reverse();
    assert_eq!(choose(turned, &seats(&[("p", 4)]), true, Some(&seed)), list);
    let other = choose(
        (0..20).map(|nth| runner(nth, 5, &["p"])).collect(),
        &seats(&[("p", 4)]),
        true,
        Some(&[7; 32]),
    );
    assert_ne!(other, list, "another seed, another order");
}

#[test]
fn what_is_ranked_by_is_compared_in_order_and_nothing_comes_last() {
    let with = |nth, points: &[Value]| {
        let mut runner = runner(nth, 0, &["p"]);
        runner.points = points.iter().cloned().map(Point::Value).collect();
        runner
    };
    let day = |text: &str| Value::Date(text.parse().unwrap());
    let yes = Value::Bool(true);
    let runners = vec![
        with(0, &[Value::Null, yes.clone(), day("2018-01-01")]),
        with(1, &[Value::Int(3), Value::Bool(false), day("2018-01-01")]),
        with(2, &[Value::Int(3), yes.clone(), day("2018-01-01")]),
        with(3, &[Value::Int(3), yes, day("2018-01-02")]),
    ];
    let list = choose(runners, &seats(&[("p", 9)]), true, None);
    assert_eq!(told(&list, 4), "3:in1 2:in1 1:in1 0:in1");
}

#[test]
fn the_hash_of_keys_does_not_hang_on_their_order() {
    assert_eq!(keys_hash(["b", "a"]), keys_hash(["a", "b"]));
    assert_ne!(keys_hash(["a", "b"]), keys_hash(["ab"]));
    // printf 'a\nb\n' | sha256sum
    assert_eq!(
        keys_hash(["a", "b"]),
        "911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2"
    );
}
