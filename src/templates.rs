//! Templates: the built-in ones, a folder that may override them, and rendering. The only module
//! that names `tera`.
//!
//! A template is named by its path below `templates/`, e.g. `page/report.html`. The name's suffix
//! alone decides about escaping: `.html` escapes every value, `.txt` escapes nothing, and no other
//! suffix is accepted.
//!
//! **Trusted markup.** Tera's `safe` filter is replaced by one that refuses, so no template can let
//! data through unescaped. Our own drawings get in by name: the painter puts finished SVG into the
//! context under [`DRAWINGS`], and `{{ trusted_drawing(id=...) }}` looks one up. A template can only
//! name a drawing, never hand over a string; the map is filled from `chart::svg` and nothing else.

mod glue;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use serde::Serialize;

pub use glue::glue;

/// Key of the context map (id to SVG) that `trusted_drawing` reads.
pub const DRAWINGS: &str = "drawings";

/// Suffixes a template may have, see the module's documentation.
const SUFFIXES: [&str; 2] = [".html", ".txt"];

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A checked set of templates: every one parsed, every include and component resolved.
#[derive(Clone)]
pub struct Templates {
    tera: tera::Tera,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").field("names", &self.names()).finish()
    }
}

/// Why templates could not be loaded or rendered; names the template, the line and the cause.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Escaping goes by suffix, so a file with any other suffix would be a trap.
    #[error("`{}` is not a template\nhint: template names end in .html or .txt", path.display())]
    Suffix { path: PathBuf },
    /// The templates do not fit together, e.g. two parts include each other.
    #[error("templates do not fit together: {cause}")]
    Set { cause: String },
    /// A mistake in a template's text.
    #[error("template `{template}` line {line}: {cause}")]
    Syntax { template: String, line: usize, cause: String },
    /// A template failed on this data, e.g. an undefined variable.
    #[error("template `{template}` line {line}: cannot render: {cause}")]
    Render { template: String, line: usize, cause: String },
    /// No template has this name.
    #[error("no template is named `{name}`")]
    Unknown { name: String },
    /// The data is not a map of names to values.
    #[error("template `{template}` cannot take this data: {cause}")]
    Context { template: String, cause: String },
}

impl Templates {
    /// Loads the built-in templates; a text of the same name in `overrides` replaces one, and texts
    /// of new names are added.
    ///
    /// # Errors
    /// [`TemplateError`] if a name does not end in `.html` or `.txt`, or any template has a mistake:
    /// all of them are parsed here, so a typo fails at start.
    pub fn load(overrides: &BTreeMap<String, String>) -> Result<Self, TemplateError> {
        let mut sources = BTreeMap::new();
        built_in(&BUILT_IN, &mut sources)?;
        for (name, text) in overrides {
            let name = template_name(Path::new(name)).ok_or_else(|| TemplateError::Suffix { path: name.into() })?;
            sources.insert(name, Cow::Owned(text.clone()));
        }
        let mut tera = tera::Tera::new();
        tera.autoescape_on([".html"]);
        tera.register_filter("safe", refuse_safe);
        tera.register_filter("width_percent", width_percent);
        tera.register_filter("glue", |text: Cow<'_, str>, _: tera::Kwargs, _: &tera::State| glue(&text));
        tera.register_filter("clip", clip);
        tera.register_function("trusted_drawing", TrustedDrawing);
        tera.add_raw_templates(sources).map_err(|error| explain(&error, "templates"))?;
        Ok(Self { tera })
    }

    /// Renders one template; `context` must serialise to a map (a struct does).
    ///
    /// # Errors
    /// [`TemplateError`] naming template, line and cause: an undefined variable is an error, never
    /// an empty string.
    pub fn render(&self, name: &str, context: &impl Serialize) -> Result<String, TemplateError> {
        let context = tera::Context::from_serialize(context)
            .map_err(|error| TemplateError::Context { template: name.to_owned(), cause: error.to_string() })?;
        self.tera.render(name, &context).map_err(|error| explain(&error, name))
    }

    /// Whether a template of this name is loaded.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.tera.contains_template(name)
    }

    /// All template names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.tera.get_template_names().collect();
        names.sort_unstable();
        names
    }
}

/// Puts the SVG of `id` on the page as it is. See the module's documentation for why this is safe.
struct TrustedDrawing;

impl tera::Function<tera::TeraResult<String>> for TrustedDrawing {
    fn call(&self, kwargs: tera::Kwargs, state: &tera::State) -> tera::TeraResult<String> {
        let id: String = kwargs.must_get("id")?;
        let drawings: tera::Value =
            state.get(DRAWINGS)?.ok_or_else(|| tera::Error::message("this painter has no drawings"))?;
        let key = tera::value::Key::from(id.clone());
        let drawing = drawings.as_map().and_then(|map| map.get(&key));
        let drawing = drawing.and_then(tera::Value::as_str).map(str::to_owned);
        drawing.ok_or_else(|| tera::Error::message(format!("no drawing `{id}`")))
    }

    fn is_safe(&self) -> bool {
        true
    }
}

fn refuse_safe(_: Cow<'_, str>, _: tera::Kwargs, _: &tera::State) -> tera::TeraResult<tera::Value> {
    Err(tera::Error::message("`safe` is switched off: data is always escaped"))
}

/// A share from 0 to 1 as a CSS width; anything outside is cut, so that a bar stays in its cell.
fn width_percent(share: f64, _: tera::Kwargs, _: &tera::State) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    format!("{:.1}%", share * 100.0)
}

