// The process: started at a free port, known by its env file, ended with this one.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { program } = require('./program.cjs');

/** A started `grantor dev`: `url`, `environment` (what its env file says), `end()`. */
async function start({ binary, args = [], seed, startTimeoutMs = 30_000 }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'grantor-'));
  try {
    return await started(folder, { binary, args, seed, startTimeoutMs });
  } finally {
    // All of it was read: by the server its seeds, here its variables.
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function started(folder, { binary, args, seed, startTimeoutMs }) {
  const [file, log] = [path.join(folder, 'env'), path.join(folder, 'log')];
  const words = ['dev', '--port', '0', '--until-stdin-ends', '--env-file', file, ...seeds(folder, seed), ...args];
  const found = program(binary);
  const output = fs.openSync(log, 'w');
  let child;
  try {
    child = spawn(found, words, { stdio: ['pipe', output, output] });
  } finally {
    fs.closeSync(output);
  }
  let failure;
  child.on('error', (error) => (failure = error.message));
  // Whoever forgets to close it is not kept from ending; and however this process ends, the other end of the pipe ends with it.
  child.unref();
  child.stdin.unref();
  child.stdin.on('error', () => {});
  const kill = () => child.kill('SIGKILL');
  const gone = () => child.exitCode !== null || child.signalCode !== null || failure !== undefined;
  const said = () => failure ?? (fs.readFileSync(log, 'utf8').trim() || 'it said nothing');
  const deadline = performance.now() + startTimeoutMs;
  let environment;
  while ((environment = written(file)) === undefined) {
    if (gone() || performance.now() > deadline) {
      kill();
      throw new Error(gone() ? `grantor dev did not start: ${said()}` : `grantor dev was not ready in ${startTimeoutMs} ms: ${said()}`);
    }
    await sleep(2);
  }
  const end = async () => {
    if (gone()) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.ref();
    child.kill('SIGTERM');
    const late = setTimeout(kill, 5_000);
    await ended;
    clearTimeout(late);
  };
  return { url: environment.authPath, environment, end };
}

/** A file of seeds as it is, an object as a file. */
function seeds(folder, seed) {
  const all = seed === undefined ? [] : [seed].flat();
  return all.flatMap((one, index) => {
    if (typeof one === 'string') return ['--seed', one];
    const file = path.join(folder, `seed-${index}.json`);
    fs.writeFileSync(file, JSON.stringify(one), { mode: 0o600 });
    return ['--seed', file];
  });
}

/** The variables, once all of them are written: the port is bound by then. */
function written(file) {
  let text;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  if (!text.endsWith('\n') || !text.includes('\nmsIssuer=')) return undefined;
  const lines = text.trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

module.exports = { start };
