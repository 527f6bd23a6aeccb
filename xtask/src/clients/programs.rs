//! The programs by name: what each needs and how it is called.

use super::{
    GO_PACKAGES, JAVA_PACKAGES, MCP_PACKAGE, NODE_PACKAGES, OAUTH2_PROXY, PYTHON_PACKAGES, Program, SPRING_PACKAGES,
};
use crate::packages::{BOOT_3, BOOT_4, GO, NODE};
use crate::tools::{APACHE, OPENSSL};

/// One after another: what they ask for shows on the front page, which one of them looks at.
pub(super) const PROGRAMS: [Program; 21] = [
    Program {
        name: "exchange: curl",
        needs: &["curl", PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "sh", "curl/exchange.sh"],
    },
    Program {
        name: "exchange: raw HTTP",
        needs: &[PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "python3", "raw/exchange.py", "http"],
    },
    Program {
        name: "exchange: C# RestSharp's bytes",
        needs: &[PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "python3", "raw/exchange.py", "csharp"],
    },
    Program {
        name: "exchange: Swift URLSession's bytes",
        needs: &[PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "python3", "raw/exchange.py", "swift"],
    },
    Program {
        name: "exchange: Go net/http",
        needs: &[GO, GO_PACKAGES, PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "GO/exchange"],
    },
    Program {
        name: "exchange: Java OkHttp",
        needs: &["Java and Maven", JAVA_PACKAGES, PYTHON_PACKAGES],
        words: &[
            "PYTHON",
            "exchanges.py",
            "java",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            "CLASSPATH",
            "java/Exchange.java",
        ],
    },
    Program {
        name: "exchange: jQuery in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium", PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "node", "node/jquery.mjs"],
    },
    Program {
        name: "exchange: NodeJS request",
        needs: &[NODE, NODE_PACKAGES, PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "node", "--no-deprecation", "node/request.mjs"],
    },
    Program {
        name: "exchange: Python requests",
        needs: &[PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "PYTHON", "python/exchange.py"],
    },
    Program {
        name: "exchange: PHP",
        needs: &["PHP", PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "php", "php/exchange.php"],
    },
    Program {
        name: "exchange: Ruby",
        needs: &["Ruby", PYTHON_PACKAGES],
        words: &["PYTHON", "exchanges.py", "ruby", "ruby/exchange.rb"],
    },
    Program {
        name: "hosted pages in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/pages.mjs"],
    },
    Program {
        name: "chains, cookies, tabs and popups in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/chains.mjs"],
    },
    Program {
        name: "the frame that watches the session in Chromium",
        needs: &[NODE, NODE_PACKAGES, "Chromium"],
        words: &["node", "node/session.mjs"],
    },
    Program { name: "openid-client", needs: &[NODE, NODE_PACKAGES], words: &["node", "node/openid-client.mjs"] },
    Program { name: "oauth4webapi", needs: &[NODE, NODE_PACKAGES], words: &["node", "node/oauth4webapi.mjs"] },
    Program { name: "Authlib", needs: &[PYTHON_PACKAGES], words: &["PYTHON", "python/authlib_walk.py"] },
    Program { name: "jose", needs: &[NODE, NODE_PACKAGES], words: &["node", "node/jose.mjs"] },
    Program { name: "joserfc", needs: &[PYTHON_PACKAGES], words: &["PYTHON", "python/joserfc_both.py"] },
    Program { name: "Go x/oauth2 and go-oidc", needs: &[GO, GO_PACKAGES], words: &["GO/walk"] },
    Program { name: "Ping's Go SDKs, every object", needs: &[GO, GO_PACKAGES], words: &["GO/ping"] },
];

