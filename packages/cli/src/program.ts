/** What `countersign` can do: every command by name. What each does lies in `commands/`. */

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addApisCommand } from './commands/apis.ts'
import { addAuditCommand } from './commands/audit.ts'
import { addCallCommand } from './commands/call.ts'
import { addClientsCommand } from './commands/clients.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addKeysCommand } from './commands/keys.ts'
import { addLabCommand } from './commands/lab.ts'
import { addLoginCommands } from './commands/login.ts'
import { addRolesCommand } from './commands/roles.ts'
import { addServeCommand } from './commands/serve.ts'
import { addTokenCommand } from './commands/token.ts'
import { addUsersCommand } from './commands/users.ts'
import { nextCommand } from './next-command.ts'

export function createProgram(): Command {
  const program = new Command('countersign')
    .description('Self-hosted zero-trust authentication: every request proves itself again.')
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(withoutFarFetched(text).replace(/^error: /, 'countersign: ')),
    })
    // Beside long names there is little room, and some is better than lines that no terminal holds.
    .configureHelp({ minWidthToWrap: 20 })
    .addHelpText(
      'after',
      `\nStart with \`${nextCommand('serve', '--dev')}\`,\nor see it all with \`${nextCommand('demo')}\`.`,
    )
  addServeCommand(program)
  addDemoCommand(program)
  addUsersCommand(program)
  addRolesCommand(program)
  addClientsCommand(program)
  addApisCommand(program)
  addKeysCommand(program)
  addTokenCommand(program)
  addLoginCommands(program)
  addCallCommand(program)
  addAuditCommand(program)
  addDoctorCommand(program)
  addLabCommand(program)
  pointToHelp(program, [])
  return program
}

/** Leaves out the guess that Commander adds where it begins otherwise: three letters of five may differ for it. */
function withoutFarFetched(text: string): string {
  return text.replace(/('(-*.)[^\n]*)\n\(Did you mean (?!one of |\2)[^\n]*/, '$1')
}

/** Whoever asks wrongly is shown the help of the very command that they asked for. */
function pointToHelp(command: Command, path: readonly string[]): void {
  command.showHelpAfterError(`Run \`${nextCommand(...path, '--help')}\` to see what there is.`)
  for (const child of command.commands) pointToHelp(child, [...path, child.name()])
}

/** Beside the sources and beside the bundle, `package.json` lies one folder up. */
function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
