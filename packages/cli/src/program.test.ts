import type { Command } from 'commander'
import { expect, test, vi } from 'vitest'
import { createProgram } from './program.ts'

/** Every command, with the help that it prints where nobody knows how wide the terminal is. */
function* readHelp(command: Command, path: string): Generator<readonly [path: string, help: string]> {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 80 })
  command.outputHelp()
  yield [path, help]
  for (const child of command.commands) yield* readHelp(child, `${path} ${child.name()}`)
}

// As npm runs it: the commands that it names are longest then.
vi.stubEnv('npm_command', 'exec')
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

for (const { asked, says } of [
  { asked: 'bogus', says: "countersign: unknown command 'bogus'\n" },
  { asked: 'servve', says: "countersign: unknown command 'servve'\n(Did you mean serve?)\n" },
]) {
  test(`"${asked}" is refused, with a guess only where it is likely`, async () => {
    let told = ''
    const program = createProgram().configureOutput({ writeErr: (text) => (told += text) })
    await expect(program.parseAsync(['node', 'countersign', asked])).rejects.toMatchObject({
      code: 'commander.unknownCommand',
    })
    expect(told).toBe(`${says}Run \`npx countersign --help\` to see what there is.\n`)
  })
}

test('an option that can be given several times has no default to show', () => {
  for (const [path, help] of all) expect(help, path).not.toContain('(default: [])')
})
