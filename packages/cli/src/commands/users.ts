/** `countersign users`: create, list, disable, delete. */

import type { User } from '@countersign/server'
import type { Command } from 'commander'
import { parseCount } from '../numbers.ts'
import { createOutput, formatInstant } from '../output.ts'
import type { Row } from '../output.ts'
import { readPassword } from '../password-input.ts'
import { storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'

export function addUsersCommand(program: Command): void {
  const users = program.command('users').description('Create, list, disable and delete users.')

  storeCommand(users, 'create <username>', 'Creates a user. The password is asked for, or read from standard input.')
    .option('--email <address>', 'the e-mail address')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(async (username: string, options: CreateOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const password = await readPassword(options.passwordStdin === true ? 'stdin' : 'prompt')
        const { email } = options
        const user = await administration.createUser({ username, password, ...(email === undefined ? {} : { email }) })
        createOutput(options.json === true).answer(toRow(user), [`created user ${user.username} (${user.id})`])
      })
    })

  storeCommand(users, 'list', 'Lists the users.')
    .option('--after <id>', 'begin after this user: the last one of the page before')
    .option('--limit <count>', 'how many at most', parseCount, 100)
    .action(async (options: ListOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const page = { limit: options.limit, ...(options.after === undefined ? {} : { after: options.after }) }
        const rows = (await administration.listUsers(page)).map(toRow)
        createOutput(options.json === true).list(
          rows,
          ['id', 'username', 'email', 'created', 'disabled'],
          'no users yet: countersign users create NAME',
        )
      })
    })

  storeCommand(
    users,
    'disable <username>',
    'Disables a user: no sign-in, and every token of theirs is revoked.',
  ).action(async (username: string, options: JsonOption, command: Command) => {
    await withStore(command, async ({ administration }) => {
      const user = await administration.disableUser(username)
      createOutput(options.json === true).answer(toRow(user), [
        `disabled ${user.username}: access tokens already out live for minutes at APIs that do not introspect`,
      ])
    })
  })

  storeCommand(users, 'delete <username>', 'Deletes a user and revokes every token of theirs.').action(
    async (username: string, options: JsonOption, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const user = await administration.deleteUser(username)
        createOutput(options.json === true).answer(toRow(user), [`deleted ${user.username} (${user.id})`])
      })
    },
  )
}

interface JsonOption {
  readonly json?: true
}

interface CreateOptions extends JsonOption {
  readonly email?: string
  readonly passwordStdin?: true
}

interface ListOptions extends JsonOption {
  readonly after?: string
  readonly limit: number
}

/** A user as people may see one: never the password hash. */
function toRow(user: User): Row {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    created: formatInstant(user.createdAt),
    disabled: user.disabledAt === null ? null : formatInstant(user.disabledAt),
  }
}
