/**
 * Reads the repository's sources and all that they import, with the place each import leads to.
 *
 * Only reads: what is allowed is said in `walls.ts`, `server-walls.ts` and `cycles.ts`.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, posix } from 'node:path'
import ts from 'typescript'

/** Where an import leads. Files are named by their path from the root, with `/`. */
export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string; readonly entry: string | undefined }
  | { readonly kind: 'builtin' }
  | { readonly kind: 'npm'; readonly name: string }
  | { readonly kind: 'computed' }

export interface Import {
  readonly line: number
  readonly specifier: string
  readonly target: Target
}

export interface SourceFile {
  readonly path: string
  /** The package or top folder that it belongs to: `packages/tokens`, `e2e`. */
  readonly home: string
  readonly isTest: boolean
  readonly imports: readonly Import[]
}

export interface Manifest {
  /** Its folder: `packages/tokens`. */
  readonly home: string
  readonly name: string
  /** Public entry points: subpath (`.`, `./express`) to source file. */
  readonly entries: ReadonlyMap<string, string>
  /** What runs with it: dependencies, peers and optional ones. */
  readonly dependencies: ReadonlySet<string>
}

export interface SourceTree {
  readonly files: ReadonlyMap<string, SourceFile>
  readonly manifests: readonly Manifest[]
  /** What tests, benches and scripts may use besides. */
  readonly devDependencies: ReadonlySet<string>
}

const topFolders = ['e2e', 'bench', 'examples', 'scripts']
const skipped = new Set(['node_modules', 'dist', 'vectors', 'coverage'])
const testFile = /\.(test|fixture)\.tsx?$/
const sourceFile = /\.(ts|tsx|js|mjs)$/

export function readSourceTree(root: string): SourceTree {
  const homes = readFolders(join(root, 'packages')).map((name) => `packages/${name}`)
  const manifests = homes
    .filter((home) => existsSync(join(root, home, 'package.json')))
    .map((home) => readManifest(root, home))
  const files = new Map<string, SourceFile>()
  for (const home of [...homes, ...topFolders]) {
    for (const path of findSources(root, home)) {
      const isTest = testFile.test(path)
      files.set(path, { path, home, isTest, imports: readImports(root, path, manifests) })
    }
  }
  const { devDependencies = {} } = readJson(join(root, 'package.json'))
  return { files, manifests, devDependencies: new Set(Object.keys(devDependencies)) }
}

interface PackageJson {
  readonly name?: string
  readonly exports?: Readonly<Record<string, { readonly source?: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function readJson(path: string): PackageJson {
  return JSON.parse(readFileSync(path, 'utf8')) as PackageJson
}

function readManifest(root: string, home: string): Manifest {
  const json = readJson(join(root, home, 'package.json'))
  const entries = Object.entries(json.exports ?? {}).flatMap(([subpath, { source }]) =>
    source === undefined ? [] : [[subpath, posix.join(home, source)] as const],
  )
  return {
    home,
    name: json.name ?? home,
    entries: new Map(entries),
    dependencies: new Set(
      [json.dependencies, json.peerDependencies, json.optionalDependencies].flatMap((list) => Object.keys(list ?? {})),
    ),
  }
}

function readFolders(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name) ? [entry.name] : [],
  )
}

function findSources(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  const here = readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && sourceFile.test(entry.name) ? [posix.join(folder, entry.name)] : [],
  )
  const below = readFolders(join(root, folder)).flatMap((name) => findSources(root, posix.join(folder, name)))
  return [...here, ...below]
}

function readImports(root: string, path: string, manifests: readonly Manifest[]): Import[] {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const imports: Import[] = []
  const visit = (node: ts.Node): void => {
    const found = findImport(node)
    if (found !== undefined) {
      const line = source.getLineAndCharacterOfPosition(found.getStart()).line + 1
      if (ts.isStringLiteralLike(found)) {
        imports.push({ line, specifier: found.text, target: resolve(path, found.text, manifests) })
      } else {
        imports.push({ line, specifier: found.getText(), target: { kind: 'computed' } })
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return imports
}

/** The expression that names what is imported, where a node imports: statically, dynamically, as a type or as a worker. */
function findImport(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0]
  if (ts.isNewExpression(node)) return findWorker(node)
  return undefined
}

/** `new URL('./worker.ts', import.meta.url)`: how a worker thread's file is named. Such a URL may also name data. */
function findWorker(node: ts.NewExpression): ts.Node | undefined {
  const [path, base] = node.arguments ?? []
  if (path === undefined || base?.getText() !== 'import.meta.url' || !ts.isStringLiteralLike(path)) return undefined
  return /^\.{1,2}\/.*\.ts$/.test(path.text) ? path : undefined
}

function resolve(from: string, specifier: string, manifests: readonly Manifest[]): Target {
  if (specifier.startsWith('.')) return { kind: 'file', path: posix.join(posix.dirname(from), specifier) }
  if (isBuiltin(specifier)) return { kind: 'builtin' }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const manifest = manifests.find((each) => each.name === name)
  if (manifest === undefined) return { kind: 'npm', name }
  return { kind: 'package', name, entry: manifest.entries.get(`.${specifier.slice(name.length)}`) }
}
