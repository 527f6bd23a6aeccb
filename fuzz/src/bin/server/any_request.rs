//! The whole server, from its edge to its database, for any request at all: never a 5xx (`testkit` asserts that of every answer),
//! always the protective headers and a number, and no text of the request unescaped in a page. The input is method and
//! target, lines of fields, an empty line, and the body; `{env}`, `{app}` and the like stand for ids and tokens that are right.

use std::cell::RefCell;

use engine::bootstrap::dev;
use http::{HeaderName, HeaderValue, Method};
use protocol::scope::Scope;
use testkit::{Request, SANDBOX, TestApp, resource};
use tokio::runtime::{Builder, Runtime};

pub fn check(input: &[u8]) {
    SERVER.with_borrow_mut(|server| {
        let current = server.take().filter(|server| server.left > 0);
        let mut current = current.unwrap_or_else(Server::start);
        current.left -= 1;
        if let Some(request) = current.request(input) {
            current.runtime.block_on(current.asks(request));
        }
        *server = Some(current);
    });
}

struct Server {
    runtime: Runtime,
    app: TestApp,
    token: String,
    /// For `/dev/mcp/{env}`.
    mcp: String,
    /// Requests until another takes its place, so that what they leave in its database stays small.
    left: u32,
}

impl Server {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (app, token, mcp) = runtime.block_on(async {
            let app = TestApp::inside().await;
            let credentials = (dev::ADMIN_APPLICATION, dev::ADMIN_SECRET);
            let path = format!("/{}/as/token", dev::ADMIN_ENVIRONMENT);
            let token =
                app.encoded_basic(&path, credentials, "grant_type=client_credentials").await.text_of("access_token");
            let mcp = of_mcp(&app).await;
            (app, token, mcp)
        });
        Self { runtime, app, token, mcp, left: 2_000 }
    }

    fn request(&self, input: &[u8]) -> Option<Request> {
        let end = input.windows(2).position(|pair| pair == b"\n\n").unwrap_or(input.len());
        let (head, body) = (str::from_utf8(&input[..end]).ok()?, input.get(end + 2..).unwrap_or_default());
        let head = self.filled(head);
        let mut lines = head.split('\n');
        let (method, target) = lines.next()?.split_once(' ')?;
        let method: Method = method.parse().ok()?;
        target.parse::<http::Uri>().ok().filter(|_| target.starts_with('/'))?;
        let mut request = Request::new(method, target);
        for line in lines.take(40) {
            let (name, value) = line.split_once(':')?;
            let name: HeaderName = name.parse().ok()?;
            request = request.header(name, value.trim().parse::<HeaderValue>().ok()?);
        }
        let body = str::from_utf8(body).map_or_else(|_| body.to_vec(), |text| self.filled(text).into_bytes());
        Some(request.body(body))
    }

    fn filled(&self, text: &str) -> String {
        let known = [
            ("{env}", dev::ENVIRONMENT.to_string()),
            ("{worker}", dev::ADMIN_ENVIRONMENT.to_string()),
            ("{token}", self.token.clone()),
            ("{mcp}", self.mcp.clone()),
        ];
        known.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, &value))
    }

    async fn asks(&self, request: Request) {
        let answer = self.app.send(request).await;
        assert!(!answer.correlation().is_empty());
        for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")] {
            assert_eq!(answer.header(name), value);
        }
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(!answer.header("cache-control").is_empty());
        let page = answer.header("content-type").starts_with("text/html");
        assert!(!page || !answer.text.contains("<x-fuzz"), "an element of the request");
    }
}

/// A person's token for the MCP server of the sandbox, whose resource this registers.
async fn of_mcp(app: &TestApp) -> String {
    let address = format!("{}/dev/mcp/{SANDBOX}", app.app.config.public_url);
    app.furnish(resource(app, 0xb1, &address, &["mcp:tools", "mcp:other"])).await;
    let code = app.code(|code| {
        code.authorization.scope = Scope::parse("mcp:tools").expect("a scope");
        code.authorization.resource = vec![address];
    });
    app.exchange(&code.await).await.text_of("access_token")
}

thread_local! {
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}
