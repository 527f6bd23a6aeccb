//! The samples of the seed documents, run as they stand with their placeholders filled, where the documents are at hand.
//!
//! The documents belong to their authors and are not part of this project: they are looked for in a folder `seeds` of a
//! neighbour of the workspace. A sample gets around it only what its language needs to run at all.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::clients::{JAVA_PACKAGES, NODE_PACKAGES, PYTHON_PACKAGES, Setting};
use crate::dev::DOCUMENTED_PORT;
use crate::packages::{GO, NODE};
use crate::process::{folder, printed};
use crate::steps::{Run, Tally};

/// A fenced block of a document: its language and its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sample {
    language: String,
    text: String,
}

/// Runs every sample of both documents; each whose answer holds counts as one passed test.
pub(crate) fn run_all(run: &mut Run, setting: &Setting) -> Result<Tally> {
    let Some(exchange) = document(setting.root, "pingone-exchange-code-for-token.md") else {
        run.not_run("samples of the seed documents", "the documents are not beside the project");
        return Ok(Tally::default());
    };
    let text = std::fs::read_to_string(exchange)?;
    for sample in blocks(&text).into_iter().filter(|sample| sample.text.contains("/as/token")) {
        if sample.language == "none" {
            continue;
        }
        let name = format!("sample: {}", title(&sample));
        if let Some(need) = setting.lacks(needs(&sample)) {
            run.missing(&name, need);
            continue;
        }
        match exchange_with(setting, &sample).and_then(|answer| holds(setting, &name, &answer, &[])) {
            Ok(()) => run.pass(&name),
            Err(error) => run.fail(&name, &format!("{error:#}")),
        }
    }
    service_token(run, setting)?;
    Ok(Tally::default())
}

/// The other document's request has no placeholder: it names its server's address itself.
fn service_token(run: &mut Run, setting: &Setting) -> Result<()> {
    let name = "sample: ms-auth-server curl";
    let path = document(setting.root, "ms-auth-server-client-secret-post.md").context("the second document")?;
    let text = std::fs::read_to_string(path)?;
    let sample = blocks(&text).into_iter().find(|sample| sample.text.contains("curl")).context("no curl in it")?;
    let mut script = sample.text;
    if setting.dev.port != DOCUMENTED_PORT {
        println!("port {DOCUMENTED_PORT} is taken: {name} runs with port {} instead", setting.dev.port);
        script = script.replace(&format!("localhost:{DOCUMENTED_PORT}"), &format!("localhost:{}", setting.dev.port));
    }
    let answer = printed(setting.command("bash").arg("-c").arg(script));
    match answer.and_then(|answer| holds(setting, name, &answer, &["client_credentials"])) {
        Ok(()) => run.pass(name),
        Err(error) => run.fail(name, &format!("{error:#}")),
    }
    Ok(())
}

fn document(root: &Path, name: &str) -> Option<PathBuf> {
    let neighbours = std::fs::read_dir(root.parent()?).ok()?;
    neighbours.filter_map(Result::ok).map(|entry| entry.path().join("seeds").join(name)).find(|path| path.is_file())
}

fn blocks(text: &str) -> Vec<Sample> {
    let mut found = Vec::new();
    let mut open: Option<Sample> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(language), None) => open = Some(Sample { language: language.trim().to_owned(), text: String::new() }),
            (Some(_), Some(sample)) => found.push(sample),
            (None, Some(mut sample)) => {
                sample.text.push_str(line);
                sample.text.push('\n');
                open = Some(sample);
            }
            (None, None) => {}
        }
    }
    found
}

fn is_jquery(sample: &Sample) -> bool {
    sample.text.contains("$.ajax")
}

