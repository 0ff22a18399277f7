/**
 * The walls between packages and top folders: one table, the same as in `docs/architecture.md`.
 *
 * npm workspaces let any package import any sibling, declared or not; only this keeps them apart. What holds inside the
 * server is said in `server-walls.ts`.
 */

import type { Import, Manifest, SourceFile, SourceTree } from './source-tree.ts'

export interface Breach {
  readonly file: string
  readonly line: number
  /** What is wrong: `imports X`, or what the file is. */
  readonly what: string
  readonly rule: string
  readonly mend: string
}

interface Home {
  /** Siblings it may import. */
  readonly siblings: readonly string[]
  /** Whether code that ships may use Node and packages of npm. */
  readonly outside: 'node and npm' | 'node' | 'nothing'
}

const everyPackage = ['tokens', 'protocol', 'guard', 'server', 'client', 'attack', 'lab']

const homes: Readonly<Record<string, Home>> = {
  'packages/tokens': { siblings: [], outside: 'node' },
  'packages/protocol': { siblings: [], outside: 'nothing' },
  'packages/guard': { siblings: ['tokens', 'protocol'], outside: 'node and npm' },
  'packages/server': { siblings: ['tokens', 'protocol', 'guard'], outside: 'node and npm' },
  'packages/client': { siblings: ['protocol'], outside: 'node' },
  'packages/console': { siblings: ['client'], outside: 'node and npm' },
  'packages/attack': { siblings: [], outside: 'node and npm' },
  'packages/lab': {
    siblings: ['tokens', 'protocol', 'guard', 'client', 'server', 'attack'],
    outside: 'node and npm',
  },
  'packages/cli': { siblings: everyPackage, outside: 'node and npm' },
  e2e: { siblings: [...everyPackage, 'cli', 'console'], outside: 'node and npm' },
  bench: { siblings: [...everyPackage, 'cli', 'console'], outside: 'node and npm' },
  examples: { siblings: [...everyPackage, 'cli', 'console'], outside: 'node and npm' },
  scripts: { siblings: [...everyPackage, 'cli', 'console'], outside: 'node and npm' },
}

const drawers = /(^|\/)(utils?|common|shared|core|helpers?|misc|lib)\//

export function checkWalls(tree: SourceTree): Breach[] {
  const files = [...tree.files.values()].flatMap((file) => [
    ...checkPlace(file),
    ...file.imports.flatMap((each) => checkImport(tree, file, each) ?? []),
  ])
  return [...files, ...tree.manifests.flatMap((manifest) => checkDependencies(tree, manifest))]
}

/** What is declared and not used is code that runs at installation, and is trusted, for nothing. */
function checkDependencies(tree: SourceTree, manifest: Manifest): Breach[] {
  const used = new Set(
    [...tree.files.values()].flatMap((file) =>
      file.home !== manifest.home || file.isTest
        ? []
        : file.imports.flatMap(({ target }) => ('name' in target ? [target.name] : [])),
    ),
  )
  return [...manifest.dependencies]
    .filter((name) => !used.has(name))
    .map((name) => ({
      file: `${manifest.home}/package.json`,
      line: 1,
      what: `declares ${name}`,
      rule: 'unused-dependency',
      mend: 'no file that ships imports it: remove it',
    }))
}

function checkPlace(file: SourceFile): Breach[] {
  const breaches: Breach[] = []
  if (homes[file.home] === undefined) {
    breaches.push({
      file: file.path,
      line: 1,
      what: `is in ${file.home}`,
      rule: 'unknown-place',
      mend: 'add the package to the table in scripts/check-imports/walls.ts and docs/architecture.md',
    })
  }
  const drawer = drawers.exec(file.path)
  if (drawer !== null) {
    breaches.push({
      file: file.path,
      line: 1,
      what: `is in a folder named ${drawer[2] ?? ''}`,
      rule: 'drawer-folder',
      mend: 'a drawer has no job: name the folder for what the file does, or put the file beside its user',
    })
  }
  return breaches
}

function checkImport(tree: SourceTree, file: SourceFile, each: Import): Breach | undefined {
  const breach = (rule: string, mend: string): Breach => ({
    file: file.path,
    line: each.line,
    what: `imports ${each.specifier}`,
    rule,
    mend,
  })
  const home = homes[file.home]
  const { target } = each
  switch (target.kind) {
    case 'computed':
      return breach('computed-import', 'name the module in a string, so that this check can see it')
    case 'builtin':
      if (home?.outside !== 'nothing' || file.isTest) return undefined
      return breach('node-in-protocol', 'it runs in browsers: take what you need as an argument')
    case 'npm':
      return checkNpm(tree, file, target.name, breach)
    case 'package':
      return checkSibling(tree, file, target, breach)
    case 'file':
      if (target.path.startsWith(`${file.home}/`)) return checkInside(tree, file, target.path, breach)
      return breach(
        'relative-across',
        'import another package by its name: only its public entry points are for others',
      )
  }
}

type MakeBreach = (rule: string, mend: string) => Breach

function checkNpm(tree: SourceTree, file: SourceFile, name: string, breach: MakeBreach): Breach | undefined {
  const manifest = tree.manifests.find((each) => each.home === file.home)
  const isDeclared = manifest?.dependencies.has(name) ?? false
  // Tests, and what is never published, run in the workspace only.
  if (file.isTest || manifest === undefined) {
    if (isDeclared || tree.devDependencies.has(name)) return undefined
    return breach(
      'undeclared-dependency',
      `declare ${name} in devDependencies of package.json, with its reason in docs/decisions`,
    )
  }
  if (homes[file.home]?.outside !== 'node and npm') {
    return breach('no-dependencies', `${manifest.name} has no dependencies: write what you need, or put it elsewhere`)
  }
  if (isDeclared) return undefined
  return breach('undeclared-dependency', `declare ${name} in ${file.home}/package.json, or do without`)
}

function checkSibling(
  tree: SourceTree,
  file: SourceFile,
  target: { readonly name: string; readonly entry: string | undefined },
  breach: MakeBreach,
): Breach | undefined {
  const manifest = tree.manifests.find((each) => each.home === file.home)
  if (manifest?.name === target.name) {
    return breach('own-index', 'inside a package, import the file itself: the index is for others')
  }
  const sibling = tree.manifests.find((each) => each.name === target.name)?.home.slice('packages/'.length) ?? ''
  const allowed = homes[file.home]?.siblings ?? []
  if (!allowed.includes(sibling)) {
    const list = allowed.length === 0 ? 'no other package' : `only ${allowed.join(', ')}`
    return breach('package-wall', `${file.home} may import ${list}: take it as an argument, or move the code`)
  }
  if (target.entry === undefined) {
    return breach('public-entry', `${target.name} does not export this path: use what its package.json exports`)
  }
  if (manifest !== undefined && !manifest.dependencies.has(target.name)) {
    return breach('undeclared-dependency', `declare ${target.name} in ${file.home}/package.json`)
  }
  return undefined
}

function checkInside(tree: SourceTree, file: SourceFile, path: string, breach: MakeBreach): Breach | undefined {
  const folder = /^(.*\/)index\.tsx?$/.exec(path)?.[1]
  // A test looks at the folder from outside, and nobody imports a test: it closes no ring.
  if (folder !== undefined && !file.isTest && file.path.startsWith(folder)) {
    return breach('own-index', "inside a folder, import the file itself: the folder's index is for others")
  }
  if (!file.isTest && tree.files.get(path)?.isTest === true && file.home.startsWith('packages/')) {
    return breach('test-code', 'code that ships must not need a test or a fixture')
  }
  return undefined
}
