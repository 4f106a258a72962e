//! The staff of the demonstration.

use entities::Duty;

use super::people::{COLLEGE, FUZHOU, OFFICE, QUANZHOU, SCHOOL, TOWNSHIP};

/// A member of staff: login, name, unit, duty, and what the table says of them.
pub(super) type Staff = (&'static str, &'static str, &'static str, Duty, &'static str);

pub(super) const STAFF: &[Staff] = &[
    ("teacher", "赵示例", "泾源县职业中学/class_teachers", Duty::Handler, "班主任 class teacher"),
    (
        "school-aid",
        "钱示例",
        "泾源县职业中学/aid_office",
        Duty::Handler,
        "学校资助办 school aid office",
    ),
    ("school-head", "孙示例", SCHOOL, Duty::Head, "校长 school head"),
    (
        "township-aid",
        "李示例",
        "香水镇/aid_office",
        Duty::Handler,
        "乡镇资助办 township aid office",
    ),
    ("township-head", "周示例", TOWNSHIP, Duty::Head, "乡镇负责人 township head"),
    ("county-edu", "吴示例", "640424/education", Duty::Handler, "县教育局 county education"),
    ("county-edu2", "郑示例", "640424/education", Duty::Handler, "县教育局 county education"),
    (
        "county-relief",
        "王示例",
        "640424/poverty_relief",
        Duty::Handler,
        "县扶贫办 county poverty relief",
    ),
    ("county-finance", "冯示例", "640424/finance", Duty::Handler, "县财政局 county finance"),
    ("county-head", "陈示例", "640424", Duty::Head, "县政府负责人 county head"),
    ("city-edu", "褚示例", "640400/education", Duty::Handler, "市教育局 city education"),
    ("region-edu", "卫示例", "640000/education", Duty::Handler, "区教育厅 region education"),
    (
        "county-edu-head",
        "尤示例",
        "640424/education",
        Duty::Head,
        "县教育局局长 head of county education",
    ),
    ("county-watch", "沙示例", "640424/supervision", Duty::Handler, "县督查室 county supervision"),
    ("city-watch", "韩示例", "640400/supervision", Duty::Handler, "市督查室 city supervision"),
    ("city-head", "杨示例", "640400", Duty::Head, "市政府负责人 city head"),
    ("city-head2", "金示例", "640400", Duty::Head, "市政府另一负责人 second city head"),
    (
        "region-watch",
        "蒋示例",
        "640000/supervision",
        Duty::Supervisor,
        "区督查室 region supervision",
    ),
    (
        "county-hr",
        "何示例",
        "640424/human_resources",
        Duty::Handler,
        "县人社局 county human resources",
    ),
    ("region-finance", "施示例", "640000/finance", Duty::Handler, "区财政厅 region finance"),
    (
        "region-hr",
        "曹示例",
        "640000/human_resources",
        Duty::Handler,
        "区人社厅 region human resources",
    ),
    ("city-hr", "严示例", "640400/human_resources", Duty::Handler, "市人社局 city human resources"),
    ("expert1", "华示例", "640000/experts", Duty::Handler, "专家 expert"),
    ("expert2", "魏示例", "640000/experts", Duty::Handler, "专家 expert"),
    ("expert3", "陶示例", "640000/experts", Duty::Handler, "专家 expert"),
    (
        "college-academic",
        "姜示例",
        "宁夏职业技术学院/academic_office",
        Duty::Handler,
        "高职教务处 college academic office",
    ),
    (
        "college-finance",
        "朱示例",
        "宁夏职业技术学院/finance",
        Duty::Handler,
        "高职财务处 college finance",
    ),
    (
        "college-aid",
        "秦示例",
        "宁夏职业技术学院/aid_office",
        Duty::Handler,
        "高职资助办 college aid office",
    ),
    ("college-head", "许示例", COLLEGE, Duty::Head, "高职院长 college head"),
    (
        "conscription",
        "吕示例",
        OFFICE,
        Duty::Handler,
        "县征兵办（外部） county conscription office, outside",
    ),
    ("fuzhou", "张示例", FUZHOU, Duty::Handler, "福州的学校（外部） school in Fuzhou, outside"),
    (
        "quanzhou",
        "孔示例",
        QUANZHOU,
        Duty::Handler,
        "泉州的学校（外部） school in Quanzhou, outside",
    ),
    ("admin", "沈示例", "640000/education", Duty::Administrator, "系统管理员 administrator"),
    (
        "security",
        "温示例",
        "640000/education",
        Duty::SecurityAdministrator,
        "安全管理员 security administrator",
    ),
    ("auditor", "庄示例", "640000/education", Duty::Auditor, "审计管理员 auditor"),
];
