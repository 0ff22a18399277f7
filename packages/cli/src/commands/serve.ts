/** `countersign serve`: runs the server until it is told to stop, and says what to try. */

import { createHash, randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { settingsTable } from '@countersign/server'
import type { Settings, Store } from '@countersign/server'
import type { Command } from 'commander'
import { nextCommand, shellWord } from '../next-command.ts'
import { note } from '../output.ts'
import { addSettingsOptions, readSettings } from '../settings-options.ts'
import { stopSignal, stopSignalOrOrphaned } from '../stop-signal.ts'

export function addServeCommand(program: Command): void {
  addSettingsOptions(
    program.command('serve').description('Runs the server. With --dev: on this machine, for trying things out.'),
    'all',
  ).action(async (_options: unknown, command: Command) => {
    const settings = readSettings(command)
    const { createServer } = await import('@countersign/server')
    const server = await createServer({ settings })
    // Before it says that it listens: whoever reads that may tell it to stop in the same moment.
    // For trying things out, the demo and the lab start servers, which shall not outlive them.
    const stopped = settings.dev ? stopSignalOrOrphaned() : stopSignal()
    if (settings.dev) note(warning(settings))
    process.stdout.write(`listening on ${server.url}\n`)
    if (settings.dev)
      process.stdout.write(`\n${whatToTry(server.issuer, await freeUsername(server.store), settings)}\n`)
    await stopped
    await server.close()
  })
}

function warning({ tlsCert, registration, masterKey }: Settings): string {
  const exceptions = [
    ...(tlsCert === undefined ? ['plain HTTP'] : []),
    ...(registration === 'open' ? ['open registration'] : []),
    ...(masterKey === undefined ? ['a generated master key'] : []),
  ]
  return `Warning: --dev is for trying things out${exceptions.length > 0 ? `: ${exceptions.join(', ')}` : ''}.`
}

/** At the second start, the first one's alice is there, and has another password. */
async function freeUsername({ users }: Store): Promise<string> {
  const isTaken = (await users.findByUsername('alice')) !== undefined
  return isTaken ? `alice-${randomBytes(3).toString('hex')}` : 'alice'
}

/** Three lines that work when pasted into a shell, in this order. */
function whatToTry(issuer: string, username: string, { dataFolder, port, tlsCert }: Settings): string {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const password = `try-${randomBytes(6).toString('base64url')}`
  const command = nextCommand()
  const data = dataFolder === settingsTable.dataFolder.default ? '' : ` --data ${JSON.stringify(dataFolder)}`
  const sameServer = `--dev${port === settingsTable.port.default ? '' : ` --issuer ${issuer}`}${data}`
  // curl knows no authority for it, where somebody made it for trying things out.
  const curl = tlsCert === undefined ? 'curl -sS' : `curl -sS --cacert ${shellWord(resolve(tlsCert))}`
  const pick = (member: string): string => `sed 's/.*"${member}":"\\([^"]*\\)".*/\\1/'`
  return `Try it, in another terminal:

  # 1. register
  ${curl} -w '\\n' ${issuer}/api/users -H 'content-type: application/json' -d '{"username":"${username}","password":"${password}"}'

  # 2. sign in: a password buys a single-use code, the code buys tokens
  TOKEN=$(${curl} ${issuer}/oauth/token -d client_id=countersign-cli -d grant_type=authorization_code -d code_verifier=${verifier} -d code=$(${curl} ${issuer}/oauth/authorize-challenge -d client_id=countersign-cli -d response_type=code -d 'scope=openid profile' -d code_challenge_method=S256 -d code_challenge=${challenge} -d username=${username} -d 'password=${password}' | ${pick('authorization_code')}) | ${pick('access_token')}); echo $TOKEN

  # 3. userinfo: a call with the token
  ${curl} -w '\\n' ${issuer}/oauth/userinfo -H "Authorization: Bearer $TOKEN"

Then: ${command} token verify "$TOKEN" ${sameServer} · ${command} audit tail ${sameServer} · ${command} demo
Stop with Ctrl+C.`
}
