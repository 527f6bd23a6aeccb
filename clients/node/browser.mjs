// One way to start the system's Chromium: headless, and without any request of the browser's own.

import { chromium } from 'playwright-core';

export function browser(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', // Chromium refuses to sandbox as root, which is what a test machine is.
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...more,
    ],
  });
}
