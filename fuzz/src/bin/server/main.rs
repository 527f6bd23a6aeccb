//! What `engine` and `web` read.
#![no_main]

grantor_fuzz::targets! {
    accept_language
    any_request
    cache_control
    certificate_files
    database_url
    form_post
    forwarded
    hosts
    http1_framing
    http2_frames
    password_hash
    recorder
    request_headers
    site_cookies
    url_path
}
