//! What the mappings of custom resources put into an access token that is for them.

use super::{Attribute, Made, ResourceMappings, Sources, bounded, named};
use crate::authorization::Reach;
use crate::expression::Effort;
use crate::model::{Resource, ResourceType, Scopes};
use crate::refusal::Refused;

/// The claims of an access token with this reach. Where two of its resources have a claim of one name, the first one's is told; and
/// `sub` is the first one's that maps it. An application's own token is about nobody (`somebody` is false): it has no `sub` of a
/// mapping.
///
/// # Errors
/// `sub` is mapped to what the person does not have.
pub fn access(scopes: &Scopes, reach: &Reach, somebody: bool, sources: &Sources) -> Result<Made, Refused> {
    let ResourceMappings { custom, subs, .. } = &scopes.mappings;
    let (mut made, mut effort) = (Made::default(), Effort::default());
    for resource in reach.audience.iter().filter_map(|audience| registered(scopes, audience)) {
        let sub = subs.iter().find(|(of, _)| somebody && *of == resource.id);
        if let (None, Some((_, worth))) = (&made.sub, sub) {
            made.sub = Some(named(worth, sources, &mut effort)?);
        }
        for attribute in custom.iter().filter(|attribute| attribute.resource == resource.id) {
            let Attribute { name, worth, .. } = attribute;
            let told = made.claims.iter().any(|(known, _)| known == name);
            if told || !scopes.mappings.is_opened(attribute, &reach.scope) {
                continue;
            }
            let value = worth.as_ref().and_then(|worth| worth.of(sources, &mut effort));
            made.claims.extend(value.map(|value| (name.clone(), value)));
        }
    }
    bounded(&mut made, &[])?;
    Ok(made)
}

fn registered<'a>(scopes: &'a Scopes, audience: &str) -> Option<&'a Resource> {
    scopes.resources.iter().find(|resource| resource.kind == ResourceType::Custom && resource.audience() == audience)
}
