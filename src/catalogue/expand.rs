//! `${name(argument, ...)}`: the one notation by which facts take the period and share rules.

/// Why a text does not expand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    #[error("`${{` without its `}}`")]
    Open { offset: usize },
    #[error("{message}")]
    Unknown { offset: usize, message: String },
}

impl ExpandError {
    /// Byte offset in the text, for the line.
    #[must_use]
    pub fn offset(&self) -> usize {
        match self {
            Self::Open { offset } | Self::Unknown { offset, .. } => *offset,
        }
    }
}

/// What a macro of a name and arguments stands for, or why there is none.
pub type Resolve<'a> = dyn Fn(&str, &[String]) -> Result<String, String> + 'a;

/// Replaces every `${...}` by what `resolve(name, arguments)` says; arguments are expanded first.
///
/// # Errors
/// An unclosed macro, or `resolve`'s message for one it does not know.
pub fn expand(text: &str, resolve: &Resolve<'_>) -> Result<String, ExpandError> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let open = at + found;
        out.push_str(&text[at..open]);
        let close = closing(text, open + 2).ok_or(ExpandError::Open { offset: open })?;
        let body = &text[open + 2..close];
        let (name, arguments) = split(body);
        let arguments =
            arguments.iter().map(|argument| expand(argument, resolve)).collect::<Result<Vec<_>, _>>().map_err(
                |error| match error {
                    ExpandError::Open { .. } => ExpandError::Open { offset: open },
                    ExpandError::Unknown { message, .. } => ExpandError::Unknown { offset: open, message },
                },
            )?;
        out.push_str(&resolve(name, &arguments).map_err(|message| ExpandError::Unknown { offset: open, message })?);
        at = close + 1;
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// Offset of the `}` that closes a macro whose body starts at `from`.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut depth = 0;
    for (offset, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(offset),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `name(a, b)` into the name and its top-level arguments.
fn split(body: &str) -> (&str, Vec<&str>) {
    let Some((name, rest)) = body.split_once('(') else { return (body.trim(), Vec::new()) };
    let inner = rest.rsplit_once(')').map_or(rest, |(inner, _)| inner);
    let (mut arguments, mut depth, mut start) = (Vec::new(), 0, 0);
    for (offset, byte) in inner.bytes().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                arguments.push(inner[start..offset].trim());
                start = offset + 1;
            }
            _ => {}
        }
    }
    if !inner[start..].trim().is_empty() {
        arguments.push(inner[start..].trim());
    }
    (name.trim(), arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let resolve = |name: &str, arguments: &[String]| match name {
            "nope" => Err("unknown macro `nope`".to_owned()),
            _ => Ok(format!("<{name}:{}>", arguments.join("|"))),
        };
        let got = expand(text, &resolve).unwrap_or_else(|error| error.to_string());
        assert_eq!(got, expect);
    }

    #[test]
    fn macros_take_nested_arguments() {
        check("a ${end} b", "a <end:> b");
        check("${days(COALESCE(x, y), ${end})}", "<days:COALESCE(x, y)|<end:>>");
        check("${back(w, a.unit)} ${nope}", "unknown macro `nope`");
        check("${end", "`${` without its `}`");
    }
}
