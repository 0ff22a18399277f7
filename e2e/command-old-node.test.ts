/** What the launcher says on a Node that is too old: what mends it there, and nothing that would end in the same line. */

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFile } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bin } from './harness/server-process.ts'

/** The version is all that the launcher looks at. */
const pretendOld = `data:text/javascript,${encodeURIComponent(`
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })
`)}`

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-launcher-'))
  await mkdir(join(folder, 'packages/cli/bin'), { recursive: true })
  await cp(bin, join(folder, 'packages/cli/bin/countersign.js'))
  await writeFile(join(folder, 'packages/cli/package.json'), '{ "type": "module" }')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

for (const { where, files, mend } of [
  { where: 'installed', files: [], mend: /: install it from https:\/\/nodejs\.org\.$/ },
  {
    where: 'in a clone for which npm has a Node',
    files: ['packages/cli/src/main.ts', 'node_modules/.bin/node'],
    mend: /: start it with `npx countersign` or `npm start`\.$/,
  },
  {
    where: 'in a clone for which npm has none',
    files: ['packages/cli/src/main.ts', 'node_modules/.bin/vitest'],
    mend: /install Node 24 from https:\/\/nodejs\.org\.$/,
  },
]) {
  test(where, async () => {
    for (const file of files) {
      await mkdir(join(folder, file, '..'), { recursive: true })
      await writeFile(join(folder, file), '')
    }
    const { exitCode, stderr } = await launch(join(folder, 'packages/cli/bin/countersign.js'))
    expect(exitCode).toBe(1)
    expect(stderr.trimEnd()).toMatch(/^countersign needs Node 24 or later, and this is \S+: [^\n]+$/)
    expect(stderr.trimEnd()).toMatch(mend)
  })
}

function launch(launcher: string): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--import', pretendOld, launcher], (_error, _stdout, stderr) => {
      resolve({ exitCode: child.exitCode, stderr })
    })
  })
}
