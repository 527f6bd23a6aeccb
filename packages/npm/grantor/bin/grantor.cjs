#!/usr/bin/env node
// Runs the program of this platform with the same words, signals and status.
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
child.on('error', (error) => {
  console.error(`grantor: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
