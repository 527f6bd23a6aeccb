//! Reads an expression by recursive descent over its words.

use serde_json::Value;

use super::Misread;
use super::function;
use super::lexer::{Placed, Word, next};
use super::operator::Operator;
use super::pattern::Pattern;
use super::tree::{Selection, Tree};

/// So deep may an expression be nested, operators and parentheses together.
const MAX_DEPTH: usize = 40;

/// The expression that begins at `at` of `text` and ends with the `}` that is not its own; and where the text goes on.
pub(super) fn parse(text: &str, at: usize) -> Result<(Tree, usize), Misread> {
    let mut parser = Parser { text, word: next(text, at)?, depth: 0 };
    let tree = parser.expression()?;
    match parser.word.word {
        Word::Symbol("}") => Ok((tree, parser.word.end)),
        Word::End => Err(parser.error("the expression has no end: } is missing")),
        _ => Err(parser.error("an operator or the end of the expression is expected")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// The next word.
    word: Placed,
    depth: usize,
}

/// The operators that bind alike, loosest first.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("or", Operator::Or), ("||", Operator::Or)],
    &[("and", Operator::And), ("&&", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("eq", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("ne", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        ("le", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("ge", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        ("lt", Operator::Less),
        (">", Operator::Greater),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Plus), ("-", Operator::Minus)],
    &[
        ("*", Operator::Times),
        ("/", Operator::Divide),
        ("div", Operator::Divide),
        ("%", Operator::Modulus),
        ("mod", Operator::Modulus),
    ],
    &[("^", Operator::Power)],
];
/// The level of what compares, where `matches` stands too.
const RELATIONS: usize = 2;

impl Parser<'_> {
    fn error(&self, what: impl Into<String>) -> Misread {
        Misread { position: self.word.begin, what: what.into() }
    }

    /// The word that is next, and steps behind it.
    fn take(&mut self) -> Result<Word, Misread> {
        let behind = next(self.text, self.word.end)?;
        Ok(std::mem::replace(&mut self.word, behind).word)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.word.word, Word::Symbol(found) if found == symbol)
    }

    fn skip(&mut self, symbol: &str) -> Result<bool, Misread> {
        let found = self.is(symbol);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    fn must(&mut self, symbol: &str) -> Result<(), Misread> {
        if self.skip(symbol)? { Ok(()) } else { Err(self.error(format!("{symbol} is expected"))) }
    }

    /// `a`, `a ? b : c` or `a ?: b`.
    fn expression(&mut self) -> Result<Tree, Misread> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the expression is nested too deep"));
        }
        let first = self.level(0)?;
        let tree = if self.skip("?:")? {
            Tree::Otherwise(Box::new((first, self.expression()?)))
        } else if self.skip("?")? {
            let second = self.expression()?;
            self.must(":")?;
            Tree::Choice(Box::new((first, second, self.expression()?)))
        } else {
            first
        };
        self.depth -= 1;
        Ok(tree)
    }

    /// Operators of one level, from the left.
    fn level(&mut self, level: usize) -> Result<Tree, Misread> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        let mut count = 0;
        loop {
            if level == RELATIONS && self.is_word("matches") {
                self.take()?;
                let right = self.level(level + 1)?;
                left = self.matches(left, right)?;
            } else if let Some(operator) = self.operator(operators) {
                if self.word.blanks != (true, true) {
                    return Err(self.error("an operator has a blank before it and behind it"));
                }
                self.take()?;
                left = Tree::Binary(operator, Box::new((left, self.level(level + 1)?)));
            } else {
                return Ok(left);
            }
            count += 1;
            if count > MAX_CHAIN {
                return Err(self.error("the expression has too many operators in a row"));
            }
        }
    }

    fn operator(&self, operators: &[(&str, Operator)]) -> Option<Operator> {
        let found = operators.iter().find(|(name, _)| match &self.word.word {
            Word::Symbol(symbol) => symbol == name,
            Word::Name(word) => word.eq_ignore_ascii_case(name),
            _ => false,
        });
        found.map(|(_, operator)| *operator)
    }

    fn is_word(&self, name: &str) -> bool {
        matches!(&self.word.word, Word::Name(word) if word.eq_ignore_ascii_case(name))
    }

    fn matches(&self, left: Tree, right: Tree) -> Result<Tree, Misread> {
        let read = match &right {
            Tree::Literal(Value::String(text)) => Some(Pattern::read_whole(text).map_err(|why| self.error(why.0))?),
            _ => None,
        };
        Ok(Tree::Matches(Box::new((left, right)), read))
    }

    fn unary(&mut self) -> Result<Tree, Misread> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the expression is nested too deep"));
        }
        let tree = if self.is_word("not") || self.is("!") {
            self.take()?;
            Tree::Not(Box::new(self.unary()?))
        } else if self.skip("-")? {
            Tree::Negative(Box::new(self.unary()?))
        } else {
            self.postfix()?
        };
        self.depth -= 1;
        Ok(tree)
    }

    /// A value, and what is taken of it.
    fn postfix(&mut self) -> Result<Tree, Misread> {
        let mut tree = self.start()?;
        let mut count = 0;
        loop {
            let of = Box::new(tree);
            tree = if self.skip(".")? {
                match self.take()? {
                    Word::Name(name) => Tree::Property(of, name),
                    _ => return Err(self.error("the name of a property is expected")),
                }
            } else if self.skip("[")? {
                Tree::Index(of, Box::new(self.closed("]")?))
            } else if self.skip(".![")? {
                Tree::Project(of, Box::new(self.closed("]")?))
            } else if let Some(which) = self.selection()? {
                Tree::Select(of, which, Box::new(self.closed("]")?))
            } else if self.is("?.") {
                return Err(self.error("?. is not in the language: what is not there is null by itself"));
            } else {
                return Ok(*of);
            };
            count += 1;
            if count > MAX_CHAIN {
                return Err(self.error("the expression has too many parts in a row"));
            }
        }
    }

    fn selection(&mut self) -> Result<Option<Selection>, Misread> {
        for (symbol, which) in [(".?[", Selection::All), (".^[", Selection::First), (".$[", Selection::Last)] {
            if self.skip(symbol)? {
                return Ok(Some(which));
            }
        }
        Ok(None)
    }

    fn closed(&mut self, by: &str) -> Result<Tree, Misread> {
        let tree = self.expression()?;
        self.must(by)?;
        Ok(tree)
    }

    fn start(&mut self) -> Result<Tree, Misread> {
        let begin = self.word.begin;
        match self.take()? {
            Word::Integer(value) => Ok(Tree::Literal(value.into())),
            Word::Real(value) => Ok(Tree::Literal(value.into())),
            Word::Text(text) => Ok(Tree::Literal(text.into())),
            Word::Symbol("(") => self.closed(")"),
            Word::Symbol("{") => self.braces(),
            Word::Variable(name) => self.variable(&name, begin),
            Word::Name(name) => self.named(name),
            Word::Symbol(_) | Word::End => Err(Misread { position: begin, what: "a value is expected".into() }),
        }
    }

    fn named(&mut self, name: String) -> Result<Tree, Misread> {
        match name.as_str() {
            "true" => Ok(Tree::Literal(true.into())),
            "false" => Ok(Tree::Literal(false.into())),
            "null" => Ok(Tree::Literal(Value::Null)),
            "new" => self.array(),
            _ if self.is("(") => Err(self.error("methods are not in the language: a function begins with #")),
            _ => Ok(Tree::Name(name)),
        }
    }

    /// `#root`, `#this`, or a function of a library.
    fn variable(&mut self, name: &str, begin: usize) -> Result<Tree, Misread> {
        match name {
            "root" => return Ok(Tree::Root),
            "this" => return Ok(Tree::This),
            _ if function::is_library(name) => {}
            _ => return Err(Misread { position: begin, what: "there is no such variable".into() }),
        }
        self.must(".")?;
        let Word::Name(called) = self.take()? else {
            return Err(self.error("the name of a function is expected"));
        };
        let Some(function) = function::find(name, &called) else {
            return Err(Misread { position: begin, what: format!("there is no function #{name}.{called}") });
        };
        self.must("(")?;
        let given = self.items(")")?;
        if !function.takes.contains(&given.len()) {
            return Err(Misread { position: begin, what: format!("#{name}.{called} is given too much or too little") });
        }
        let read = match function.pattern.and_then(|at| given.get(at)) {
            Some(Tree::Literal(Value::String(text))) => Some(Pattern::read(text)),
            _ => None,
        };
        let read = read.transpose().map_err(|why| Misread { position: begin, what: why.0.into() })?;
        Ok(Tree::Call(function, given, read))
    }

    /// Expressions with commas between them, up to `end`.
    fn items(&mut self, end: &str) -> Result<Vec<Tree>, Misread> {
        let mut items = Vec::new();
        if self.skip(end)? {
            return Ok(items);
        }
        loop {
            items.push(self.expression()?);
            if self.skip(end)? {
                return Ok(items);
            }
            self.must(",")?;
        }
    }

    /// A list, or an object where its first value has a colon behind it; `{:}` is an empty one.
    fn braces(&mut self) -> Result<Tree, Misread> {
        if self.skip(":")? {
            self.must("}")?;
            return Ok(Tree::Map(Vec::new()));
        }
        if self.skip("}")? {
            return Ok(Tree::List(Vec::new()));
        }
        let first = self.expression()?;
        if !self.skip(":")? {
            let mut items = vec![first];
            if !self.skip("}")? {
                self.must(",")?;
                items.extend(self.items("}")?);
            }
            return Ok(Tree::List(items));
        }
        let mut members = vec![(key(first), self.expression()?)];
        while !self.skip("}")? {
            self.must(",")?;
            let name = key(self.expression()?);
            self.must(":")?;
            members.push((name, self.expression()?));
        }
        Ok(Tree::Map(members))
    }

    /// `new int[] {1, 2}` or `new int[4]`, of the types that Java calls primitive.
    fn array(&mut self) -> Result<Tree, Misread> {
        let empty = match self.take()? {
            Word::Name(name) => match name.as_str() {
                "byte" | "short" | "int" | "long" => Value::from(0),
                "float" | "double" => Value::from(0.0),
                "char" => Value::from("\0"),
                "boolean" => Value::from(false),
                _ => return Err(self.error("there are no arrays of this type")),
            },
            _ => return Err(self.error("a type is expected")),
        };
        self.must("[")?;
        if self.skip("]")? {
            self.must("{")?;
            return Ok(Tree::List(self.items("}")?));
        }
        let mut value = empty;
        loop {
            let Word::Integer(length) = self.take()? else { return Err(self.error("a length is expected")) };
            self.must("]")?;
            let length = usize::try_from(length).ok().filter(|length| *length <= MAX_ARRAY);
            let length = length.ok_or_else(|| self.error("the array is too long"))?;
            value = Value::Array(vec![value; length]);
            if !matches!(&value, Value::Array(items) if !items.iter().any(Value::is_array)) || !self.skip("[")? {
                return Ok(Tree::Literal(value));
            }
        }
    }
}

/// A bare name is the key itself.
fn key(tree: Tree) -> Tree {
    match tree {
        Tree::Name(name) => Tree::Literal(name.into()),
        other => other,
    }
}

/// The longest array, in each of its two directions, that is made with a length.
const MAX_ARRAY: usize = 32;
/// So many operators, or parts of one value, follow each other at most: each is a level of the tree.
const MAX_CHAIN: usize = 64;
