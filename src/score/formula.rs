//! Formulas: exact arithmetic over named figures, where nothing known stays nothing.
//!
//! `+ - * /`, parentheses, numbers, names (`a`, `enterprise.a`, `last_year.a`, `total.a`) and
//! `positive(x)` = max(x, 0), `known(x, otherwise)`, `if(condition, then, otherwise)` (zero is false),
//! `min(a, b)`, `max(a, b)`. Division by zero has no value; zero times nothing known is zero.

use rust_decimal::Decimal;

/// A parsed formula.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    Number(Decimal),
    Name(String),
    Negative(Box<Formula>),
    Binary(Operator, Box<Formula>, Box<Formula>),
    Call(Function, Vec<Formula>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Positive,
    Known,
    If,
    Min,
    Max,
}

/// Why a text is no formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no formula: {why}")]
pub struct FormulaError {
    pub text: String,
    pub why: String,
}

impl Formula {
    /// # Errors
    /// The text is no formula.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let fail = |why: String| FormulaError { text: text.to_owned(), why };
        let tokens = tokens(text).map_err(fail)?;
        let mut parser = Parser { tokens: &tokens, at: 0 };
        let formula = parser.sum().map_err(fail)?;
        match parser.peek() {
            None => Ok(formula),
            Some(token) => Err(fail(format!("unexpected `{token}`"))),
        }
    }

    /// The value, asking `lookup` for names; `None` = nothing known.
    pub fn eval(&self, lookup: &dyn Fn(&str) -> Option<Decimal>) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Name(name) => lookup(name),
            Self::Negative(inner) => inner.eval(lookup).map(|value| -value),
            Self::Binary(operator, left, right) => {
                let (left, right) = (left.eval(lookup), right.eval(lookup));
                match operator {
                    Operator::Add => left?.checked_add(right?),
                    Operator::Subtract => left?.checked_sub(right?),
                    Operator::Multiply => match (left, right) {
                        (Some(zero), _) | (_, Some(zero)) if zero.is_zero() => Some(Decimal::ZERO),
                        (left, right) => left?.checked_mul(right?),
                    },
                    Operator::Divide => left?.checked_div(right?),
                }
            }
            Self::Call(function, arguments) => {
                let argument = |index: usize| arguments.get(index).and_then(|formula| formula.eval(lookup));
                match function {
                    Function::Positive => argument(0).map(|value| value.max(Decimal::ZERO)),
                    Function::Known => argument(0).or_else(|| argument(1)),
                    Function::If => argument(if argument(0)?.is_zero() { 2 } else { 1 }),
                    Function::Min => Some(argument(0)?.min(argument(1)?)),
                    Function::Max => Some(argument(0)?.max(argument(1)?)),
                }
            }
        }
    }

    /// Every name used.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Number(_) => Vec::new(),
            Self::Name(name) => vec![name],
            Self::Negative(inner) => inner.names(),
            Self::Binary(_, left, right) => [left.names(), right.names()].concat(),
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::names).collect(),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphanumeric() || first == '_' {
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '.')
                .unwrap_or(rest.len())
        } else if "+-*/(),".contains(first) {
            1
        } else {
            return Err(format!("unexpected `{first}`"));
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> Result<Formula, String> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Some("+") => Operator::Add,
                Some("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Formula::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Formula, String> {
        let mut left = self.factor()?;
        loop {
            let operator = match self.peek() {
                Some("*") => Operator::Multiply,
                Some("/") => Operator::Divide,
                _ => return Ok(left),
            };
            self.at += 1;
            left = Formula::Binary(operator, Box::new(left), Box::new(self.factor()?));
        }
    }

    fn factor(&mut self) -> Result<Formula, String> {
        let token = self.peek().ok_or("it ends too early")?.to_owned();
        self.at += 1;
        match token.as_str() {
            "-" => return Ok(Formula::Negative(Box::new(self.factor()?))),
            "(" => {
                let inner = self.sum()?;
                return if self.take(")") { Ok(inner) } else { Err("a parenthesis is not closed".to_owned()) };
            }
            _ => {}
        }
        if token.starts_with(|first: char| first.is_ascii_digit()) {
            return token.parse().map(Formula::Number).map_err(|_| format!("`{token}` is no number"));
        }
        if !token.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return Err(format!("unexpected `{token}`"));
        }
        if !self.take("(") {
            return Ok(Formula::Name(token));
        }
        let (function, arity) = match token.as_str() {
            "positive" => (Function::Positive, 1),
            "known" => (Function::Known, 2),
            "if" => (Function::If, 3),
            "min" => (Function::Min, 2),
            "max" => (Function::Max, 2),
            _ => return Err(format!("there is no function `{token}`")),
        };
        let mut arguments = vec![self.sum()?];
        while self.take(",") {
            arguments.push(self.sum()?);
        }
        if !self.take(")") {
            return Err("a parenthesis is not closed".to_owned());
        }
        if arguments.len() != arity {
            return Err(format!("`{token}` takes {arity} arguments"));
        }
        Ok(Formula::Call(function, arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        let lookup = |name: &str| match name {
            "a" => Some(Decimal::from(6)),
            "b" => Some(Decimal::from(4)),
            "zero" => Some(Decimal::ZERO),
            "enterprise.a" => Some(Decimal::from(60)),
            _ => None,
        };
        let value = Formula::parse(text).unwrap().eval(&lookup);
        assert_eq!(value.map(|value| value.normalize().to_string()).as_deref(), expect, "{text}");
    }

    #[test]
    fn arithmetic_is_exact_and_keeps_its_order() {
        check("a - b * 2", Some("-2"));
        check("(a - b) * 2", Some("4"));
        check("a / b", Some("1.5"));
        check("-a + 0.1 + 0.2", Some("-5.7"));
        check("enterprise.a - a", Some("54"));
    }

    #[test]
    fn nothing_known_stays_nothing() {
        check("a + c", None);
        check("a / zero", None);
        check("zero * c", Some("0"));
        check("known(c, b)", Some("4"));
        check("positive(b - a)", Some("0"));
        check("if(zero, a, b)", Some("4"));
    }

    #[test]
    fn mistakes_are_told() {
        for text in ["", "a +", "(a", "f(a)", "a b", "min(a)", "a ? b"] {
            assert!(Formula::parse(text).is_err(), "{text}");
        }
    }
}
