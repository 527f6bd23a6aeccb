//! The programs by name: what each needs and how it is called.

use super::{GO_PACKAGES, JAVA_PACKAGES, NODE_PACKAGES, OAUTH2_PROXY, PYTHON_PACKAGES, Program, SPRING_PACKAGES};
use crate::packages::{BOOT_3, BOOT_4, GO, NODE};
use crate::tools::{APACHE, OPENSSL};

/// One after another: what they ask for shows on the front page, which one of them looks at.
pub(super) const PROGRAMS: [Program; 19] = [
    Program { name: "exchange: curl", needs: &["curl"], words: &["sh", "curl/exchange.sh"], code: true },
    Program { name: "exchange: raw HTTP", needs: &[], words: &["python3", "raw/exchange.py", "http"], code: true },
    Program {
        name: "exchange: C# RestSharp's bytes",
        needs: &[],
        words: &["python3", "raw/exchange.py", "csharp"],
        code: true,
    },
    Program {
        name: "exchange: Swift URLSession's bytes",
        needs: &[],
        words: &["python3", "raw/exchange.py", "swift"],
        code: true,
    },
    Program { name: "exchange: Go net/http", needs: &[GO, GO_PACKAGES], words: &["GO/exchange"], code: true },
    Program {
        name: "exchange: Java OkHttp",
        needs: &["Java and Maven", JAVA_PACKAGES],
        words: &["java", "-cp", "CLASSPATH", "java/Exchange.java"],
        code: true,
    },
    Program {
        name: "exchange: jQuery in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/jquery.mjs"],
        code: true,
    },
    Program {
        name: "exchange: NodeJS request",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "--no-deprecation", "node/request.mjs"],
        code: true,
    },
    Program {
        name: "exchange: Python requests",
        needs: &[PYTHON_PACKAGES],
        words: &["PYTHON", "python/exchange.py"],
        code: true,
    },
    Program { name: "exchange: PHP", needs: &["PHP"], words: &["php", "php/exchange.php"], code: true },
    Program { name: "exchange: Ruby", needs: &["Ruby"], words: &["ruby", "ruby/exchange.rb"], code: true },
    Program {
        name: "hosted pages in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/pages.mjs"],
        code: false,
    },
    Program {
        name: "chains, cookies, tabs and popups in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/chains.mjs"],
        code: false,
    },
    Program {
        name: "openid-client",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "node/openid-client.mjs"],
        code: false,
    },
    Program {
        name: "oauth4webapi",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "node/oauth4webapi.mjs"],
        code: false,
    },
    Program { name: "Authlib", needs: &[PYTHON_PACKAGES], words: &["PYTHON", "python/authlib_walk.py"], code: false },
    Program { name: "jose", needs: &[NODE, NODE_PACKAGES], words: &["node", "node/jose.mjs"], code: false },
    Program { name: "joserfc", needs: &[PYTHON_PACKAGES], words: &["PYTHON", "python/joserfc_both.py"], code: false },
    Program { name: "Go x/oauth2 and go-oidc", needs: &[GO, GO_PACKAGES], words: &["GO/walk"], code: false },
];

/// Other people's applications, beside each other: each registers its own and signs on a person of its own.
pub(super) const APPLICATIONS: [Program; 10] = [
    spring("Spring Boot 4.1 on both layouts", &["python3", "sites/spring.py", BOOT_4]),
    spring("Spring Boot 3.5 on both layouts", &["python3", "sites/spring.py", BOOT_3]),
    in_chromium("@forgerock/javascript-sdk in Chromium", &["node", "node/ping-javascript-sdk.mjs"]),
    in_chromium("@forgerock/oidc-client in Chromium", &["node", "node/ping-oidc-client.mjs"]),
    Program {
        name: "@azure/msal-browser in Chromium, over TLS",
        needs: &[NODE, NODE_PACKAGES, "Chromium", OPENSSL],
        words: &["node", "node/secure.mjs", "node/msal-browser.mjs"],
        code: false,
    },
    in_chromium("Auth.js, visited with Chromium", &["node", "node/authjs.mjs"]),
    Program {
        name: "oauth2-proxy",
        needs: &[GO, OAUTH2_PROXY],
        words: &["python3", "sites/oauth2_proxy.py", "GO/oauth2-proxy"],
        code: false,
    },
    Program {
        name: "Apache with mod_auth_openidc",
        needs: &[APACHE],
        words: &["python3", "sites/mod_auth_openidc.py", "APACHE", "APACHE_MODULES"],
        code: false,
    },
    Program {
        name: "curl with a client certificate",
        needs: &["curl", OPENSSL],
        words: &["python3", "curl/certificate.py"],
        code: false,
    },
    Program { name: "newman", needs: &[NODE, NODE_PACKAGES], words: &["node", "node/newman.mjs"], code: false },
];

const fn spring(name: &'static str, words: &'static [&'static str]) -> Program {
    Program { name, needs: &["Java and Maven", SPRING_PACKAGES], words, code: false }
}

const fn in_chromium(name: &'static str, words: &'static [&'static str]) -> Program {
    Program { name, needs: &[NODE, NODE_PACKAGES, "Chromium"], words, code: false }
}
