/**
 * Fails when the client, bundled for browsers, has grown over its limit, or needs anything that browsers lack.
 *
 * Why it exists: every page that signs people in loads it, and nobody notices a kilobyte.
 *
 *     node scripts/check-client-size.ts
 */

import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const limitBytes = 12 * 1024

// All that the package exports: whoever uses less gets less. A module of Node in it is an error of the build.
const { outputFiles } = await build({
  entryPoints: [join(import.meta.dirname, '../packages/client/src/index.ts')],
  bundle: true,
  write: false,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2024',
  conditions: ['source'],
  logLevel: 'warning',
})
const [bundle] = outputFiles
if (bundle === undefined) throw new Error('esbuild made no bundle')
const bytes = gzipSync(bundle.contents, { level: 9 }).length
const sizes = `${(bytes / 1024).toFixed(1)} KiB gzipped (${(bundle.contents.length / 1024).toFixed(1)} KiB minified)`
console.log(`the client for browsers is ${sizes}; its limit is ${limitBytes / 1024} KiB`)
if (bytes > limitBytes) process.exitCode = 1
