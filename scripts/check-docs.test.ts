import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkDocs, readDocs } from './check-docs.ts'
import { checkDependencyTable } from './check-docs/dependencies.ts'

const root = join(import.meta.dirname, '..')

for (const { name, text, line, what } of [
  { name: 'a link to nothing', text: 'See [it](docs/nothing.md).', line: 1, what: 'docs/nothing.md' },
  { name: 'a reference to nothing', text: 'See [it][a].\n\n[a]: docs/nothing.md', line: 3, what: 'docs/nothing.md' },
  { name: 'a reference that nothing defines', text: 'See [it][a].', line: 1, what: '[a]' },
  { name: 'a heading that is not there', text: '# One\n\n[two](#two)', line: 3, what: '#two' },
  { name: 'a path that is not there', text: 'Read `packages/tokens/src/nothing.ts`.', line: 1, what: 'nothing.ts' },
  { name: 'a script that is not there', text: '```sh\nnpm run nothing\n```', line: 2, what: '"nothing"' },
  {
    name: 'an example that does not compile',
    text: 'So:\n\n```ts\nconst a = 1\nconst b: string = a\n```',
    line: 5,
    what: 'string',
  },
  {
    name: 'an example of what we do not export',
    text: "```ts\nimport { nothing } from '@countersign/protocol'\n```",
    line: 2,
    what: 'nothing',
  },
]) {
  test(`finds ${name}`, () => {
    const mistakes = checkDocs(root, [{ path: 'README.md', text }])
    expect(mistakes[0]).toMatchObject({ doc: 'README.md', line })
    expect(mistakes[0]?.what).toContain(what)
  })
}

test('takes what is right', () => {
  const text = [
    '# A title, with `code`',
    '[here](#a-title-with-code) [there](package.json) [far](https://example.com/x) [by name][n] `list[0][n1]`',
    '[n]: package.json',
    'Run `npm test` and `npm run lint`; read `scripts/check-docs.ts`.',
    '```ts',
    "import { parseScope } from '@countersign/protocol'",
    "export const scopes: readonly string[] = parseScope('read write')",
    '```',
  ].join('\n')
  expect(checkDocs(root, [{ path: 'README.md', text }])).toEqual([])
})

// It compiles every example of every document.
test('the documents of this repository agree with it', { timeout: 60_000 }, () => {
  expect(checkDocs(root, readDocs(root))).toEqual([])
  expect(checkDependencyTable(root)).toEqual([])
})

test('finds a dependency without a reason, and a reason without a dependency', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-docs-'))
  try {
    mkdirSync(join(folder, 'docs/decisions'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ devDependencies: { vitest: '1', prettier: '1' } }))
    writeFileSync(join(folder, 'docs/decisions/0004-dependencies.md'), '| `vitest` | tests |\n| `mocha` | tests |\n')
    expect(checkDependencyTable(folder)).toMatchObject([
      { line: 1, what: 'has no row for prettier' },
      { line: 2, what: 'nothing declares mocha' },
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
