// Runs a program of this folder against a `grantor dev` of its own behind TLS, for libraries that refuse an issuer over http.
// Usage: GRANTOR=… node secure.mjs PROGRAM.mjs
//
// The certificate is made for the run, with OpenSSL; the program's variables are those of the server's environment file.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const scratch = mkdtempSync(join(tmpdir(), 'grantor-secure-'));
const environmentFile = join(scratch, 'dev.env');
const running = [];

try {
  const certificate = selfSigned();
  const front = createServer(certificate.pair);
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  running.push({ kill: () => front.close() });
  const origin = `https://localhost:${front.address().port}`;

  const { variables, port } = await server(origin);
  front.on('request', (asked, answer) => forward(port, asked, answer));
  const { file, key } = certificate;
  const own = { NODE_EXTRA_CA_CERTS: file, TLS_CERTIFICATE: file, TLS_KEY: key };
  process.exitCode = await program(process.argv[2], { ...variables, ...own });
} finally {
  running.forEach((each) => each.kill());
  rmSync(scratch, { recursive: true });
}

function selfSigned() {
  const [key, file] = [join(scratch, 'key.pem'), join(scratch, 'certificate.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...name];
  execFileSync('openssl', [...made, '-keyout', key, '-out', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  return { file, key, pair: { key: readFileSync(key), cert: readFileSync(file) } };
}

/** Starts the server on a port that the system chooses; its environment file is written before the port opens. */
async function server(origin) {
  const flags = ['--listen', '127.0.0.1:0', '--public-url', origin, '--env-file', environmentFile];
  const child = spawn(process.env.GRANTOR, ['dev', ...flags], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RUST_LOG: 'warn' } });
  running.push(child);
  const said = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (bytes) => {
      text += bytes;
      if (/\(127\.0\.0\.1:\d+/.test(text)) {
        resolve(text);
      }
    });
    child.on('exit', (status) => reject(new Error(`the server ended with ${status}: ${text}`)));
  });
  const port = Number(/\(127\.0\.0\.1:(\d+)/.exec(said)[1]);
  while (!existsSync(environmentFile)) {
    await setTimeout(20);
  }
  const lines = readFileSync(environmentFile, 'utf8').split('\n').filter((line) => /^\w+=/.test(line));
  const variables = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  return { variables, port };
}

function forward(port, asked, answer) {
  const { method, url: path, headers } = asked;
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (given) => {
    answer.writeHead(given.statusCode, given.rawHeaders);
    given.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  asked.pipe(onward);
}

async function program(name, variables) {
  const child = spawn(process.execPath, [name], { stdio: 'inherit', env: { ...process.env, ...variables } });
  running.push(child);
  const [status] = await once(child, 'exit');
  return status ?? 1;
}
