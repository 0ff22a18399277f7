/**
 * Code examples: every block fenced as `ts` is compiled as a file beside its document, with the settings of the
 * workspace. A block that is only a sketch is fenced as `text`.
 */

import { join } from 'node:path'
import ts from 'typescript'
import type { Doc, Mistake } from './doc.ts'

interface Example {
  readonly doc: string
  /** The line of the document on which its first line stands. */
  readonly line: number
  readonly text: string
}

export function checkExamples(root: string, docs: readonly Doc[]): Mistake[] {
  const examples = new Map(
    docs.flatMap(findExamples).map((example) => [join(root, `${example.doc}.${example.line}.ts`), example] as const),
  )
  if (examples.size === 0) return []

  const options = readOptions(root)
  const disk = ts.createCompilerHost(options)
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => examples.has(path) || disk.fileExists(path),
    readFile: (path) => examples.get(path)?.text ?? disk.readFile(path),
    getSourceFile: (path, ...rest) => {
      const example = examples.get(path)
      return example === undefined
        ? disk.getSourceFile(path, ...rest)
        : ts.createSourceFile(path, example.text, rest[0], true)
    },
  }
  const program = ts.createProgram([...examples.keys()], options, host)
  return [...examples].flatMap(([path, example]) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map((diagnostic) => ({
      doc: example.doc,
      line: example.line + (diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0),
      what: ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '),
    })),
  )
}

function findExamples(doc: Doc): Example[] {
  return [...doc.text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
    doc: doc.path,
    line: doc.text.slice(0, match.index).split('\n').length + 1,
    // A module, even where it imports nothing, so that examples do not see one another's names.
    text: `${match[1] ?? ''}\nexport {}\n`,
  }))
}

function readOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.check.json'), (path) => ts.sys.readFile(path)) as {
    readonly config: unknown
  }
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options
}
