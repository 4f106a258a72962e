//! The one style sheet, the one script and the mark, under names that carry their hash, so that a
//! browser may keep them for a year.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file that is compiled in.
#[derive(Debug)]
pub struct Asset {
    /// `banjie.1a2b3c4d.css`
    pub name: String,
    pub content_type: &'static str,
    pub body: &'static str,
}

impl Asset {
    fn new(ending: &str, content_type: &'static str, body: &'static str) -> Self {
        let hash = Sha256::digest(body.as_bytes());
        let short = hash.iter().take(4).fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        Self { name: format!("banjie.{short:08x}.{ending}"), content_type, body }
    }

    /// The address to link to.
    pub fn href(&self) -> String {
        format!("/static/{}", self.name)
    }
}

/// The style sheet.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("css", "text/css; charset=utf-8", include_str!("../static/banjie.css"))
});
/// What the pages of letters look like, beside [`STYLE`].
pub static LETTER: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("css", "text/css; charset=utf-8", include_str!("../static/letter.css"))
});
/// The script. Every page works without it.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("js", "text/javascript; charset=utf-8", include_str!("../static/banjie.js"))
});
/// The mark, for the browser's tab.
pub static MARK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("svg", "image/svg+xml", include_str!("../static/mark.svg")));

/// How long a browser may keep a file of [`find`].
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// The file at `/static/{name}`.
pub fn find(name: &str) -> Option<&'static Asset> {
    [&*STYLE, &*LETTER, &*SCRIPT, &*MARK].into_iter().find(|asset| asset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_their_hashed_names_and_are_small() {
        for (asset, most) in
            [(&*STYLE, 10_240), (&*LETTER, 2_048), (&*SCRIPT, 8_192), (&*MARK, 1_024)]
        {
            assert!(std::ptr::eq(find(&asset.name).unwrap(), asset));
            assert!(asset.body.len() <= most, "{} has {} bytes", asset.name, asset.body.len());
        }
        assert!(find("banjie.css").is_none());
    }
}
