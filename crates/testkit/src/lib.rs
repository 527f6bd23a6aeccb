//! Test actors: an app with a fake world, and clients that drive it over HTTP.
