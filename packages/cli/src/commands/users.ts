/** `countersign users`: create, list, change, sign out, disable, enable, delete. */

import type { User } from '@countersign/server'
import type { Command } from 'commander'
import { parseCount } from '../numbers.ts'
import { tokensStillOut } from '../issued-tokens.ts'
import { nextCommand } from '../next-command.ts'
import { createOutput, formatInstant } from '../output.ts'
import type { Row } from '../output.ts'
import { readNewPassword } from '../password-input.ts'
import { givenSettings, storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'

export function addUsersCommand(program: Command): void {
  const users = program
    .command('users')
    .description('Create, list, change, sign out, disable, enable and delete users.')

  storeCommand(users, 'create <username>', 'Creates a user. The password is asked for, or read from standard input.')
    .option('--email <address>', 'the e-mail address')
    .option('--role <roles...>', 'roles that it has')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(async (username: string, options: CreateOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const password = await readNewPassword(options.passwordStdin === true ? 'stdin' : 'prompt')
        const { email, role: roles = [] } = options
        const optional = email === undefined ? {} : { email }
        const user = await administration.createUser({ username, password, roles, ...optional })
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
          ['id', 'username', 'email', 'roles', 'created', 'disabled'],
          `no users yet: ${nextCommand('users', 'create', 'NAME', ...givenSettings(command))}`,
        )
      })
    })

  storeCommand(
    users,
    'set-password <username>',
    'Gives a user another password, and signs them out everywhere. It is asked for, or read from standard input.',
  )
    .option('--password-stdin', 'read the password from the first line of standard input')
    .action(async (username: string, options: PasswordOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const password = await readNewPassword(options.passwordStdin === true ? 'stdin' : 'prompt')
        const user = await administration.setPassword(username, password)
        createOutput(options.json === true).answer(toRow(user), [
          user.disabledAt === null
            ? `changed the password of ${user.username}, who has to sign in again: ${tokensStillOut}`
            : `changed the password of ${user.username}, who stays disabled until \`${enableCommand(user, command)}\``,
        ])
      })
    })

  storeCommand(
    users,
    'set-roles <username> <roles>',
    'Gives a user these roles (a,b,c) and takes all others away; "" takes all away.',
  ).action(async (username: string, roles: string, options: JsonOption, command: Command) => {
    await withStore(command, async ({ administration }) => {
      const user = await administration.setRoles(username, roles === '' ? [] : roles.split(','))
      createOutput(options.json === true).answer(toRow(user), [
        `roles of ${user.username}: ${user.roles.join(' ') || 'none'} (given up at the next refresh, gained at the next sign-in)`,
      ])
    })
  })

  storeCommand(users, 'revoke <username>', 'Signs a user out everywhere: every token of theirs is revoked.').action(
    async (username: string, options: JsonOption, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const revoked = await administration.signOut(username)
        createOutput(options.json === true).answer({ username, revoked }, [
          `ended ${String(revoked)} ${revoked === 1 ? 'sign-in' : 'sign-ins'} of ${username}: ${tokensStillOut}`,
        ])
      })
    },
  )

  storeCommand(
    users,
    'disable <username>',
    'Disables a user: no sign-in, and every token of theirs is revoked.',
  ).action(async (username: string, options: JsonOption, command: Command) => {
    await withStore(command, async ({ administration }) => {
      const user = await administration.disableUser(username)
      createOutput(options.json === true).answer(toRow(user), [
        `disabled ${user.username}: ${tokensStillOut}`,
        `  undo  ${enableCommand(user, command)}`,
      ])
    })
  })

  storeCommand(
    users,
    'enable <username>',
    'Lets a disabled user sign in again. What was revoked stays revoked.',
  ).action(async (username: string, options: JsonOption, command: Command) => {
    await withStore(command, async ({ administration }) => {
      const user = await administration.enableUser(username)
      createOutput(options.json === true).answer(toRow(user), [`enabled ${user.username}, who may sign in again`])
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

function enableCommand({ username }: User, command: Command): string {
  return nextCommand('users', 'enable', username, ...givenSettings(command))
}

interface JsonOption {
  readonly json?: true
}

interface PasswordOptions extends JsonOption {
  readonly passwordStdin?: true
}

interface CreateOptions extends PasswordOptions {
  readonly email?: string
  readonly role?: readonly string[]
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
    roles: user.roles,
    created: formatInstant(user.createdAt),
    disabled: user.disabledAt === null ? null : formatInstant(user.disabledAt),
  }
}
