import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkImports } from './check-imports.ts'

const repository = join(import.meta.dirname, '..')
const server = 'packages/server/src'

/** A house in small that keeps every rule. */
const house: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ devDependencies: { vitest: '1' } }),
  ...manifest('tokens', []),
  ...manifest('protocol', []),
  ...manifest('guard', ['@countersign/tokens']),
  ...manifest('server', ['@countersign/guard', 'fastify']),
  ...manifest('cli', []),
  ...manifest('attack', []),
  'packages/tokens/src/index.ts': "export * from './jws.ts'",
  'packages/tokens/src/jws.ts': "import 'node:crypto'",
  'packages/tokens/src/jws.test.ts': "import 'vitest'\nimport './jws.ts'",
  'packages/protocol/src/index.ts': 'export {}',
  'packages/protocol/src/scope.test.ts': "import './index.ts'\nimport 'node:crypto'",
  'packages/guard/src/index.ts': "import '@countersign/tokens'",
  'packages/attack/src/index.ts': "import 'node:http'",
  [`${server}/index.ts`]: "export * from './app.ts'",
  [`${server}/app.ts`]: "import './oauth/token/index.ts'\nimport './account/index.ts'",
  [`${server}/clock.ts`]: 'export {}',
  [`${server}/store/records.ts`]: "import '../clock.ts'",
  [`${server}/store/worker.ts`]: 'export {}',
  [`${server}/store/open.ts`]: "new URL('./worker.ts', import.meta.url)",
  [`${server}/oauth/token/index.ts`]: "import 'fastify'\nimport '../../store/records.ts'\nimport './rule.ts'",
  [`${server}/oauth/token/rule.ts`]: 'export {}',
  [`${server}/oauth/revoke/index.ts`]: 'export {}',
  [`${server}/account/index.ts`]: "import '@countersign/guard'",
  'e2e/story.test.ts': "import '@countersign/server'\nimport 'vitest'",
}