/// Cuts a text at `max` characters and ends it with `…`.
#[expect(clippy::needless_pass_by_value, reason = "the shape of a tera filter")]
fn clip(text: Cow<'_, str>, kwargs: tera::Kwargs, _: &tera::State) -> tera::TeraResult<String> {
    let max: usize = kwargs.must_get("max")?;
    match text.char_indices().nth(max) {
        None => Ok(text.into_owned()),
        Some((end, _)) => Ok(format!("{}…", text[..end].trim_end())),
    }
}

fn built_in(
    dir: &'static Dir<'static>,
    sources: &mut BTreeMap<String, Cow<'static, str>>,
) -> Result<(), TemplateError> {
    for file in dir.files() {
        let (path, text) = (file.path(), file.contents_utf8());
        let (Some(name), Some(text)) = (template_name(path), text) else {
            return Err(TemplateError::Suffix { path: path.to_owned() });
        };
        sources.insert(name, Cow::Borrowed(text));
    }
    dir.dirs().try_for_each(|sub| built_in(sub, sources))
}

/// The name of a path below the templates folder: forward slashes on every system.
fn template_name(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.iter().map(|part| part.to_str()).collect();
    let name = parts?.join("/");
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix)).then_some(name)
}

/// Translates tera's error; `template` is what was asked for when tera names nothing itself.
fn explain(error: &tera::Error, template: &str) -> TemplateError {
    let place = |report: &tera::ReportError| {
        let cause = lower_first(report.message());
        (report.filename().to_owned(), report.span().start_line, cause)
    };
    match error.kind() {
        tera::ErrorKind::SyntaxError(report) => {
            let (template, line, cause) = place(report);
            TemplateError::Syntax { template, line, cause }
        }
        tera::ErrorKind::RenderingError(report) => {
            let (template, line, cause) = place(report);
            TemplateError::Render { template, line, cause }
        }
        tera::ErrorKind::TemplateNotFound(name) => TemplateError::Unknown { name: name.clone() },
        // tera's own enum, marked non-exhaustive; the rest name no line.
        other => TemplateError::Set { cause: format!("{template}: {}", lower_first(&other.to_string())) },
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{TemplateError, Templates};

    fn with_file(name: &str, text: &str) -> Result<Templates, TemplateError> {
        Templates::load(&BTreeMap::from([(name.to_owned(), text.to_owned())]))
    }

    #[test]
    fn built_in_templates_parse_and_are_listed() {
        let templates = Templates::load(&BTreeMap::new()).expect("built-in templates");
        for name in ["page/report.html", "mail/report.html", "mail/report.txt"] {
            assert!(templates.names().contains(&name), "{name} is missing");
        }
    }

    #[test]
    fn html_escapes_and_txt_does_not() {
        let data = json!({"x": "<b> & \"q\""});
        let html = with_file("mine/a.html", "{{ x }}").expect("load");
        let escaped = html.render("mine/a.html", &data).expect("render");
        assert!(!escaped.contains('<') && escaped.contains("&lt;b&gt; &amp;"), "{escaped}");
        let text = with_file("mine/a.txt", "{{ x }}").expect("load");
        assert_eq!(text.render("mine/a.txt", &data).expect("render"), "<b> & \"q\"");
    }

    #[test]
    fn no_template_can_mark_data_as_safe() {
        let templates = with_file("mine/a.html", "one\n{{ x | safe }}").expect("load");
        let error = templates.render("mine/a.html", &json!({"x": "<b>"})).expect_err("refused");
        let words = error.to_string();
        assert!(words.contains("`mine/a.html` line 2") && words.contains("switched off"), "{words}");
    }

    #[test]
    fn drawings_come_in_by_name_only() {
        let templates = with_file("mine/a.html", "{{ trusted_drawing(id=x) }}").expect("load");
        let data = json!({"x": "k1", "drawings": {"k1": "<svg/>"}});
        assert_eq!(templates.render("mine/a.html", &data).expect("render"), "<svg/>");
        let hostile = json!({"x": "<script>", "drawings": {"k1": "<svg/>"}});
        let error = templates.render("mine/a.html", &hostile).expect_err("unknown drawing");
        assert!(error.to_string().contains("no drawing `<script>`"), "{error}");
    }

    #[test]
    fn an_override_replaces_the_built_in_one() {
        let templates = with_file("mail/report.txt", "ours\n").expect("load");
        assert_eq!(templates.render("mail/report.txt", &json!({})).expect("render"), "ours\n");
        assert!(templates.contains("page/report.html"));
    }

    #[test]
    fn mistakes_name_template_line_and_cause() {
        let syntax = with_file("mine/a.txt", "a\nb {% for x in %}").expect_err("syntax");
        assert!(syntax.to_string().starts_with("template `mine/a.txt` line 2: "), "{syntax}");
        let undefined = with_file("mine/a.txt", "a\n{{ titel }}").expect("load");
        let error = undefined.render("mine/a.txt", &json!({})).expect_err("undefined");
        let words = error.to_string();
        assert!(words.contains("`mine/a.txt` line 2") && words.contains("titel"), "{words}");
        let unknown = undefined.render("none.html", &json!({})).expect_err("unknown");
        assert_eq!(unknown.to_string(), "no template is named `none.html`");
    }

    #[test]
    fn a_suffix_that_would_switch_escaping_off_is_refused() {
        for name in ["page/report.html.tera", "page/report.HTML", "notes.md"] {
            let error = with_file(name, "x").expect_err("refused");
            assert!(matches!(error, TemplateError::Suffix { .. }), "{name}: {error}");
        }
    }
}
