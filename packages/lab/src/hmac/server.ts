/**
 * The server of `hmac`: a password buys a token that carries its own proof, so that the server keeps no list of tokens.
 *
 * The token itself is the tokens package's; how lines are read is `line-server.ts`'s concern.
 */

import { secretKey, signHmacToken } from '@countersign/tokens'

import { demoUsers, hashPassword } from '../passwords.ts'
import type { RunningServer, ServerOptions } from '../running-server.ts'
import { readTextSecret } from '../secrets.ts'
import { startLineServer } from '../wire/line-server.ts'
import { MessageRefusal, echoName } from '../wire/message-refusal.ts'
import { hmacChecks } from './checks.ts'
import type { Fields, HmacChecks } from './checks.ts'

export async function startHmacServer(options: ServerOptions, checks: HmacChecks = hmacChecks): Promise<RunningServer> {
  const { now = () => Date.now() / 1000 } = options
  const key = secretKey('HS256', readTextSecret('LAB_HMAC_SECRET', options).bytes)
  const throttle = checks.throttle({ now })
  const passwordHashes = new Map<string, string>()
  for (const [name, password] of Object.entries(demoUsers)) passwordHashes.set(name, await hashPassword(password))

  async function logIn({ username = '', password = '' }: Fields, address: string): Promise<string> {
    const verify = (): Promise<boolean> => checks.password(passwordHashes.get(username), password)
    const verdict = await throttle.guess(username, address, verify)
    if (verdict.status === 'throttled') throw new MessageRefusal('Too many attempts. Try again later')
    if (verdict.status === 'wrong') throw new MessageRefusal('Invalid username or password')
    return `🔑 Login successful. Your token: ${signHmacToken(username, now(), key)}`
  }

  function act(fields: Fields): string {
    const name = checks.token(fields, key)
    const { action = '', amount = '' } = fields
    if (action !== 'transfer') throw new MessageRefusal(`Unknown action '${echoName(action)}'`)
    if (!/^[1-9][0-9]{0,14}$/.test(amount)) throw new MessageRefusal('Invalid amount')
    return `✅ Verified token for '${name}'. Action '${action}' with amount $${amount} accepted.`
  }

  const connect = (address: string) => (message: string) => {
    const fields = checks.fields(message)
    return fields['action'] === 'init' ? logIn(fields, address) : act(fields)
  }
  return startLineServer(connect, options, { mostBytes: checks.mostBytes })
}