fn title(sample: &Sample) -> &str {
    match sample.language.as_str() {
        "shell" => "cURL",
        "csharp" => "C# (the same bytes over a socket)",
        "golang" => "Go",
        "http" => "HTTP",
        "java" => "Java OkHttp",
        "javascript" if is_jquery(sample) => "jQuery in Chromium",
        "javascript" => "NodeJS request",
        "python" => "Python requests",
        "php" => "PHP HTTP_Request2",
        "ruby" => "Ruby Net::HTTP",
        "swift" => "Swift (the same bytes over a socket)",
        other => other,
    }
}

fn needs(sample: &Sample) -> &'static [&'static str] {
    match sample.language.as_str() {
        "shell" => &["curl"],
        "golang" => &[GO],
        "java" => &["Java and Maven", JAVA_PACKAGES],
        "javascript" if is_jquery(sample) => &[NODE, NODE_PACKAGES, "Chromium"],
        "javascript" => &[NODE, NODE_PACKAGES],
        "python" => &[PYTHON_PACKAGES],
        "php" => &["PHP"],
        "ruby" => &["Ruby"],
        _ => &[],
    }
}

/// Runs one sample with a fresh code and gives what it printed.
fn exchange_with(setting: &Setting, sample: &Sample) -> Result<String> {
    let code = setting.dev.code(setting.root)?;
    let text = filled(setting, &sample.text, &code)?;
    let scratch = folder(&setting.root.join("target/clients/samples"))?;
    let written = |name: &str, text: &str| -> Result<PathBuf> {
        let path = scratch.join(name);
        std::fs::write(&path, text)?;
        Ok(path)
    };
    let mut command = match sample.language.as_str() {
        "shell" => with(setting.command("bash"), &[], written("sample.sh", &text)?),
        "golang" => with(setting.command("go"), &["run"], written("sample.go", &text)?),
        "java" => {
            let classes = format!("{}/*", setting.packages.java.display());
            with(setting.command("java"), &["-cp", &classes], written("Sample.java", &java_class(&text))?)
        }
        "javascript" if is_jquery(sample) => {
            let host = setting.root.join("clients/node/jquery.mjs").display().to_string();
            with(setting.command("node"), &[&host], written("jquery.js", &text)?)
        }
        "javascript" => with(setting.command("node"), &["--no-deprecation"], written("sample.cjs", &text)?),
        "python" => with(setting.command(&setting.packages.python), &[], written("sample.py", &text)?),
        "php" => {
            let library = format!("include_path=.:/usr/share/php:{}", setting.root.join("clients/php").display());
            with(setting.command("php"), &["-d", &library], written("sample.php", &text)?)
        }
        "ruby" => with(setting.command("ruby"), &[], written("sample.rb", &text)?),
        "http" => return sent(setting, &http_request(setting, &text)?),
        "csharp" => return sent(setting, &form_request(setting, CSHARP_HEAD, &csharp_form(&text))?),
        "swift" => return sent(setting, &form_request(setting, SWIFT_HEAD, &swift_form(&text)?)?),
        other => bail!("a sample in {other} is new here"),
    };
    printed(&mut command)
}

fn with(mut command: Command, arguments: &[&str], file: PathBuf) -> Command {
    command.args(arguments).arg(file);
    command
}

/// Placeholders as written, and as they look once percent-encoded.
fn filled(setting: &Setting, text: &str, code: &str) -> Result<String> {
    let mut text = text.to_owned();
    for name in ["authPath", "envID", "sharedWebAppID", "sharedWebAppSecret", "postAuthCode"] {
        let value = if name == "postAuthCode" { code } else { setting.dev.variable(name)? };
        text = text.replace(&format!("{{{{{name}}}}}"), value);
        text = text.replace(&format!("%7B%7B{name}%7D%7D"), &encoded(value));
    }
    ensure!(!text.contains("{{") && !text.contains("%7B%7B"), "a placeholder is left:\n{text}");
    Ok(text)
}

