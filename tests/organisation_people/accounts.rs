//! Accounts of staff: who locks them, and that nobody gets a second one.

use entities::{Language, Sensitive, account};
use sea_orm::EntityTrait;
use workflow::{Bar, Refusal, organise};

use crate::harness::world::{World, refusal};

pub(super) async fn are_locked_by_the_security_administrator(world: &World) {
    let account = world.actor("Li").account;
    for (by, expected) in [
        ("Admin", Some(Bar::NotSecurityAdministrator)),
        ("Eye", Some(Bar::NotSecurityAdministrator)),
        ("Guard", None),
    ] {
        let who = Some(world.actor(by));
        let locked = world
            .command(async |tx| organise::lock_account(tx, &world.workflow, who, account).await);
        match expected {
            None => locked.await.unwrap(),
            Some(bar) => assert_eq!(refusal(locked.await), Refusal::NotYours(bar), "{by}"),
        }
    }
    let row = account::Entity::find_by_id(account).one(world.workflow.store.read()).await;
    assert!(row.unwrap().unwrap().disabled_at.is_some());
    let (guard, own) = (Some(world.actor("Guard")), world.actor("Guard").account);
    let oneself =
        world.command(async |tx| organise::lock_account(tx, &world.workflow, guard, own).await);
    assert_eq!(refusal(oneself.await), Refusal::NotYours(Bar::Oneself));
    let again = world
        .command(async |tx| organise::unlock_account(tx, &world.workflow, guard, account).await);
    again.await.unwrap();
}

/// Whoever could make one would sign in as that person.
pub(super) async fn nobody_makes_a_second_one_for_somebody(world: &World) {
    let makes = async |by: &str, of: &str| {
        let account = organise::NewAccount {
            login: "another.name".to_owned(),
            password_hash: Sensitive::new("no hash".to_owned()),
            person: world.actor(of).person.unwrap(),
            language: Language::Chinese,
        };
        let by = Some(world.actor(by));
        let made = world.command(async |tx| {
            organise::add_staff_account(tx, &world.workflow, by, account.clone()).await
        });
        refusal(made.await)
    };
    let second = makes("Admin", "Li").await;
    assert!(matches!(second, Refusal::Unfit(_)), "{second:?}");
    let over = Refusal::NotYours(Bar::NotSecurityAdministrator);
    assert_eq!(makes("Admin", "Guard").await, over, "who administers is the other one's");
    assert_eq!(makes("Admin", "Admin").await, over);
    let second = makes("Guard", "Eye").await;
    assert!(matches!(second, Refusal::Unfit(_)), "{second:?}");
}
