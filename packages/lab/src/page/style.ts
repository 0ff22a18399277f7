/**
 * How the page looks: light and dark, on a phone and on a desk.
 */

export const pageStyle: string = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1d2530, #e3e8ee); --quiet: light-dark(#4f5a68, #a5b0bd);
  --ground: light-dark(#f6f6f3, #12161c); --sheet: light-dark(#ffffff, #1a2028); --well: light-dark(#f1f2f0, #12171d);
  --line: light-dark(#dcdfe2, #303945); --strong-line: light-dark(#828c99, #6d7886);
  --accent: light-dark(#1f5a96, #8fc1f5); --on-accent: light-dark(#ffffff, #0d1620);
  --blocked: light-dark(#1c6434, #83d6a0); --blocked-ground: light-dark(#e3f2e7, #17301f);
  --open: light-dark(#a3301b, #ffab97); --open-ground: light-dark(#fbe7e1, #3d1e17);
  --mono: ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
.top, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
.top { padding-top: 3rem; padding-bottom: 1rem; }
main { display: grid; gap: 3rem; padding-top: 1rem; }
main > section { min-width: 0; }
footer { padding-top: 3rem; padding-bottom: 3rem; color: var(--quiet); font-size: .9rem; }
h1, h2, h3, p, ul, ol, dl, dd, pre { margin: 0; }
h1 { font-size: clamp(1.9rem, 5vw, 2.9rem); line-height: 1.1; letter-spacing: -.02em; text-wrap: balance; }
h2 { font-size: 1.5rem; line-height: 1.2; letter-spacing: -.01em; }
h3 { font-size: 1.05rem; line-height: 1.3; }
.brand { margin-bottom: .5rem; color: var(--quiet); font-size: .9rem; letter-spacing: .04em; }
.lead { max-width: 42rem; margin-top: 1rem; color: var(--quiet); font-size: 1.1rem; }
.quiet, .progress, .tries, .address { color: var(--quiet); }
.notice { margin-top: 1rem; padding: .75rem 1rem; border-left: 4px solid var(--open); background: var(--open-ground); }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--accent); color: var(--on-accent); }
.skip:focus { top: .5rem; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
section:focus { outline: none; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .4rem 1.1rem; border: 0; border-radius: .5rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button[aria-disabled=true] { background: var(--line); color: var(--quiet); cursor: progress; }
.heading { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; margin-bottom: .35rem; }
.progress { min-height: 1.55em; font-size: .95rem; }
code, pre, .name, .attack-name, .bytes { font-family: var(--mono); }
code, pre { font-size: .85rem; }
pre { padding: .5rem .75rem; border-radius: .375rem; background: var(--well); white-space: pre-wrap; overflow-wrap: anywhere; }

.ladder { display: grid; gap: .5rem; margin-top: 1rem; padding: 0; list-style: none; }
.ladder li { border-left: 4px solid var(--accent); background: var(--sheet); border-radius: 0 .5rem .5rem 0; padding: .75rem 1rem; box-shadow: inset 0 0 0 1px var(--line); }
.ladder a { display: block; color: inherit; text-decoration: none; }
.ladder a:hover .name { text-decoration: underline; }
.ladder .number { float: right; color: var(--quiet); font-variant-numeric: tabular-nums; }
.ladder .name { display: block; font-size: 1.05rem; }
.ladder .idea { color: var(--quiet); }
.tally { display: block; min-height: 1.5em; margin-top: .25rem; font-size: .9rem; font-weight: 600; }
@media (min-width: 62rem) {
  .ladder { grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); align-items: end; gap: .75rem; }
  .ladder li { display: flex; flex-direction: column; justify-content: space-between; min-height: 9rem; border-left: 0; border-top: 4px solid var(--accent); border-radius: 0 0 .5rem .5rem; }
  .ladder li:nth-child(2) { min-height: 10.75rem; } .ladder li:nth-child(3) { min-height: 12.5rem; } .ladder li:nth-child(4) { min-height: 14.25rem; }
  .ladder li:nth-child(5) { min-height: 16rem; } .ladder li:nth-child(6) { min-height: 17.75rem; }
}

.mark { display: inline-flex; align-items: center; gap: .35em; white-space: nowrap; font-weight: 600; }
caption .mark { vertical-align: bottom; }
.icon { flex: none; width: 1em; height: 1em; } .icon .tick, .tick { stroke: var(--sheet); }
.mark[data-outcome=succeeded] { color: var(--open); } .mark[data-outcome=blocked] { color: var(--blocked); }
.mark[data-outcome=not-applicable] { color: var(--quiet); font-weight: 400; }
.broken { margin-left: .5em; padding: 0 .35em; border: 2px solid var(--open); border-radius: .25rem; font-size: .85em; }

.wide { overflow-x: auto; margin-top: .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--sheet); }
table { width: 100%; border-collapse: collapse; font-size: .95rem; }
caption { padding: .75rem 1rem; text-align: left; color: var(--quiet); font-size: .9rem; }
th, td { padding: .4rem .6rem; border-top: 1px solid var(--line); text-align: left; vertical-align: middle; }
thead th { font-size: .9rem; } tbody th { font-weight: 400; } th:first-child { padding-left: 1rem; }
tbody th .tries { display: block; font-size: .85rem; line-height: 1.35; } .attack-name { font-size: .9rem; }
td { width: 11%; font-size: .875rem; }
td:has([data-outcome=succeeded]) { background: var(--open-ground); } td:has([data-outcome=blocked]) { background: var(--blocked-ground); }
td + td { border-left: 1px solid var(--line); } td:first-of-type { border-left: 1px solid var(--line); }
td [data-outcome=not-applicable] .word { font-size: .85em; }
.not-yet { color: var(--quiet); }

.system { padding-top: 2rem; border-top: 1px solid var(--line); }
.system > header { display: flex; gap: 1rem; align-items: flex-start; margin-bottom: 1.25rem; }
.system > header .number { flex: none; width: 3rem; height: 3rem; border-radius: 50%; border: 2px solid var(--accent); color: var(--accent); font-size: 1.4rem; font-weight: 600; line-height: 2.75rem; text-align: center; }
.system h2 { font-family: var(--mono); } .system .idea { font-size: 1.1rem; } .address { font-size: .9rem; overflow-wrap: anywhere; }
.columns { display: grid; gap: 1rem; }
@media (min-width: 62rem) { .columns { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; } }
.sheet { min-width: 0; padding: 1rem 1.25rem 1.25rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--sheet); }
.sheet + .sheet { margin-top: 1rem; } .sheet h3 + ul { margin-top: .5rem; padding-left: 1.2rem; } .sheet h3 + ul li { padding: .15rem 0; }
.closed-by { color: var(--quiet); white-space: nowrap; } .closed-by::before { content: '→ '; } .closed-by a { font-family: var(--mono); font-size: .9em; }

.flow { margin-top: .75rem; }
.sequence { display: block; max-width: 100%; }
.lifeline { stroke: var(--strong-line); stroke-dasharray: 3 4; } .person { fill: var(--well); stroke: var(--strong-line); }
.sequence .name { fill: var(--text); font-size: 13px; } .sequence .note { fill: var(--text); font: 600 13px system-ui, sans-serif; }
.sequence .bytes { fill: var(--text); font-size: 12px; white-space: pre; } .answered .bytes { fill: var(--quiet); }
.arrow { stroke: var(--accent); stroke-width: 1.75; } .arrow.answer { stroke-dasharray: 6 4; } .head { fill: var(--accent); }
.fresh { animation: appear .35s ease-out both; } .fresh.answered { animation-delay: .25s; }
@keyframes appear { from { opacity: 0; } }
@media (prefers-reduced-motion: reduce) { .fresh { animation: none; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }

details > summary { cursor: pointer; }
.full { margin-top: .75rem; } .full > summary { color: var(--accent); padding: .35rem 0; } .full dl { font-size: .9rem; }
.full dt { margin-top: .5rem; font-family: var(--mono); } .full dd { color: var(--quiet); }
.attacks { margin-top: .5rem; padding: 0; list-style: none; }
.attacks li { border-top: 1px solid var(--line); } .attacks li:first-child { border-top: 0; }
.attacks summary { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: 0 .5rem; padding: .5rem 0; list-style: none; }
.attacks summary::-webkit-details-marker { display: none; }
.attacks summary .mark { font-size: .9rem; grid-row: span 2; align-self: start; margin-top: .1rem; }
.attacks summary .attack-name::after { content: ' +'; color: var(--accent); } .attacks [open] > summary .attack-name::after { content: ' −'; }
.attacks summary .tries { grid-column: 2; font-size: .9rem; line-height: 1.35; }
.attacks details > p { margin: .25rem 0; font-size: .9rem; overflow-wrap: anywhere; }
.box { max-height: 26rem; overflow-y: auto; margin-bottom: .75rem; padding: 0 .75rem; border: 1px solid var(--line); border-radius: .375rem; }
.box .messages { margin: 0; } .box li:first-child { border-top: 0; }
.messages { margin: .5rem 0 1rem; padding: 0; list-style: none; font-size: .9rem; }
.messages li { padding: .5rem 0; border-top: 1px dashed var(--line); } .messages pre { margin: .15rem 0 .4rem; }

@media (max-width: 48rem) {
  .top { padding-top: 2rem; }
  .sheet { padding: .85rem .9rem 1rem; }
  table .tries { display: none !important; }
  thead th { vertical-align: bottom; padding: .5rem .25rem; } thead th:first-child { padding-left: .75rem; }
  thead th + th > a { writing-mode: vertical-rl; transform: rotate(180deg); }
  th, td { padding: .45rem .25rem; } tbody th { padding-left: .75rem; } .attack-name { font-size: .8rem; }
  td { width: 2.4rem; text-align: center; font-size: 1rem; }
  td .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  thead th { text-align: center; } thead th:first-child { text-align: left; }
}
@media (forced-colors: active) { .mark, .icon { forced-color-adjust: auto; } .lifeline, .arrow { stroke: CanvasText; } .head { fill: CanvasText; } }
`
