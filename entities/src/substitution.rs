//! 代理: who decides in the name of somebody who is away, from when to when, and how far.

use sea_orm::entity::prelude::*;

use sea_orm::{QuerySelect, sea_query::Expr};

use crate::{Fen, PersonId, SubstitutionId, appointment};

/// Who decides in the name of somebody who is away. Never updated but ended.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "substitution")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubstitutionId,
    /// Who is away.
    pub person_id: PersonId,
    /// Who decides in their name: what they are appointed to, and nothing more.
    pub substitute_id: PersonId,
    pub from_at: DateTimeUtc,
    pub to_at: DateTimeUtc,
    /// Only cases of this program; none: of all.
    pub program: Option<String>,
    /// Awards of at most so much; none: of any.
    pub most_fen: Option<Fen>,
    pub made_by: PersonId,
    pub made_at: DateTimeUtc,
    /// Set when it is ended before its time.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// For whom `person` stands in at `now`.
    pub fn by(person: PersonId, now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(Column::SubstituteId.eq(person)).filter(Self::in_force(now))
    }

    /// The same as [`Self::by`], kept from being ended until the transaction is over.
    pub fn by_for_share(person: PersonId, now: DateTimeUtc) -> Select<Self> {
        Self::by(person, now).lock_shared()
    }

    /// Who stands in for one of `people` at `now`.
    pub fn of_any(people: impl IntoIterator<Item = PersonId>, now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(Column::PersonId.is_in(people)).filter(Self::in_force(now))
    }

    /// Those that are not over at `now`, of somebody who is away, or by somebody who stands in.
    pub fn to_come(person: PersonId, now: DateTimeUtc) -> Select<Self> {
        let theirs = sea_orm::Condition::any()
            .add(Column::PersonId.eq(person))
            .add(Column::SubstituteId.eq(person));
        Self::find().filter(theirs).filter(Column::EndedAt.is_null()).filter(Column::ToAt.gt(now))
    }

    /// Begun, not over, and the substitute still works somewhere: who was dismissed decides in
    /// nobody's name, from the very moment on.
    fn in_force(now: DateTimeUtc) -> sea_orm::Condition {
        let works = appointment::Entity::works((Entity, Column::SubstituteId), now);
        sea_orm::Condition::all()
            .add(Expr::exists(works))
            .add(Column::FromAt.lte(now))
            .add(Column::ToAt.gt(now))
            .add(Column::EndedAt.is_null())
    }
}