/** By rule: what is planted, where, and the text of the file. */
const planted: Readonly<Record<string, readonly (readonly [name: string, file: string, text: string])[]>> = {
  'package-wall': [
    ['tokens imports a sibling', 'packages/tokens/src/a.ts', "import '@countersign/protocol'"],
    ['protocol imports a sibling', 'packages/protocol/src/a.ts', "import '@countersign/tokens'"],
    ['guard imports the server', 'packages/guard/src/a.ts', "import '@countersign/server'"],
    ['attack imports one of ours', 'packages/attack/src/a.ts', "import '@countersign/tokens'"],
    ['a test crosses a package wall', 'packages/tokens/src/a.test.ts', "import '@countersign/guard'"],
  ],
  'undeclared-dependency': [
    ['a package of npm is not declared', 'packages/server/src/app.ts', "import 'fastify-plugin'"],
    ['a sibling is not declared', 'packages/cli/src/a.ts', "import '@countersign/tokens'"],
    ['a type of an undeclared package', 'packages/guard/src/a.ts', "export type A = import('express').Request"],
    ['a test needs what nobody declares', 'packages/guard/src/a.test.ts', "import 'left-pad'"],
  ],
  'no-dependencies': [['tokens has a dependency', 'packages/tokens/src/a.ts', "import 'jose'"]],
  'node-in-protocol': [
    ['protocol needs Node', 'packages/protocol/src/a.ts', "import { createHash } from 'node:crypto'"],
    ['protocol needs Node without its prefix', 'packages/protocol/src/a.ts', "import 'fs'"],
  ],
  'relative-across': [
    ['a package reaches into another', 'packages/guard/src/a.ts', "import '../../tokens/src/jws.ts'"],
    ['e2e reaches into a package', 'e2e/a.test.ts', "import '../packages/tokens/src/jws.ts'"],
    [
      'a bench starts a file of a package',
      'bench/a.ts',
      "new URL('../packages/server/src/store/worker.ts', import.meta.url)",
    ],
    ['an example reaches into a package', 'examples/a.ts', "\nawait import('../packages/tokens/src/index.ts')"],
  ],
  'public-entry': [['a path that is not exported', 'e2e/a.test.ts', "import '@countersign/tokens/src/jws.ts'"]],
  'slice-wall': [
    ['a slice imports a slice', `${server}/oauth/token/a.ts`, "\n\nimport '../revoke/index.ts'"],
    ['a slice exports from a slice', `${server}/account/a.ts`, "export * from '../oauth/token/rule.ts'"],
    [
      'a slice takes a type of a slice',
      `${server}/sign-in/password/a.ts`,
      "import type { A } from '../../account/index.ts'",
    ],
  ],
  'ground-wall': [['ground imports a slice', `${server}/store/a.ts`, "import '../account/index.ts'"]],
  'composition-wall': [
    ['ground imports the root', `${server}/keys/a.ts`, "import '../app.ts'"],
    ['a slice imports the root', `${server}/admin/a.ts`, "import '../app.ts'"],
  ],
  'unknown-place': [
    ['a file that is neither ground nor slice', `${server}/session/a.ts`, ''],
    ['a file between slices', `${server}/oauth/a.ts`, ''],
    ['a package without a place', 'packages/billing/src/a.ts', ''],
  ],
  'own-index': [
    ['a file imports its own index', 'packages/tokens/src/a.ts', "import './index.ts'"],
    ['a file below imports the index above', 'packages/tokens/src/jwe/a.ts', "import '../index.ts'"],
    ['a package imports itself by name', 'packages/guard/src/a.ts', "import '@countersign/guard'"],
  ],
  'test-code': [['code that ships needs a fixture', 'packages/tokens/src/a.ts', "import './jws.test.ts'"]],
  'computed-import': [['a computed import', 'packages/guard/src/a.ts', 'await import(process.argv[2])']],
  'drawer-folder': [['a drawer', 'packages/guard/src/utils/a.ts', '']],
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

test('a house that keeps every rule passes', () => {
  expect(checkImports(build(house))).toEqual([])
})

test('this repository keeps every rule', () => {
  expect(checkImports(repository)).toEqual([])
})

for (const [rule, cases] of Object.entries(planted)) {
  for (const [name, file, text] of cases) {
    test(`${rule}: ${name}`, () => {
      const line = text.split('\n').length
      expect(checkImports(build({ ...house, [file]: text }))).toMatchObject([{ file, line, rule }])
    })
  }
}

for (const { name, files, ring } of [
  { name: 'within a folder', files: { a: './b.ts', b: './c.ts', c: './a.ts' }, ring: 'a.ts -> b.ts -> c.ts -> a.ts' },
  { name: 'of a file with itself', files: { a: './a.ts' }, ring: 'a.ts -> a.ts' },
]) {
  test(`cycle: ${name}`, () => {
    const path = (file: string): string => `packages/tokens/src/${file}.ts`
    const planted = Object.entries(files).map(([file, target]) => [path(file), `import type { A } from '${target}'`])
    const found = checkImports(build({ ...house, ...(Object.fromEntries(planted) as Record<string, string>) }))
    expect(found).toMatchObject([{ file: path('a'), line: 1, rule: 'cycle' }])
    expect(found[0]?.mend.replaceAll('packages/tokens/src/', '')).toContain(ring)
  })
}

test('cycle: across packages', () => {
  const found = checkImports(build({ ...house, 'packages/tokens/src/jws.ts': "import '@countersign/guard'" }))
  expect(found.map((breach) => breach.rule).sort()).toEqual(['cycle', 'package-wall'])
})

test('unused-dependency: only a test uses what is declared', () => {
  const planted = {
    ...manifest('attack', ['undici']),
    'packages/attack/src/a.test.ts': "import 'undici'",
  }
  expect(checkImports(build({ ...house, ...planted }))).toMatchObject([
    { file: 'packages/attack/package.json', what: 'declares undici', rule: 'unused-dependency' },
  ])
})

test('ground-cycle: two folders of the ground need each other', () => {
  const planted = {
    [`${server}/audit/a.ts`]: "import '../keys/b.ts'",
    [`${server}/audit/b.ts`]: 'export {}',
    [`${server}/keys/a.ts`]: "import '../audit/b.ts'",
    [`${server}/keys/b.ts`]: 'export {}',
  }
  expect(checkImports(build({ ...house, ...planted }))).toMatchObject([
    { file: `${server}/audit/a.ts`, rule: 'ground-cycle' },
    { file: `${server}/keys/a.ts`, rule: 'ground-cycle' },
  ])
})

test('a breach planted in a copy of this repository is found', () => {
  const copy = build({})
  for (const part of ['package.json', 'packages', 'scripts']) {
    cpSync(join(repository, part), join(copy, part), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist|vectors|\.compile-cache)$/.test(path),
    })
  }
  writeFileSync(join(copy, 'packages/protocol/src/planted.ts'), "import { readFile } from 'node:fs/promises'\n")
  const planted = { file: 'packages/protocol/src/planted.ts', line: 1, rule: 'node-in-protocol' }
  expect(checkImports(copy)).toContainEqual(expect.objectContaining(planted))
})

function build(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'countersign-house-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

function manifest(name: string, dependencies: readonly string[]): Record<string, string> {
  const json = {
    name: `@countersign/${name}`,
    exports: { '.': { source: './src/index.ts' } },
    dependencies: Object.fromEntries(dependencies.map((each) => [each, '1'])),
  }
  return { [`packages/${name}/package.json`]: JSON.stringify(json) }
}
