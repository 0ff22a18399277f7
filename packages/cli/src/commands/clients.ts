/** `countersign clients`: create, list, revoke, delete. */

import { readFile } from 'node:fs/promises'
import type { Client, GrantType } from '@countersign/server'
import { Option } from 'commander'
import type { Command } from 'commander'
import { CommandError } from '../failure.ts'
import { nextCommand, shellWord } from '../next-command.ts'
import { createOutput, formatInstant, note } from '../output.ts'
import type { Row } from '../output.ts'
import { givenSettings, storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'

export function addClientsCommand(program: Command): void {
  const clients = program
    .command('clients')
    .description('Create, list, revoke and delete clients (the apps that ask for tokens).')

  storeCommand(clients, 'create <name>', 'Creates a client. Its secret is shown once and stored only as a hash.')
    .option('--id <id>', 'a client ID of your own choice; made at random otherwise')
    .option('--public', 'an app that cannot keep a secret (browser, phone, command line)')
    .option('--first-party', 'may collect passwords itself, at the authorization challenge endpoint')
    .addOption(new Option('--grant <types...>', 'grant types').choices(Object.keys(grantTypes)))
    .option('--scope <scopes...>', 'scopes that it may ask for')
    .option('--audience <uris...>', 'APIs that it may ask tokens for')
    .option('--resource-server <uris...>', 'APIs that it is: it may introspect the tokens for them')
    .option('--origin <origins...>', 'browser origins that it may call from')
    .option('--jwks <file>', 'its public keys, a JWK Set: it authenticates by private_key_jwt instead of a secret')
    .option(
      '--tls-subject <name>',
      'subject of its certificate, as RFC 4514 writes it: it authenticates by tls_client_auth',
    )
    .option('--certificate <files...>', 'its own certificates, in PEM: it authenticates by self_signed_tls_client_auth')
    .option('--dpop', 'gets tokens that are bound to its DPoP key, and no others')
    .addOption(new Option('--id-token-alg <alg>', 'signs its ID tokens').choices(['RS256', 'ES256']))
    .action(async (name: string, options: CreateOptions, command: Command) => {
      await withStore(command, async ({ administration, issuer }) => {
        const jwks = options.jwks === undefined ? undefined : await readText('--jwks', options.jwks)
        const files = options.certificate?.map((path) => readText('--certificate', path))
        const { client, secret, unknownScopes } = await administration.createClient({
          name,
          ...(options.id === undefined ? {} : { id: options.id }),
          public: options.public === true,
          firstParty: options.firstParty === true,
          ...(options.grant === undefined ? {} : { grants: options.grant.map((name) => grantTypes[name]) }),
          scopes: options.scope ?? [],
          audiences: options.audience ?? [],
          serves: options.resourceServer ?? [],
          origins: options.origin ?? [],
          ...(jwks === undefined ? {} : { jwks }),
          ...(options.tlsSubject === undefined ? {} : { tlsSubject: options.tlsSubject }),
          ...(files === undefined ? {} : { certificates: await Promise.all(files) }),
          dpopBound: options.dpop === true,
          ...(options.idTokenAlg === undefined ? {} : { idTokenAlg: options.idTokenAlg }),
        })
        createOutput(options.json === true).answer({ ...toRow(client), ...(secret === null ? {} : { secret }) }, [
          `created client ${client.name}`,
          `  client_id      ${client.id}`,
          ...(secret === null ? [] : [`  client_secret  ${secret}   (shown this once: keep it now)`]),
          ...firstSteps(client, issuer),
        ])
        if (unknownScopes.length > 0) {
          const apis = client.audiences.join(' or ')
          note(`countersign: the client gets no ${unknownScopes.join(' ')}: there is no such scope at ${apis}`)
        }
      })
    })

  storeCommand(clients, 'list', 'Lists the clients.').action(
    async (options: { readonly json?: true }, command: Command) => {
      await withStore(command, async ({ administration }) => {
        createOutput(options.json === true).list(
          (await administration.listClients()).map(toRow),
          ['id', 'name', 'authentication', 'firstParty', 'grants', 'scopes', 'audiences', 'serves'],
          `no clients yet: ${nextCommand('clients', 'create', 'NAME', ...givenSettings(command))}`,
        )
      })
    },
  )

  storeCommand(clients, 'revoke <id>', 'Revokes every token that a client holds; it may get new ones.').action(
    async (id: string, options: { readonly json?: true }, command: Command) => {
      await withStore(command, async ({ administration }) => {
        const revoked = await administration.revokeGrantsOfClient(id)
        createOutput(options.json === true).answer({ id, revoked }, [`revoked ${String(revoked)} grants of ${id}`])
      })
    },
  )

  storeCommand(clients, 'delete <id>', 'Deletes a client and revokes every token that it holds.').action(
    async (id: string, options: { readonly json?: true }, command: Command) => {
      await withStore(command, async ({ administration }) => {
        await administration.deleteClient(id)
        createOutput(options.json === true).answer({ id, deleted: true }, [`deleted client ${id}`])
      })
    },
  )
}

/** How a client that somebody can try out by hand gets its first token; none that needs a proof or a certificate. */
function firstSteps({ id, authentication, dpopBound, firstParty, grantTypes, audiences }: Client, issuer: string) {
  const [audience] = audiences
  if (firstParty && authentication === 'none') {
    const resource = audience === undefined ? [] : ['--resource', audience]
    return [`  next           ${nextCommand('login', '--issuer', issuer, '--client', id, ...resource)}`]
  }
  if (authentication !== 'client_secret' || dpopBound || !grantTypes.includes('client_credentials')) return []
  const resource = audience === undefined ? '' : ` --data-urlencode ${shellWord(`resource=${audience}`)}`
  // Without the secret, which curl asks for: it would stay in the shell's history, and all could see it.
  return [`  next           curl ${issuer}/oauth/token -u ${id} -d grant_type=client_credentials${resource}`]
}

async function readText(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    throw new CommandError(`${option} ${path} cannot be read (${reason}): give the path of a file`, { cause })
  }
}

/** As they are named here: the last one's own name is a URN. */
const grantTypes = {
  authorization_code: 'authorization_code',
  refresh_token: 'refresh_token',
  client_credentials: 'client_credentials',
  'token-exchange': 'urn:ietf:params:oauth:grant-type:token-exchange',
} as const satisfies Record<string, GrantType>

interface CreateOptions {
  readonly id?: string
  readonly public?: true
  readonly firstParty?: true
  readonly grant?: readonly (keyof typeof grantTypes)[]
  readonly scope?: readonly string[]
  readonly audience?: readonly string[]
  readonly resourceServer?: readonly string[]
  readonly origin?: readonly string[]
  readonly jwks?: string
  readonly tlsSubject?: string
  readonly certificate?: readonly string[]
  readonly dpop?: true
  readonly idTokenAlg?: 'RS256' | 'ES256'
  readonly json?: true
}

/** A client as people may see one: never the hash of its secret. */
function toRow(client: Client): Row {
  return {
    id: client.id,
    name: client.name,
    authentication: client.authentication,
    firstParty: client.firstParty,
    grants: client.grantTypes,
    scopes: client.scopes,
    audiences: client.audiences,
    serves: client.serves,
    origins: client.origins,
    tlsSubject: client.tlsSubject,
    certificateThumbprints: client.certificateThumbprints,
    dpopBound: client.dpopBound,
    idTokenAlg: client.idTokenAlg,
    created: formatInstant(client.createdAt),
  }
}
