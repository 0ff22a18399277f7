/** `npm run bench [tokens|jwe|guard|replay|server]`: measures the hot paths beside their peers and their limits. */

const benches: Readonly<Record<string, () => Promise<{ readonly bench: () => Promise<readonly string[]> }>>> = {
  tokens: () => import('./tokens.ts'),
  jwe: () => import('./jwe.ts'),
  guard: () => import('./guard.ts'),
  replay: () => import('./replay-store.ts'),
  server: () => import('./server.ts'),
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => benches[name] === undefined)
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}

console.log(`Node ${process.version} on ${process.platform} ${process.arch}. Ratios hold elsewhere; speeds do not.`)
const missed: string[] = []
for (const [name, load] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  missed.push(...(await (await load()).bench()))
}
console.log(missed.length === 0 ? '\nEvery goal reached.' : `\nMissed:\n  ${missed.join('\n  ')}`)
process.exitCode = missed.length === 0 ? 0 : 1
