import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from './program.ts'

/** Every command, with the help that it prints where nobody knows how wide the terminal is. */
function* readHelp(command: Command, path: string): Generator<readonly [path: string, help: string]> {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 80 })
  command.outputHelp()
  yield [path, help]
  for (const child of command.commands) yield* readHelp(child, `${path} ${child.name()}`)
}

const all = [...readHelp(createProgram(), 'countersign')]

test('all commands are found', () => {
  const paths = all.map(([path]) => path)
  expect(paths).toEqual(expect.arrayContaining(['countersign users set-roles', 'countersign lab attack']))
})

for (const [path, help] of all) {
  test(`${path} --help fits into 80 columns`, () => {
    expect(help).toMatch(new RegExp(`^Usage: ${path} `))
    expect(help.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
}
