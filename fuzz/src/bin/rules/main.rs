//! What `jose` and `protocol` read.
#![no_main]

grantor_fuzz::targets! {
    authorization_request
    base64url
    basic_header
    authorization_details
    claims_parameter
    certificate
    client_assertion
    client_credentials
    client_document
    client_metadata
    compact_jws
    cookies
    dpop_proof
    form_params
    id
    id_token_hint
    jwk
    jwks
    jws_claims
    managed_object
    origin
    outgoing_url
    pkce
    redirect_uri
    resource_indicator
    request_object
    scim_filter
    scope
    strict_json
    time
    token_request
    told
    user_name
}