/// Other people's applications, beside each other: each registers its own and signs on a person of its own.
pub(super) const APPLICATIONS: [Program; 23] = [
    spring("Spring Boot 4.1 on both layouts", &["PYTHON", "sites/spring.py", BOOT_4]),
    spring("Spring Boot 3.5 on both layouts", &["PYTHON", "sites/spring.py", BOOT_3]),
    in_chromium("@forgerock/javascript-sdk in Chromium", &["node", "node/ping-javascript-sdk.mjs"]),
    in_chromium("@forgerock/oidc-client in Chromium", &["node", "node/ping-oidc-client.mjs"]),
    Program {
        name: "@azure/msal-browser in Chromium, over TLS",
        needs: &[NODE, NODE_PACKAGES, "Chromium", OPENSSL],
        words: &["node", "node/secure.mjs", "node/msal-browser.mjs"],
    },
    in_chromium("Auth.js, visited with Chromium", &["node", "node/authjs.mjs"]),
    Program {
        name: "oauth2-proxy",
        needs: &[GO, OAUTH2_PROXY],
        words: &["python3", "sites/oauth2_proxy.py", "GO/oauth2-proxy"],
    },
    Program {
        name: "Apache with mod_auth_openidc",
        needs: &[APACHE],
        words: &["python3", "sites/mod_auth_openidc.py", "APACHE", "APACHE_MODULES"],
    },
    Program {
        name: "curl with a client certificate",
        needs: &["curl", OPENSSL],
        words: &["python3", "curl/certificate.py"],
    },
    Program {
        name: "openid-client with every method",
        needs: &[NODE, NODE_PACKAGES, PYTHON_PACKAGES, OPENSSL],
        words: &["PYTHON", "methods.py", "node", "node/openid-client-methods.mjs"],
    },
    Program {
        name: "oauth4webapi with every method",
        needs: &[NODE, NODE_PACKAGES, PYTHON_PACKAGES, OPENSSL],
        words: &["PYTHON", "methods.py", "node", "node/oauth4webapi-methods.mjs"],
    },
    Program {
        name: "Authlib with every method",
        needs: &[PYTHON_PACKAGES, OPENSSL],
        words: &["PYTHON", "methods.py", "PYTHON", "python/authlib_methods.py"],
    },
    Program {
        name: "Go x/oauth2 with every method",
        needs: &[GO, GO_PACKAGES, PYTHON_PACKAGES, OPENSSL],
        words: &["PYTHON", "methods.py", "GO/methods"],
    },
    Program {
        name: "Nimbus with every method",
        needs: &["Java and Maven", JAVA_PACKAGES, PYTHON_PACKAGES, OPENSSL],
        words: &[
            "PYTHON",
            "methods.py",
            "java",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            "CLASSPATH",
            "java/Methods.java",
        ],
    },
    Program {
        name: "curl: every request of the reference",
        needs: &["curl", "jq", OPENSSL],
        words: &["python3", "curl/reference.py"],
    },
    Program { name: "openapi-spec-validator", needs: &[PYTHON_PACKAGES], words: &["PYTHON", "python/openapi.py"] },
    Program {
        name: "newman: a collection for Postman",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "--no-deprecation", "node/newman.mjs", "grantor"],
    },
    Program {
        name: "newman: PingOne's workflow library",
        needs: &[NODE, NODE_PACKAGES],
        words: &["node", "--no-deprecation", "node/newman.mjs", "library"],
    },
    Program {
        name: "newman: PingOne's five workflows",
        needs: &[NODE, NODE_PACKAGES, OPENSSL],
        words: &["node", "--no-deprecation", "node/newman.mjs", "workflows"],
    },
    of_mcp(
        "MCP SDK: @modelcontextprotocol/client",
        &["python3", "mcp/published.py", "node", "node/mcp.mjs", "@modelcontextprotocol/client"],
    ),
    of_mcp(
        "MCP SDK: @modelcontextprotocol/sdk",
        &["python3", "mcp/published.py", "node", "node/mcp.mjs", "@modelcontextprotocol/sdk"],
    ),
    Program {
        name: "MCP SDK: mcp",
        needs: &[PYTHON_PACKAGES, OPENSSL],
        words: &["python3", "mcp/published.py", "PYTHON", "python/mcp_client.py"],
    },
    MCP_SUITE,
];

/// By itself with `cargo xtask mcp`.
pub(crate) const MCP_SUITE: Program = Program {
    name: "MCP conformance: authorization",
    needs: &[NODE, MCP_PACKAGE],
    words: &["python3", "mcp/conformance.py", "MCP"],
};

/// A client in JavaScript, whose document can be fetched.
const fn of_mcp(name: &'static str, words: &'static [&'static str]) -> Program {
    Program { name, needs: &[NODE, NODE_PACKAGES, OPENSSL], words }
}

const fn spring(name: &'static str, words: &'static [&'static str]) -> Program {
    Program { name, needs: &["Java and Maven", SPRING_PACKAGES, PYTHON_PACKAGES], words }
}

const fn in_chromium(name: &'static str, words: &'static [&'static str]) -> Program {
    Program { name, needs: &[NODE, NODE_PACKAGES, "Chromium"], words }
}
