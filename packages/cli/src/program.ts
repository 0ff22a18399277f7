/** What `countersign` can do: every command by name. What each does lies in `commands/`, loaded only when it is run. */

import { Command } from 'commander'
import { addApisCommand } from './commands/apis.ts'
import { addAuditCommand } from './commands/audit.ts'
import { addClientsCommand } from './commands/clients.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addKeysCommand } from './commands/keys.ts'
import { addServeCommand } from './commands/serve.ts'
import { addTokenCommand } from './commands/token.ts'
import { addUsersCommand } from './commands/users.ts'

export function createProgram(): Command {
  const program = new Command('countersign')
    .description('Self-hosted zero-trust authentication: every request proves itself again.')
    .exitOverride()
    .showHelpAfterError('Run `countersign --help` to see what there is.')
    .addHelpText('after', '\nStart with `countersign serve --dev`, or see the whole story with `countersign demo`.')
  addServeCommand(program)
  addDemoCommand(program)
  addUsersCommand(program)
  addClientsCommand(program)
  addApisCommand(program)
  addKeysCommand(program)
  addTokenCommand(program)
  addAuditCommand(program)
  addDoctorCommand(program)
  return program
}
