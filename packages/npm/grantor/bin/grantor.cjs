#!/bin/sh
':' //; exec node -- "$0" "$@"
// Runs the program of this platform with the same words, signals and status. The line above is for the shell: without `--` Node.js
// takes an `--env-file` among the words for its own, and ends where that file is not there yet (nodejs/node issue 54232).
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const { program } = require('../lib/program.cjs');

let child;
try {
  child = spawn(program(), process.argv.slice(2), { stdio: 'inherit' });
} catch (error) {
  console.error(`grantor: ${error.message}`);
  process.exit(1);
}
// A terminal tells the child as well: it ends by itself then, and this one with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
// npx ends at a signal and passes none on: whoever ended it would leave a server behind that holds its port.
if (process.env.npm_command === 'exec') {
  const begun = process.ppid;
  setInterval(() => process.ppid === begun || child.kill('SIGTERM'), 250).unref();
}
child.on('error', (error) => {
  console.error(`grantor: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
