//! `muster archive`: the page over everything published, written anew.

use muster::app::App;
use muster::archive;
use muster::finding::counted;
use muster::io::published::INDEX;
use muster::io::store::display_url;

use super::progress::Show;
use crate::exit::Exit;

/// Objects named that belong to no issue.
const MOST_STRANGERS: usize = 5;

pub async fn archive(app: &App, show: &Show) -> anyhow::Result<Exit> {
    let store = app.store()?;
    show.step("look what is published");
    let archived = archive::archive(app, &store).await?;
    show.finish();
    let url = display_url(&app.settings.store.url);
    let what = |count: usize, noun: &str| counted(u64::try_from(count).unwrap_or(u64::MAX), noun);
    say!(
        "{}/{INDEX}: {} of {}",
        url.trim_end_matches('/'),
        what(archived.issues, "issue"),
        what(archived.editions, "edition")
    );
    if archived.issues == 0 {
        say!(
            "nothing is published in this store yet\n  hint: `muster run EDITION` publishes; if there should be something, look at `store.url`"
        );
    }
    if !archived.strangers.is_empty() {
        say!("not listed, since it belongs to no issue (published/EDITION/PERIOD/UNIT/rN/...):");
        for key in archived.strangers.iter().take(MOST_STRANGERS) {
            say!("  {key}");
        }
        if archived.strangers.len() > MOST_STRANGERS {
            say!("  and {} more", archived.strangers.len() - MOST_STRANGERS);
        }
    }
    Ok(Exit::Done)
}
