//! The region signs a round that places leavers.

use super::Scene;

/// The round has collected its cases: the region looks at the list and signs it.
pub(super) async fn signs_round(scene: &mut Scene<'_>) {
    scene.days_pass(3).await;
    let row = ".rows a[data-number*='-MP-']";
    scene.desk.signs_in_as_staff("region-edu").await;
    scene.desk.opens_until("/staff/tasks", row).await;
    scene.desk.browser.follow(row).await;
    scene.desk.sees("case-round").await;
    let list = scene.desk.browser.text("main").await;
    assert!(list.contains("拟定名单") && list.contains("福建"), "{list}");
    scene.desk.decides("approve").await;
    assert_eq!(scene.desk.browser.complaints(), Vec::<String>::new());
}
