/**
 * Packs what would be published and uses it as a stranger would: installed from tarballs, far from this workspace.
 *
 * Why it exists: sources work here through the `source` condition, siblings resolve undeclared, and files are there that
 * nobody packs. None of that holds for the people who install a package. Needs `npm run build` before.
 *
 *     node scripts/check-publish.ts
 */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

interface Packed {
  readonly name: string
  readonly tarball: string
  readonly files: readonly string[]
  /** What an importer may name: `@countersign/guard`, `@countersign/guard/express`. */
  readonly entries: readonly string[]
}

const root = join(import.meta.dirname, '..')
const unwanted = /\.(test|fixture)\.|\.tsbuildinfo$|^(src|vectors|\.compile-cache)\//
const wanted = ['package.json', 'LICENSE', 'README.md']

const temporary = mkdtempSync(join(tmpdir(), 'countersign-publish-'))
try {
  const homes = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const packages = homes.filter((home) => existsSync(join(home, 'package.json'))).map(pack)
  const mistakes = packages.flatMap(checkFiles)
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'))
  for (const each of packages) {
    runTool('publint/src/cli.js', ['run', each.tarball, '--strict'])
    if (each.entries.length > 0) runTool('@arethetypeswrong/cli/dist/index.js', [each.tarball, '--profile', 'esm-only'])
  }
  const consumer = install(packages)
  importAll(consumer, packages)
  // The first start makes keys and fills the compile cache, as it does once on every machine.
  await startServer(consumer)
  const startMs = await startServer(consumer)
  runDemo(consumer)
  console.log(`${packages.length} packages can be published; the command starts in ${startMs} ms`)
} finally {
  rmSync(temporary, { recursive: true })
}

function pack(home: string): Packed {
  const answer = execFileSync('npm', ['pack', '--json', '--pack-destination', temporary], { cwd: home })
  const [packed] = JSON.parse(answer.toString()) as { name: string; filename: string; files: { path: string }[] }[]
  if (packed === undefined) throw new Error(`npm packed nothing in ${home}`)
  const { exports = {} } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { readonly exports?: object }
  return {
    name: packed.name,
    tarball: join(temporary, packed.filename),
    files: packed.files.map((file) => file.path),
    entries: Object.keys(exports).map((subpath) => packed.name + subpath.slice(1)),
  }
}

function checkFiles({ name, files }: Packed): string[] {
  const missing = wanted.filter((file) => !files.includes(file))
  const extra = files.filter((file) => unwanted.test(file))
  return [
    ...missing.map((file) => `${name} would be published without ${file}`),
    ...extra.map((file) => `${name} would be published with ${file}`),
  ]
}

function runTool(path: string, args: readonly string[]): void {
  execFileSync(process.execPath, [join(root, 'node_modules', path), ...args], { stdio: 'inherit' })
}

/** A project of somebody else that depends on all packages. */
function install(packages: readonly Packed[]): string {
  const consumer = mkdtempSync(join(temporary, 'consumer-'))
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  // No package of ours needs an install script, and none may come to need one unnoticed.
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund']
  execFileSync('npm', ['install', ...flags, ...packages.map((each) => each.tarball)], {
    cwd: consumer,
    stdio: 'inherit',
  })
  return consumer
}

function importAll(consumer: string, packages: readonly Packed[]): void {
  // Adapters import types only, so they load without their framework.
  const lines = packages.flatMap((each) => each.entries).map((entry) => `await import('${entry}')`)
  writeFileSync(join(consumer, 'import-all.js'), lines.join('\n'))
  execFileSync(process.execPath, ['import-all.js'], { cwd: consumer, stdio: 'inherit' })
}

/** The whole story on what was installed: what the bundle loads late is loaded, and must be there. */
function runDemo(consumer: string): void {
  const bin = join(consumer, 'node_modules/countersign/bin/countersign.js')
  execFileSync(process.execPath, [bin, 'demo'], { cwd: consumer, stdio: 'inherit' })
}

/** Starts the installed command, waits until it serves, asks whether it lives, and stops it. Answers its start in ms. */
async function startServer(consumer: string): Promise<number> {
  const bin = join(consumer, 'node_modules/countersign/bin/countersign.js')
  const started = performance.now()
  const server = spawn(process.execPath, [bin, 'serve', '--dev', '--port', '0'], {
    cwd: consumer,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    for await (const line of createInterface(server.stdout)) {
      const url = /listening on (\S+)/.exec(line)?.[1]
      if (url === undefined) continue
      const answer = await fetch(`${url}/health/live`)
      if (!answer.ok) throw new Error(`the installed command answers ${answer.status} to /health/live`)
      return Math.round(performance.now() - started)
    }
    throw new Error('the installed command ended before it served')
  } finally {
    server.kill()
    await once(server, 'exit')
  }
}
