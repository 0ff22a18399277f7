/**
 * The document of the page: everything that is known before anything has run. The script fills in what happens.
 */

import { attackNames } from '../attacks/attack.ts'
import { attackedNames, systemNames } from '../attacks/promised.ts'
import type { AttackedName } from '../attacks/promised.ts'
import { attackTexts } from './attack-texts.ts'
import type { StartedSystem } from './running-lab.ts'

const productIdea = 'Countersign itself, in front of a small bank'

export function renderDocument(started: readonly StartedSystem[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The lab: five systems, one ladder</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
${icons}
<a class="skip" href="#ladder">Skip to the ladder</a>
<header class="top">
<p class="brand">Countersign</p>
<h1>Five systems, one ladder</h1>
<p class="lead">Five small servers run behind this page. Each proves who is talking in its own way, and each stops what the one
before let in. Watch a client talk to them, then attack them: what you see are the bytes that travelled.</p>
<noscript><p class="notice">This page needs its script to talk to the lab.</p></noscript>
<p id="connection" class="notice" hidden>The lab does not answer. Is <code>countersign lab</code> still running?</p>
</header>
<p id="announcement" class="unseen" role="status"></p>
<main>
<section id="ladder" aria-labelledby="ladder-title" tabindex="-1">
<h2 id="ladder-title">The ladder</h2>
<ol class="ladder">${started.map(({ system }, at) => renderRung(at + 1, system.name, system.idea)).join('')}
${renderRung(systemNames.length + 1, 'product', productIdea)}</ol>
</section>
${renderMatrix()}
${started.map(renderSystem).join('\n')}
${renderProduct()}
</main>
<footer><p>These servers are weak on purpose: each leaves open what the next one closes. They listen on this machine alone.</p></footer>
</body>
</html>
`
}

function renderRung(number: number, name: AttackedName, idea: string): string {
  return `<li><a href="#${name}"><span class="number" aria-hidden="true">${number}</span>
<b class="name">${name}</b> <span class="idea">${escape(idea)}</span></a>
<span class="tally" data-tally="${name}"></span></li>`
}

function renderMatrix(): string {
  const columns = attackedNames.map((name) => `<th scope="col"><a href="#${name}">${name}</a></th>`)
  const rows = attackNames.map((attack) => {
    const cells = attackedNames.map((name) => `<td data-cell="${name} ${attack}">${notYet}</td>`)
    return `<tr><th scope="row"><span class="attack-name">${attack}</span> <span class="tries">${escape(attackTexts[attack])}</span></th>${cells.join('')}</tr>`
  })
  return `<section id="matrix" aria-labelledby="matrix-title">
<div class="heading"><h2 id="matrix-title">Every attack, every system</h2>
<button type="button" data-run="attacks" data-system="all">Run every attack</button></div>
<p class="quiet">Each cell is measured: the attack is really made, on a server started for it. All of them together take about a minute.</p>
<p class="progress" id="matrix-progress"></p>
<div class="wide" role="region" aria-labelledby="matrix-caption" tabindex="0">
<table><caption id="matrix-caption">What gets in where: ${legend}</caption>
<thead><tr><th scope="col">Attack</th>${columns.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table>
</div>
</section>`
}

function renderSystem({ system, server, isElsewhere }: StartedSystem, at: number): string {
  const { name, idea, port, leavesOpen } = system
  const url = escape(server.url)
  const address = name === 'jwt' ? `<a href="${url}">${url}</a> (with a page of its own)` : `<code>${url}</code>`
  const open = leavesOpen.map(({ what, closedBy }) => {
    const link = closedBy && `<a href="#${closedBy}">${closedBy === 'product' ? 'the product' : closedBy}</a>`
    return `<li>${escape(what)} <span class="closed-by">${link ? `closed by ${link}` : 'nothing here closes it'}</span></li>`
  })
  return `<section id="${name}" class="system" aria-labelledby="${name}-title">
${renderHeader(name, at + 1, idea, `${address}${isElsewhere ? `, because port ${port} was taken` : ''}`)}
<div class="columns">
<div>
<div class="sheet">
<div class="heading"><h3>How it goes</h3>
<button type="button" data-run="client" data-system="${name}">Run client <span class="unseen">of ${name}</span></button></div>
<p class="progress" id="${name}-client-progress">A client and the server, as they should talk.</p>
<div class="flow" id="${name}-flow"></div>
<details class="full" id="${name}-full" hidden><summary>The same messages as text, in full</summary><div id="${name}-messages"></div></details>
<details class="full" id="${name}-said" hidden><summary>What the client says about it</summary><pre id="${name}-printed"></pre></details>
</div>
<div class="sheet"><h3>What it leaves open</h3><ul>${open.join('')}</ul></div>
</div>
${renderAttacks(name)}
</div>
</section>`
}

function renderProduct(): string {
  return `<section id="product" class="system" aria-labelledby="product-title">
${renderHeader('product', systemNames.length + 1, productIdea, 'It starts with the first attack, with people and an app, and with a bank for each.')}
<div class="columns">
<div class="sheet"><h3>What it leaves open</h3><ul>
<li>It speaks plain HTTP here, so that the attacker can listen. TLS keeps him from reading, and so from nearly all that gets in.</li>
<li>Requests that were held back may come in another order. What was stolen is useless: tokens are bound to the key of
whoever was given them.</li>
</ul></div>
${renderAttacks('product')}
</div>
</section>`
}

function renderHeader(name: AttackedName, number: number, idea: string, address: string): string {
  return `<header><p class="number" aria-hidden="true">${number}</p><div>
<h2 id="${name}-title">${name}</h2><p class="idea">${escape(idea)}</p>
<p class="address">${address}</p></div></header>`
}

function renderAttacks(name: AttackedName): string {
  return `<div class="sheet">
<div class="heading"><h3 id="${name}-attacks-title">How it is attacked</h3>
<button type="button" data-run="attacks" data-system="${name}">Attack <span class="unseen">${name}</span></button></div>
<p class="progress" id="${name}-attacks-progress">Each attack meets a server started for it.</p>
<ul class="attacks" id="${name}-attacks" aria-labelledby="${name}-attacks-title"></ul>
<details class="full" id="${name}-left-out" hidden><summary></summary><dl></dl></details>
</div>`
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

const notYet = '<span class="not-yet"><span aria-hidden="true">·</span><span class="unseen">not run yet</span></span>'

const legend = [
  ['succeeded', 'gets in'],
  ['blocked', 'blocked'],
  ['not-applicable', 'does not apply'],
]
  .map(
    ([outcome, word]) =>
      `<span class="mark" data-outcome="${outcome}"><svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><use href="#icon-${outcome}"/></svg> ${word}</span>`,
  )
  .join(', ')

/** Told apart by their form: a cross, a shield, a line. */
const icons = `<svg class="unseen" aria-hidden="true">
<symbol id="icon-succeeded" viewBox="0 0 16 16"><path d="M4 4l8 8M12 4l-8 8" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/></symbol>
<symbol id="icon-blocked" viewBox="0 0 16 16"><path d="M8 1l6 2.2v4.3c0 3.6-2.4 6.3-6 7.5-3.6-1.2-6-3.9-6-7.5V3.2z" fill="currentColor"/><path d="M5 7.9l2.2 2.2L11.2 6" fill="none" class="tick" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="icon-not-applicable" viewBox="0 0 16 16"><path d="M4.5 8h7" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></symbol>
</svg>`
