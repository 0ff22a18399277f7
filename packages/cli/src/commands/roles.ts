/** `countersign roles`: create, list, delete. Who has which: `countersign users set-roles`. */

import type { Role } from '@countersign/server'
import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
import { nextCommand } from '../next-command.ts'
import { createOutput, formatInstant } from '../output.ts'
import type { Row } from '../output.ts'
import { givenSettings, storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'

export function addRolesCommand(program: Command): void {
  const roles = program
    .command('roles')
    .description('Create, list and delete roles (a scope that a role grants is for users with such a role only).')

  storeCommand(roles, 'create <name>', 'Creates a role. What it grants is closed to users without it from then on.')
    .option('--grant <grants...>', 'scopes of an API: AUDIENCE=scope,scope')
    .action(async (name: string, options: CreateOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const role = await administration.createRole({ name, scopes: parseGrants(options.grant ?? []) })
        createOutput(options.json === true).answer(toRow(role), [
          `created role ${role.name}`,
          ...grantsOf(role).map((grant) => `  grants  ${grant}`),
          `  next    ${nextCommand('users', 'set-roles', 'NAME', role.name, ...givenSettings(command))}`,
        ])
      })
    })

  storeCommand(roles, 'list', 'Lists the roles.').action(async (options: JsonOption, command: Command) => {
    await withStore(command, async ({ administration }) => {
      createOutput(options.json === true).list(
        (await administration.listRoles()).map(options.json === true ? toRow : toLine),
        ['name', 'grants', 'created'],
        `no roles yet: ${nextCommand('roles', 'create', 'NAME', '--grant', 'AUDIENCE=SCOPE', ...givenSettings(command))}`,
      )
    })
  })

  storeCommand(roles, 'delete <name>', 'Deletes a role. Users keep its name, which gives them nothing.')
    .option('--open-scopes', 'also if no other role grants what it does: every user may have those scopes then')
    .action(async (name: string, options: DeleteOptions, command: Command) => {
      await withStore(command, async ({ administration }) => {
        await administration.deleteRole(name, options.openScopes === true ? 'open-unsafe' : 'keep-closed')
        createOutput(options.json === true).answer({ name, deleted: true }, [`deleted role ${name}`])
      })
    })
}

/** @throws {CommandError} for what is no AUDIENCE=scope,scope. */
function parseGrants(grants: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const scopes = new Map<string, readonly string[]>()
  for (const grant of grants) {
    // The last one: an audience may have others in its query.
    const at = grant.lastIndexOf('=')
    if (at < 1 || at === grant.length - 1) {
      throw new CommandError(
        `--grant ${grant} is no AUDIENCE=scope,scope: write --grant https://api.example=read,write`,
      )
    }
    const audience = grant.slice(0, at)
    scopes.set(audience, [...(scopes.get(audience) ?? []), ...grant.slice(at + 1).split(',')])
  }
  return Object.fromEntries(scopes)
}

interface JsonOption {
  readonly json?: true
}

interface CreateOptions extends JsonOption {
  readonly grant?: readonly string[]
}

interface DeleteOptions extends JsonOption {
  readonly openScopes?: true
}

function grantsOf({ scopes }: Role): readonly string[] {
  return Object.entries(scopes).map(([audience, granted]) => `${audience}=${granted.join(',')}`)
}

function toLine(role: Role): Row {
  return { name: role.name, grants: grantsOf(role), created: formatInstant(role.createdAt) }
}

function toRow({ name, scopes, createdAt }: Role): Row {
  return { name, scopes, created: formatInstant(createdAt) }
}
