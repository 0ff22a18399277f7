/**
 * The codes and statuses of problem details, as the server's sources make them: `new ProblemError(status, 'code', …)`, or a
 * call of a function of the same file that passes both on.
 *
 * Read with the compiler's parser. What is written so that it cannot be read is an error, never left out.
 */

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const sources = 'packages/server/src/**/*.ts'

/** Answers the statuses by code. @throws {Error} for a code that cannot be read, or that comes with two statuses. */
export function findProblemCodes(root: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const files = globSync(sources, { cwd: root }).filter((path) => !/\.(test|fixture)\.ts$/.test(path))
  for (const path of files) {
    for (const [code, status] of findInFile(path, readFileSync(join(root, path), 'utf8'))) {
      if ((found.get(code) ?? status) !== status) throw new Error(`${path}: ${code} has two statuses`)
      found.set(code, status)
    }
  }
  return found
}

/** @throws {Error} for a code or status that is not written out. */
export function findInFile(path: string, text: string): (readonly [code: string, status: number])[] {
  if (!text.includes('new ProblemError(')) return []
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  return nodesOf(file)
    .filter((node) => ts.isNewExpression(node) && node.expression.getText() === 'ProblemError')
    .flatMap((node) => {
      const [status, code] = (node as ts.NewExpression).arguments ?? []
      const written = readPair(status, code)
      if (written !== undefined) return [written]
      const passed = readCallers(file, node, status, code)
      if (passed.length > 0) return passed
      throw new Error(`${path}: the code of "${node.getText().slice(0, 60)}…" is not written out`)
    })
}

function readPair(status?: ts.Node, code?: ts.Node): readonly [string, number] | undefined {
  if (status === undefined || code === undefined) return undefined
  return ts.isNumericLiteral(status) && ts.isStringLiteral(code) ? [code.text, Number(status.text)] : undefined
}

/** Where both are parameters of the function around: what it is called with. */
function readCallers(
  file: ts.SourceFile,
  node: ts.Node,
  status?: ts.Node,
  code?: ts.Node,
): (readonly [string, number])[] {
  const around = ts.findAncestor(node, ts.isFunctionDeclaration)
  const indexOf = (argument?: ts.Node): number =>
    around?.parameters.findIndex(({ name }) => name.getText() === argument?.getText()) ?? -1
  const [statusAt, codeAt] = [indexOf(status), indexOf(code)]
  const calls = nodesOf(file).filter(
    (each): each is ts.CallExpression => ts.isCallExpression(each) && each.expression.getText() === around?.name?.text,
  )
  const pairs = calls.map((call) => readPair(call.arguments[statusAt], call.arguments[codeAt]))
  return pairs.every((pair) => pair !== undefined) ? pairs : []
}

function nodesOf(node: ts.Node): ts.Node[] {
  return [node, ...node.getChildren().flatMap(nodesOf)]
}
