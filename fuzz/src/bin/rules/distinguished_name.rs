//! `jose::DistinguishedName` of texts: what is drawn of a name is read as the same name, in any case and with any spaces; the parts have an
//! order.

use jose::DistinguishedName;

pub fn check(text: &str) {
    let Ok(name) = DistinguishedName::parse(text) else { return };
    assert_eq!(name, name.clone());
    let drawn = name.to_string();
    // Long octets are drawn for nobody.
    if drawn.contains("#…") || drawn.len() > 2_048 {
        return;
    }
    let again = DistinguishedName::parse(&drawn).expect("what is drawn can be read");
    assert_eq!(again, name, "{drawn}");
    assert_eq!(again.to_string(), drawn);
    let longer = format!("CN=x,{drawn}");
    if longer.len() <= 2_048 {
        assert_ne!(DistinguishedName::parse(&longer).expect("one more part"), name);
    }
}
