/** `countersign lab`: five small systems, each with its server, its client and its attacker. */

import type { LabSystem } from '@countersign/lab'
import type { Command } from 'commander'
import type { AttackOptions } from '../lab/attack.ts'
import type { ClientOptions } from '../lab/client.ts'
import type { PageOptions } from '../lab/page.ts'
import type { ServeOptions } from '../lab/serve.ts'

const names = 'opaque, hmac, jwt, one-time or sealed'
const attackedNames = 'opaque, hmac, jwt, one-time, sealed or product'

export function addLabCommand(program: Command): void {
  const lab = program
    .command('lab')
    .description('Five small systems to learn from, each with its server, its client and its attacker.')

  // By default: `countersign lab` alone is the page.
  lab
    .command('page', { isDefault: true })
    .description('Shows all five on one page, and attacks them there. What `countersign lab` alone does.')
    .option('--port <n>', 'where the page listens, 0 for any', '4500')
    .option('--host <host>', 'the address that the page listens on', '127.0.0.1')
    .action(async (options: PageOptions) => {
      const { serveLabPage } = await import('../lab/page.ts')
      await serveLabPage(options)
    })

  lab
    .command('serve <name>')
    .description(`Runs one server: ${names}.`)
    .option('--port <n>', "where it listens, 0 for any (default: the system's own)")
    .option('--host <host>', 'the address that it listens on', '127.0.0.1')
    .option('--token-ttl <seconds>', 'how long a token lives, where tokens end')
    .option('--trace', 'print every message, secrets included')
    .option('--rotate-every <seconds>', 'jwt: how often there is a new secret')
    .option('--grace <seconds>', 'jwt: how long a replaced secret still verifies')
    .option('--data <file>', 'jwt: keeps users, phones and secrets in this SQLite file')
    .option('--redis <url>', 'one-time: keeps what it knows of tokens there')
    .action(async (name: string, options: ServeOptions, command: Command) => {
      const { serveLab } = await import('../lab/serve.ts')
      await serveLab(await systemNamed(name, command), options)
    })

  lab
    .command('client <name>')
    .description(`Runs the benign client: ${names}.`)
    .option('--url <url>', 'a server that runs already; otherwise one is started')
    .option('--psk <hex>', 'sealed: the pre-shared key of that server')
    .action(async (name: string, options: ClientOptions, command: Command) => {
      const { runLabClient } = await import('../lab/client.ts')
      await runLabClient(await systemNamed(name, command), options)
    })

  lab
    .command('attack <name>')
    .description(`Runs every attack on one system, or on Countersign itself: ${attackedNames}.`)
    .option('--url <url>', 'a server that runs already; otherwise some are started')
    .option('--psk <hex>', 'sealed: the pre-shared key of that server')
    .option('--json', 'print JSON')
    .action(async (name: string, options: AttackOptions, command: Command) => {
      const { runLabAttacks, runProductAttacks } = await import('../lab/attack.ts')
      const isKept =
        name === 'product'
          ? await runProductAttacks((await import('../lab/product.ts')).product, options)
          : await runLabAttacks(await systemNamed(name, command, attackedNames), options)
      if (!isKept) process.exitCode = 1
    })

  lab
    .command('matrix')
    .description('Runs every attack on every system.')
    .option('--json', 'print JSON')
    .action(async (options: { readonly json?: true }) => {
      const { runLabMatrix } = await import('../lab/matrix.ts')
      if (!(await runLabMatrix({ json: options.json === true }))) process.exitCode = 1
    })
}

async function systemNamed(name: string, command: Command, known = names): Promise<LabSystem> {
  const { findSystem } = await import('@countersign/lab')
  return findSystem(name) ?? command.error(`error: there is no system '${name}': it is ${known}.`)
}
