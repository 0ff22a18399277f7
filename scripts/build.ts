/**
 * Builds what is published: each package's `dist`, and the command as a bundle.
 *
 * Why a bundle: a server that starts in a blink is restarted without fear. One file loads several times faster than the
 * hundreds that the packages are made of; native packages stay outside, because their binaries cannot be bundled.
 *
 *     node scripts/build.ts
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import type { Metafile, Plugin } from 'esbuild'

const root = join(import.meta.dirname, '..')
const command = join(root, 'packages/cli')

const native = ['better-sqlite3', '@node-rs/argon2']

/**
 * Importing a module of Node as an ES module reads all its exports, also those that are made when first read:
 * `import 'node:http'` loads all of fetch and WebSocket. That is 50 ms and 14 MiB, which asking for it by name saves.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    )
    bundler.onLoad({ filter: /./, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }))
  },
}

/**
 * Parts of Fastify that nothing here uses: compilers of JSON Schema, and injected requests, which tests use. Half of
 * the bundle, and memory at every start. Who comes to need one finds out at once.
 */
const leftOut: Plugin = {
  name: 'left-out',
  setup(bundler) {
    const filter = /^(@fastify\/(ajv-compiler|fast-json-stringify-compiler)|light-my-request)$/
    bundler.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }))
    bundler.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = () => () => { throw new Error('the bundle leaves ${path} out: see scripts/build.ts') }`,
    }))
  },
}

const packages = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
for (const folder of packages) {
  // From nothing, so that no file of yesterday is published.
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  for (const name of ['LICENSE', 'NOTICE']) copyFileSync(join(root, name), join(folder, name))
}
execFileSync(process.execPath, ['node_modules/@typescript/native/bin/tsc', '-b'], { cwd: root, stdio: 'inherit' })
for (const folder of packages) rmSync(join(folder, 'dist/.tsbuildinfo'))

rmSync(join(command, 'dist'), { recursive: true })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [join(command, 'src/main.ts'), join(root, 'packages/server/src/store/sqlite-worker.ts')],
  entryNames: '[name]',
  // All in one folder: the store looks for its worker beside itself, and any chunk may hold the store.
  outdir: join(command, 'dist'),
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  conditions: ['source'],
  external: native,
  plugins: [lazyBuiltins, leftOut],
  // Packages in CommonJS ask for Node's own modules with `require`, which ES modules do not have.
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
  minify: true,
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
})
writeFileSync(join(command, 'dist/third-party-licenses.txt'), collectLicenses(metafile))

for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
  if (path.endsWith('.js')) console.log(`${path}: ${Math.ceil(bytes / 1024)} KiB`)
}

/** The licences of all that the bundle holds: most ask to be kept with every copy. */
function collectLicenses(bundle: Metafile): string {
  const folders = new Set(
    Object.keys(bundle.inputs).flatMap((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  )
  return [...folders]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(resolve(root, folder, 'package.json'), 'utf8')) as {
        readonly name: string
        readonly version: string
        readonly license?: string
      }
      const file = readdirSync(resolve(root, folder)).find((each) => /^licen[cs]e/i.test(each))
      const text =
        file === undefined ? `Licence: ${license ?? 'not stated'}` : readFileSync(resolve(root, folder, file), 'utf8')
      return `${name} ${version}\n\n${text.trim()}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
