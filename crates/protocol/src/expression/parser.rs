//! Reads an expression by recursive descent over its words.

mod call;

use serde_json::Value;

use super::lexer::{Placed, Word, next};
use super::operator::{LEVELS, Operator, RELATIONS};
use super::pattern::{MAX_LOOKS, Pattern};
use super::tree::{Primitive, Selection, Tree};
use super::{Failed, Misread};

/// So deep may an expression be nested while it is read, operators and parentheses together.
const MAX_DEPTH: usize = 40;
/// So many levels has a tree at most, whatever made them: whoever works it out goes down each.
const MAX_HEIGHT: usize = 200;
/// So many patterns are written at most in all expressions of a text: each is compiled, and kept as long as the text is.
const MAX_PATTERNS: usize = 8;

/// The expression that begins at `at` of `text` and ends with the `}` that is not its own; and where the text goes on. `patterns` are
/// those that were written before it, and then also its own.
pub(super) fn parse(text: &str, at: usize, patterns: &mut Written) -> Result<(Tree, usize), Misread> {
    let mut parser = Parser { text, word: next(text, at)?, depth: 0, patterns };
    let made = parser.expression()?;
    match parser.word.word {
        Word::Symbol("}") => Ok((made.tree, parser.word.end)),
        Word::End => Err(parser.error("the expression has no end: } is missing")),
        _ => Err(parser.error("an operator or the end of the expression is expected")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// The next word.
    word: Placed,
    depth: usize,
    patterns: &'a mut Written,
}

/// The patterns that are written in a text.
#[derive(Default)]
pub(super) struct Written {
    patterns: usize,
    /// Their parts that look around or back.
    looks: usize,
}

/// What was read, and how many levels it has.
struct Made {
    tree: Tree,
    height: usize,
}

impl Made {
    /// One that has nothing below it.
    const fn leaf(tree: Tree) -> Self {
        Self { tree, height: 1 }
    }
}

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

    /// One level more, above what is so high.
    fn above<const N: usize>(&self, below: [usize; N], tree: Tree) -> Result<Made, Misread> {
        let height = below.into_iter().fold(0, usize::max) + 1;
        if height > MAX_HEIGHT {
            return Err(self.error("the expression is nested too deep, or has too many operators or parts in a row"));
        }
        Ok(Made { tree, height })
    }

    /// The same above any number of them.
    fn above_all(&self, items: Vec<Made>, make: impl FnOnce(Vec<Tree>) -> Tree) -> Result<Made, Misread> {
        let highest = items.iter().map(|item| item.height).fold(0, usize::max);
        self.above([highest], make(items.into_iter().map(|item| item.tree).collect()))
    }

    /// A pattern that is written at `position` is read with the expression.
    fn pattern(
        &mut self,
        position: usize,
        text: &str,
        read: fn(&str) -> Result<Pattern, Failed>,
    ) -> Result<Pattern, Misread> {
        self.patterns.patterns += 1;
        if self.patterns.patterns > MAX_PATTERNS {
            return Err(Misread { position, what: format!("there are more than {MAX_PATTERNS} patterns in the text") });
        }
        let pattern = read(text).map_err(|why| misread(position, why))?;
        self.patterns.looks += pattern.looks;
        if self.patterns.looks > MAX_LOOKS {
            let what =
                format!("the patterns in the text look around, or back, in more than {MAX_LOOKS} of their parts");
            return Err(Misread { position, what });
        }
        Ok(pattern)
    }

    /// `a`, `a ? b : c` or `a ?: b`.
    fn expression(&mut self) -> Result<Made, Misread> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the expression is nested too deep"));
        }
        let first = self.level(0)?;
        let made = if self.skip("?:")? {
            let second = self.expression()?;
            self.above([first.height, second.height], Tree::Otherwise(Box::new((first.tree, second.tree))))?
        } else if self.skip("?")? {
            let second = self.expression()?;
            self.must(":")?;
            let third = self.expression()?;
            let heights = [first.height, second.height, third.height];
            self.above(heights, Tree::Choice(Box::new((first.tree, second.tree, third.tree))))?
        } else {
            first
        };
        self.depth -= 1;
        Ok(made)
    }

    /// Operators of one level, from the left.
    fn level(&mut self, level: usize) -> Result<Made, Misread> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        loop {
            if level == RELATIONS && self.is_word("matches") {
                self.take()?;
                let begin = self.word.begin;
                let right = self.level(level + 1)?;
                left = self.matches(left, right, begin)?;
            } else if let Some(operator) = self.operator(operators) {
                if self.word.blanks != (true, true) {
                    return Err(self.error("an operator has a blank before it and behind it"));
                }
                self.take()?;
                let right = self.level(level + 1)?;
                let heights = [left.height, right.height];
                left = self.above(heights, Tree::Binary(operator, Box::new((left.tree, right.tree))))?;
            } else {
                return Ok(left);
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

    fn matches(&mut self, left: Made, right: Made, begin: usize) -> Result<Made, Misread> {
        let read = match &right.tree {
            Tree::Literal(Value::String(text)) => Some(self.pattern(begin, text, Pattern::read_whole)?),
            _ => None,
        };
        self.above([left.height, right.height], Tree::Matches(Box::new((left.tree, right.tree)), read))
    }

    fn unary(&mut self) -> Result<Made, Misread> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("the expression is nested too deep"));
        }
        let made = if self.is_word("not") || self.is("!") {
            self.take()?;
            let of = self.unary()?;
            self.above([of.height], Tree::Not(Box::new(of.tree)))?
        } else if self.skip("-")? {
            let of = self.unary()?;
            self.above([of.height], Tree::Negative(Box::new(of.tree)))?
        } else {
            self.postfix()?
        };
        self.depth -= 1;
        Ok(made)
    }

    /// A value, and what is taken of it.
    fn postfix(&mut self) -> Result<Made, Misread> {
        let mut made = self.start()?;
        loop {
            let (of, height) = (Box::new(made.tree), made.height);
            made = if self.skip(".")? {
                match self.take()? {
                    Word::Name(name) => self.above([height], Tree::Property(of, name))?,
                    _ => return Err(self.error("the name of a property is expected")),
                }
            } else if self.skip("[")? {
                let at = self.closed("]")?;
                self.above([height, at.height], Tree::Index(of, Box::new(at.tree)))?
            } else if self.skip(".![")? {
                let each = self.closed("]")?;
                self.above([height, each.height], Tree::Project(of, Box::new(each.tree)))?
            } else if let Some(which) = self.selection()? {
                let each = self.closed("]")?;
                self.above([height, each.height], Tree::Select(of, which, Box::new(each.tree)))?
            } else if self.is("?.") {
                return Err(self.error("?. is not in the language: what is not there is null by itself"));
            } else {
                return Ok(Made { tree: *of, height });
            };
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

    fn closed(&mut self, by: &str) -> Result<Made, Misread> {
        let made = self.expression()?;
        self.must(by)?;
        Ok(made)
    }

    fn start(&mut self) -> Result<Made, Misread> {
        let begin = self.word.begin;
        match self.take()? {
            Word::Integer(value) => Ok(Made::leaf(Tree::Literal(value.into()))),
            Word::Real(value) => Ok(Made::leaf(Tree::Literal(value.into()))),
            Word::Text(text) => Ok(Made::leaf(Tree::Literal(text.into()))),
            Word::Symbol("(") => self.closed(")"),
            Word::Symbol("{") => self.braces(),
            Word::Variable(name) => self.variable(&name, begin),
            Word::Name(name) => self.named(name, begin),
            Word::Symbol(_) | Word::End => Err(Misread { position: begin, what: "a value is expected".into() }),
        }
    }

    fn named(&mut self, name: String, begin: usize) -> Result<Made, Misread> {
        match name.as_str() {
            "true" => Ok(Made::leaf(Tree::Literal(true.into()))),
            "false" => Ok(Made::leaf(Tree::Literal(false.into()))),
            "null" => Ok(Made::leaf(Tree::Literal(Value::Null))),
            "new" => self.array(),
            _ if self.is("(") => Err(self.error("methods are not in the language: a function begins with #")),
            _ => Ok(Made::leaf(Tree::Name(name, begin))),
        }
    }

    /// Expressions with commas between them, up to `end`, and where each begins.
    fn items(&mut self, end: &str) -> Result<(Vec<Made>, Vec<usize>), Misread> {
        let (mut items, mut places) = (Vec::new(), Vec::new());
        if self.skip(end)? {
            return Ok((items, places));
        }
        loop {
            places.push(self.word.begin);
            items.push(self.expression()?);
            if self.skip(end)? {
                return Ok((items, places));
            }
            self.must(",")?;
        }
    }

    /// A list, or an object where its first value has a colon behind it; `{:}` is an empty one.
    fn braces(&mut self) -> Result<Made, Misread> {
        if self.skip(":")? {
            self.must("}")?;
            return Ok(Made::leaf(Tree::Map(Vec::new())));
        }
        if self.skip("}")? {
            return Ok(Made::leaf(Tree::List(Vec::new())));
        }
        let first = self.expression()?;
        if !self.skip(":")? {
            let mut items = vec![first];
            if !self.skip("}")? {
                self.must(",")?;
                items.extend(self.items("}")?.0);
            }
            return self.above_all(items, Tree::List);
        }
        let value = self.expression()?;
        let mut highest = first.height.max(value.height);
        let mut members = vec![(key(first.tree), value.tree)];
        while !self.skip("}")? {
            self.must(",")?;
            let name = self.expression()?;
            self.must(":")?;
            let value = self.expression()?;
            highest = highest.max(name.height).max(value.height);
            members.push((key(name.tree), value.tree));
        }
        self.above([highest], Tree::Map(members))
    }

    /// `new int[] {1, 2}` or `new int[4]`, of the types that Java calls primitive.
    fn array(&mut self) -> Result<Made, Misread> {
        let Word::Name(name) = self.take()? else { return Err(self.error("a type is expected")) };
        let Some(of) = Primitive::named(&name) else { return Err(self.error("there are no arrays of this type")) };
        self.must("[")?;
        if self.skip("]")? {
            self.must("{")?;
            let (items, _) = self.items("}")?;
            return self.above_all(items, |items| Tree::Array(of, items));
        }
        let mut value = of.empty();
        loop {
            let Word::Integer(length) = self.take()? else { return Err(self.error("a length is expected")) };
            self.must("]")?;
            let length = usize::try_from(length).ok().filter(|length| *length <= MAX_ARRAY);
            let length = length.ok_or_else(|| self.error("the array is too long"))?;
            value = Value::Array(vec![value; length]);
            if !matches!(&value, Value::Array(items) if !items.iter().any(Value::is_array)) || !self.skip("[")? {
                return Ok(Made::leaf(Tree::Literal(value)));
            }
        }
    }
}

fn misread(position: usize, why: Failed) -> Misread {
    Misread { position, what: why.0.into() }
}

/// A bare name is the key itself.
fn key(tree: Tree) -> Tree {
    match tree {
        Tree::Name(name, _) => Tree::Literal(name.into()),
        other => other,
    }
}

/// The longest array, in each of its two directions, that is made with a length.
const MAX_ARRAY: usize = 32;
