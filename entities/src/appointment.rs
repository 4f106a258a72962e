//! One person's duty in one unit for a time. Never updated but closed.

use sea_orm::entity::prelude::*;

use sea_orm::{
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, IntoColumnRef, SelectStatement},
};

use crate::{AppointmentId, Duty, PersonId, UnitId, substitution};

/// One person's duty in one unit for a time. Never updated but closed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appointment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppointmentId,
    pub person_id: PersonId,
    pub unit_id: UnitId,
    pub duty: Duty,
    pub from_at: DateTimeUtc,
    pub to_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// What `person` is entitled to at `now`.
    pub fn held_by(person: PersonId, now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(Column::PersonId.eq(person)).filter(Self::in_force(now))
    }

    /// Who holds a duty in one of `units` at `now`.
    pub fn in_units(units: impl IntoIterator<Item = UnitId>, now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(Column::UnitId.is_in(units)).filter(Self::in_force(now))
    }

    /// Who holds that duty anywhere at `now`.
    pub fn with(duty: Duty, now: DateTimeUtc) -> Select<Self> {
        Self::find().filter(Column::Duty.eq(duty)).filter(Self::in_force(now))
    }

    /// What `person` decides by at `now`: what they are appointed to, and what those are in whose
    /// place they stand.
    pub fn used_by(person: PersonId, now: DateTimeUtc) -> Select<Self> {
        let absent = substitution::Entity::by(person, now)
            .select_only()
            .column(substitution::Column::PersonId)
            .into_query();
        let whose = sea_orm::Condition::any()
            .add(Column::PersonId.eq(person))
            .add(Column::PersonId.in_subquery(absent));
        Self::find().filter(whose).filter(Self::in_force(now))
    }

    /// The same as [`Self::held_by`], kept from being closed until the transaction ends.
    pub fn held_by_for_share(person: PersonId, now: DateTimeUtc) -> Select<Self> {
        Self::held_by(person, now).lock_shared()
    }

    /// The appointments in force by which the person in that column has to do with cases, for
    /// `EXISTS`.
    pub(crate) fn works<T: IntoColumnRef>(person: T, now: DateTimeUtc) -> SelectStatement {
        Self::find()
            .select_only()
            .column(Column::Id)
            .filter(Expr::col((Self, Column::PersonId)).eq(Expr::col(person)))
            .filter(Column::Duty.is_in(Duty::OF_CASES))
            .filter(Self::in_force(now))
            .into_query()
    }

    fn in_force(now: DateTimeUtc) -> sea_orm::Condition {
        sea_orm::Condition::all()
            .add(Column::FromAt.lte(now))
            .add(sea_orm::Condition::any().add(Column::ToAt.is_null()).add(Column::ToAt.gt(now)))
    }
}
