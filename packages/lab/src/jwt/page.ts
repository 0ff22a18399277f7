/**
 * The page of `jwt`: one document, with its style and its script inside, which the policy names by their hashes. What the
 * script does is `page-script.ts`'s concern.
 */

import { hash } from 'node:crypto'

import type { HttpAnswer } from '../wire/http-server.ts'
import { runPage } from './page-script.ts'

const style = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1d2530, #e3e8ee); --quiet: light-dark(#4d5866, #a9b4c1);
  --ground: light-dark(#f5f6f8, #12161c); --sheet: light-dark(#fff, #1b2129); --line: light-dark(#8791a0, #667180);
  --accent: light-dark(#1f5a96, #8fc1f5); --on-accent: light-dark(#fff, #0d1620);
  --done: light-dark(#14612f, #86d8a2); --refused: light-dark(#a32020, #ffa8a0);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; display: grid; gap: 1rem; }
h1 { margin: 0; font-size: 1.5rem; } h2 { margin: 0 0 .75rem; font-size: 1.1rem; } h3 { margin: .75rem 0 .25rem; font-size: 1rem; }
p { margin: 0; } .quiet { color: var(--quiet); }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
section { min-width: 0; padding: 1rem; background: var(--sheet); border: 1px solid light-dark(#dde1e7, #2c343f); border-radius: .5rem; }
section[hidden] { display: none; }
form { display: grid; gap: .75rem; } label { display: grid; gap: .25rem; }
input, button { font: inherit; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .375rem; }
input { width: 100%; background: var(--ground); color: inherit; }
button { background: var(--accent); border-color: var(--accent); color: var(--on-accent); cursor: pointer; justify-self: start; }
button.plain { background: none; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
ul { margin: 0 0 .75rem; padding-left: 1.25rem; } li { overflow-wrap: anywhere; }
#token-lifetime { margin-top: .25rem; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .75rem; }
code { display: block; padding: .5rem .75rem; background: var(--ground); border-radius: .375rem; overflow-wrap: anywhere; white-space: pre-wrap; }
[role=status] { position: sticky; top: 0; min-height: 2.5rem; padding: .5rem 0; background: var(--ground); color: var(--done); } [role=status][data-kind=refused] { color: var(--refused); }
`

const script = `(${runPage.toString()})()`

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>jwt: a token that says who, and until when</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<header>
<h1>jwt</h1>
<p class="quiet">A token that says who you are, and until when. The server keeps no session.</p>
</header>
<p id="status" role="status"></p>
<div class="pair">
<section aria-labelledby="register-title">
<h2 id="register-title">Register</h2>
<form id="register">
<label>Username <input name="username" required maxlength="64" autocomplete="off"></label>
<label>Password <input name="password" type="password" required maxlength="128" autocomplete="new-password"></label>
<button>Register</button>
</form>
</section>
<section aria-labelledby="login-title">
<h2 id="login-title">Log in</h2>
<form id="login">
<label>Username <input name="username" required autocomplete="username"></label>
<label>Password <input name="password" type="password" required autocomplete="current-password"></label>
<button>Log in</button>
</form>
</section>
</div>
<section id="phones" aria-labelledby="phones-title" hidden>
<h2 id="phones-title">Your phones</h2>
<ul id="phone-list" aria-labelledby="phones-title"></ul>
<p id="no-phones" class="quiet" hidden>None yet.</p>
<form id="add-phone">
<label>New phone <input name="phone" required maxlength="64" autocomplete="off" inputmode="tel"></label>
<button>Add phone</button>
</form>
<div class="row"><button id="get-phones" type="button" class="plain">Get phones</button></div>
</section>
<section id="token" aria-labelledby="token-title" hidden>
<h2 id="token-title">Your token, decoded</h2>
<p class="quiet">Anyone who sees the token can read it, and use it. It lies in this browser's local storage.</p>
<h3>Header</h3><code id="token-header"></code>
<h3>Payload</h3><code id="token-payload"></code>
<p id="token-lifetime"></p>
<h3>Signature</h3><code id="token-signature"></code>
<div class="row"><button id="log-out" type="button" class="plain">Log out</button></div>
</section>
</main>
<script>${script}</script>
</body>
</html>
`

const policy = [
  "default-src 'none'",
  `script-src 'sha256-${hash('sha256', script, 'base64')}'`,
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const pageAnswer: HttpAnswer = {
  status: 200,
  headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy },
  body: html,
}
