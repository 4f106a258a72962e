//! A head who has fallen ill can name nobody: whoever is above them does, or an administrator; and
//! a substitute is somebody of the same place.

use entities::{Duty, SubstitutionId, substitution};
use sea_orm::EntityTrait;
use serde_json::json;
use workflow::{
    Bar, Refusal,
    commands::{self, WrongSubstitute},
};

use super::{
    absence::names,
    doors::{gets, house, posts},
    person, staffed,
};
use crate::harness::{
    both,
    house::Body,
    world::{World, refusal},
};

both![
    whoever_is_above_a_head_names_who_stands_in_for_them,
    the_page_offers_it_to_whoever_is_above,
    a_substitute_works_at_the_same_place,
];

async fn made_by(world: &World, id: SubstitutionId) -> entities::PersonId {
    let found = substitution::Entity::find_by_id(id).one(world.workflow.store.read()).await;
    found.unwrap().unwrap().made_by
}

async fn whoever_is_above_a_head_names_who_stands_in_for_them(mut world: World) {
    staffed(&mut world).await;
    world.works("Mayor", "county", Duty::Head).await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    let other = Refusal::NotYours(Bar::OtherOffice);
    // Neither their people, nor a head of another office, nor whoever is below.
    for by in ["Li", "Fin", "Watch"] {
        let no = refusal(names(&world, by, ("Chief", "Li"), (None, None)).await);
        assert_eq!(no, other, "{by}");
    }
    let below = refusal(names(&world, "Chief", ("Boss", "City"), (None, None)).await);
    assert_eq!(below, other);
    // The head of the office above, and the leader of the place.
    for by in ["Boss", "Mayor"] {
        let id = names(&world, by, ("Chief", "Li"), (None, None)).await.unwrap();
        assert_eq!(made_by(&world, id).await, person(&world, by), "who did it is on record");
        let by = world.actor(by);
        let end =
            world.command(async |tx| commands::end_substitute(tx, &world.workflow, by, id).await);
        end.await.unwrap();
    }
    // An administrator, for anybody, and never in their own favour.
    let id = names(&world, "Admin", ("Boss", "City"), (None, None)).await.unwrap();
    assert_eq!(made_by(&world, id).await, person(&world, "Admin"));
    world.works("Admin", "city/finance", Duty::Handler).await;
    let own = refusal(names(&world, "Admin", ("Boss", "Admin"), (None, None)).await);
    assert_eq!(own, Refusal::NotYours(Bar::Oneself));
}

async fn the_page_offers_it_to_whoever_is_above(mut world: World) {
    staffed(&mut world).await;
    world.works("Admin", "region/education", Duty::Administrator).await;
    let house = house(&world, &["Boss", "City", "Admin"]).await;
    let (chief, li) = (person(&world, "Chief").to_string(), person(&world, "Li").to_string());
    let path = format!("/staff/substitutes?absent={chief}");
    let page = gets(&house, "Boss", "/staff/substitutes").await.text();
    assert!(page.contains(&path), "{page}");
    let page = gets(&house, "City", "/staff/substitutes").await.text();
    assert!(!page.contains(&chief), "{page}");
    assert_eq!(gets(&house, "City", &path).await.status, 404);
    let page = gets(&house, "Boss", &path).await.text();
    assert!(page.contains(&li), "colleagues of the one who is away: {page}");
    assert!(!page.contains(&person(&world, "Town").to_string()), "not one's own: {page}");
    let form = Body::Form(vec![
        ("absent", chief.clone()),
        ("substitute", li.clone()),
        ("from", "2018-09-10".to_owned()),
        ("to", "2018-09-12".to_owned()),
    ]);
    let done = posts(&house, "Boss", ("/staff/substitutes", "one"), &form).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = gets(&house, "Boss", &path).await.text();
    assert!(page.contains("/end\""), "whoever named them ends it: {page}");
    let member = gets(&house, "Admin", &format!("/staff/organisation/people/{chief}")).await;
    assert!(member.text().contains(&path), "{}", member.text());
    let page = gets(&house, "Admin", &path).await;
    assert_eq!(page.status, 200, "{}", page.text());
}

async fn a_substitute_works_at_the_same_place(mut world: World) {
    staffed(&mut world).await;
    let far = refusal(names(&world, "Fin", ("Fin", "City"), (None, None)).await);
    assert_eq!(far, Refusal::Substitute(WrongSubstitute::Elsewhere));
    let house = house(&world, &["Fin"]).await;
    let ask = json!({
        "substitute": person(&world, "City"), "from": "2018-09-10", "to": "2018-09-12",
    });
    let refused = posts(&house, "Fin", ("/api/v1/substitutes", "one"), &Body::Json(ask)).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("同一地方"), "a sentence says why: {}", refused.text());
    // Another office of the place will do.
    names(&world, "Fin", ("Fin", "Li"), (None, None)).await.unwrap();
}
