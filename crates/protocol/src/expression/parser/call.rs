//! Reads a variable, or the call of a function and what it is given.

use serde_json::Value;

use super::{Made, Parser, misread};
use crate::expression::Misread;
use crate::expression::crypto;
use crate::expression::date_pattern::DatePattern;
use crate::expression::format::is_format;
use crate::expression::function::{self, Function, Kind};
use crate::expression::lexer::Word;
use crate::expression::pattern::Pattern;
use crate::expression::tree::{Patterns, Tree};

impl Parser<'_> {
    /// `#root`, `#this`, or a function of a library.
    pub(super) fn variable(&mut self, name: &str, begin: usize) -> Result<Made, Misread> {
        match name {
            "root" => return Ok(Made::leaf(Tree::Root(begin))),
            "this" => return Ok(Made::leaf(Tree::This(begin))),
            _ => {}
        }
        let Some(functions) = function::library(name) else {
            return Err(Misread { position: begin, what: format!("there is no variable #{name}") });
        };
        self.must(".")?;
        let Word::Name(called) = self.take()? else {
            return Err(self.error("the name of a function is expected"));
        };
        let Some(function) = functions.iter().find(|function| function.name == called) else {
            return Err(Misread { position: begin, what: format!("there is no function #{name}.{called}") });
        };
        self.must("(")?;
        let (given, places) = self.items(")")?;
        if !function.admits(given.len()) {
            let what = format!("#{name}.{called} takes ({}), and is given {}", function.signature(), given.len());
            return Err(Misread { position: begin, what });
        }
        let read = self.constants(function, &given, &places)?;
        self.above_all(given, |given| Tree::Call(function, Box::new((given, read))))
    }

    /// What is written as a text and must be a pattern is one; the regular expressions among them are read for good.
    fn constants(&mut self, function: &Function, given: &[Made], places: &[usize]) -> Result<Patterns, Misread> {
        let mut read = Vec::new();
        for (at, (made, place)) in given.iter().zip(places).enumerate() {
            let Tree::Literal(Value::String(text)) = &made.tree else { continue };
            let sound = match function.kind(at) {
                Kind::Regex => self.pattern(*place, text, Pattern::read).map(|pattern| read.push((at, pattern))),
                Kind::WholeRegex => {
                    self.pattern(*place, text, Pattern::read_whole).map(|pattern| read.push((at, pattern)))
                }
                Kind::DatePattern => DatePattern::read(text).map(drop).map_err(|why| misread(*place, why)),
                Kind::Format => is_format(text).map_err(|why| misread(*place, why)),
                Kind::Algorithm => crypto::algorithm(text).map(drop).map_err(|why| misread(*place, why)),
                Kind::Text | Kind::Whole | Kind::Number | Kind::List | Kind::Value => Ok(()),
            };
            sound?;
        }
        Ok(read)
    }
}