/// A Java statement list needs a class, its imports, and a line that prints what it fetched.
fn java_class(statements: &str) -> String {
    format!(
        "import okhttp3.*;\npublic final class Sample {{\npublic static void main(String[] arguments) throws Exception {{\n\
         {statements}\nSystem.out.println(response.body().string());\nSystem.exit(0);\n}}\n}}\n"
    )
}

/// The document's raw request. Two things it cannot have as written: a `Host` is an authority, not a URL, and a body
/// on a socket needs its length (RFC 9112 §3.2, §6.2).
fn http_request(setting: &Setting, text: &str) -> Result<String> {
    let (head, body) = text.split_once("\n\n").context("a head and a body")?;
    let origin = setting.dev.variable("authPath")?;
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let head = head.replace(&format!("Host: {origin}"), &format!("Host: {authority}")).replace('\n', "\r\n");
    let body = body.trim_end();
    Ok(format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()))
}

/// The request of a client that cannot run here, with the header lines that its library sends.
fn form_request(setting: &Setting, head: &str, form: &str) -> Result<String> {
    let origin = setting.dev.variable("authPath")?;
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let environment = setting.dev.variable("envID")?;
    Ok(format!(
        "POST /{environment}/as/token HTTP/1.1\r\nHost: {authority}\r\n{head}Content-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    ))
}

/// `request.AddParameter("name", "value");` of each line, encoded as a form.
fn csharp_form(text: &str) -> String {
    let lines = text.lines().filter(|line| line.contains("AddParameter("));
    let pairs = lines.filter_map(|line| {
        let mut quoted = line.split('"').skip(1).step_by(2);
        Some(format!("{}={}", encoded(quoted.next()?), encoded(quoted.next()?)))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// The string that the Swift sample sends as its body.
fn swift_form(text: &str) -> Result<String> {
    let line = text.lines().find(|line| line.contains("let parameters")).context("no parameters in it")?;
    Ok(line.split('"').nth(1).context("no quoted text in it")?.to_owned())
}

/// RFC 3986 §2.3: everything but the unreserved characters is escaped.
fn encoded(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(escape).collect()
}

/// Writes the bytes to the server and gives the body of its answer.
fn sent(setting: &Setting, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", setting.dev.port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer has a head")?;
    ensure!(head.starts_with("HTTP/1.1 200 "), "{answer}");
    Ok(body.to_owned())
}

/// The checker verifies the tokens with the published keys.
fn holds(setting: &Setting, name: &str, answer: &str, more: &[&str]) -> Result<()> {
    let mut command = setting.command(&setting.packages.python);
    command.arg(setting.root.join("clients/check.py")).arg(name).args(more);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("standard input was asked for")?.write_all(answer.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

const CSHARP_HEAD: &str = "Accept: application/json, text/json, text/x-json, text/javascript, application/xml, text/xml\r\n\
                           User-Agent: RestSharp/112.1.0.0\r\nAccept-Encoding: gzip, deflate, br\r\n";
const SWIFT_HEAD: &str = "Accept: */*\r\nAccept-Language: en-GB,en;q=0.9\r\nAccept-Encoding: gzip, deflate\r\n\
                          User-Agent: exchange/1 CFNetwork/1568.100.1 Darwin/24.0.0\r\n";

#[cfg(test)]
mod tests {
    use super::{Sample, blocks, csharp_form, encoded};

    #[test]
    fn reads_fenced_blocks() {
        let expected = Sample { language: "shell".to_owned(), text: "curl x\n".to_owned() };
        assert_eq!(blocks("text\n```shell\ncurl x\n```\nmore"), [expected]);
    }

    #[test]
    fn encodes_what_a_form_must() {
        assert_eq!(encoded("http://localhost:3000/a b"), "http%3A%2F%2Flocalhost%3A3000%2Fa%20b");
        assert_eq!(
            csharp_form("request.AddParameter(\"a\", \"b c\");\nrequest.AddParameter(\"d\", \"e\");"),
            "a=b%20c&d=e"
        );
    }
}
