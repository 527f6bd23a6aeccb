// The sign-on that the JavaScript walks share: a browser without scripts, run as a program of its own.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const redirectUri = 'http://localhost:3000/callback';
export const issuer = new URL(`${process.env.authPath}/${process.env.envID}/as`);

/** Follows an authorization request through the hosted pages; the URL that the redirect URI would have received. */
export function signOn(url) {
  const program = fileURLToPath(new URL('../sign_on.py', import.meta.url));
  const printed = execFileSync(process.env.PYTHON ?? 'python3', [program, url.href, redirectUri], { encoding: 'utf8' });
  return new URL(printed.trim());
}
