//! What the invariants remember of what was answered. The product keeps none of it: an invariant that trusted the store's own
//! rows could not find a store that forgets.

use crate::request::Word;

#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct History {
    /// How often each code was exchanged for tokens.
    pub(crate) redeemed: Vec<u8>,
    /// How each refresh token was answered.
    pub(crate) used: Vec<Used>,
    /// Which sessions somebody was told have ended: a bit each.
    pub(crate) over: u8,
    /// How many codes each flow gave.
    pub(crate) yielded: Vec<u8>,
    /// How many sessions each flow opened.
    pub(crate) opened: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, Hash)]
pub(crate) struct Used {
    pub(crate) times: u8,
    /// The number of the refresh token that came for it; another one than before counts as strayed.
    pub(crate) successor: Option<u8>,
    pub(crate) strayed: bool,
}

impl History {
    pub(crate) fn redeem(&mut self, code: Word) {
        *slot(&mut self.redeemed, code.number) += 1;
    }

    pub(crate) fn refresh(&mut self, token: Word, came: Option<Word>) {
        let used = slot(&mut self.used, token.number);
        used.times += 1;
        let came = came.map(|word| word.number);
        used.strayed |= used.times > 1 && used.successor != came;
        used.successor = came;
    }

    pub(crate) fn yields(&mut self, flow: u8) {
        *slot(&mut self.yielded, flow) += 1;
    }

    pub(crate) fn opens(&mut self, flow: u8) {
        *slot(&mut self.opened, flow) += 1;
    }

    pub(crate) fn redeemed(&self, code: Word) -> u8 {
        self.redeemed.get(usize::from(code.number)).copied().unwrap_or_default()
    }

    pub(crate) fn used(&self, token: Word) -> Used {
        self.used.get(usize::from(token.number)).copied().unwrap_or_default()
    }

    pub(crate) fn is_over(&self, session: usize) -> bool {
        self.over & (1 << session) != 0
    }
}

fn slot<T: Clone + Default>(all: &mut Vec<T>, number: u8) -> &mut T {
    let number = usize::from(number);
    if all.len() <= number {
        all.resize(number + 1, T::default());
    }
    &mut all[number]
}
