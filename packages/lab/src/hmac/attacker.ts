/**
 * The attacker of `hmac`. It has a recording of alice's session and may send what it likes; as `bob` it may log in
 * itself. Getting in means that the server accepts a transfer in alice's name.
 */

import { createHmac, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { blocked, succeeded } from '../attacks/attack.ts'
import type { Attack, AttackName, Finding, Target } from '../attacks/attack.ts'
import { commonSecrets } from '../attacks/common-secrets.ts'
import { guessPassword } from '../attacks/guess-password.ts'
import { createSteppedClock, tellNamesApart } from '../attacks/names-apart.ts'
import { openLineClient } from '../wire/line-client.ts'
import type { LineClient } from '../wire/line-client.ts'

const passwords = { alice: '123456', bob: 'qwerty' }

/** A session of somebody's as the wire carried it. */
interface Recording {
  readonly token: string
  readonly transfer: string
}

async function record(target: Target, name: 'alice' | 'bob' = 'alice'): Promise<Recording> {
  const client = await openLineClient(target.url, { from: name, report: target.report })
  const login = await client.send(`action=init&username=${name}&password=${passwords[name]}`, 'log in')
  const token = login.split(' ').at(-1) ?? ''
  const transfer = transferWith(token)
  await client.send(transfer, 'transfer')
  client.close()
  return { token, transfer }
}

function transferWith(token: string, amount = '100'): string {
  return `token=${encodeURIComponent(token)}&action=transfer&amount=${amount}`
}

/** Works as the attacker over one connection. */
async function asAttacker<T>({ url, report }: Target, work: (client: LineClient) => Promise<T>): Promise<T> {
  const client = await openLineClient(url, { from: 'attacker', report })
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

function isIn(answer: string): boolean {
  return answer.startsWith("✅ Verified token for 'alice'.")
}

/** One that got in is enough. */
function judge(answers: readonly string[], gotIn: (answer: string) => boolean = isIn): Finding {
  const found = answers.find(gotIn)
  if (found !== undefined) return succeeded(found)
  const last = answers.at(-1) ?? ''
  return blocked(`${answers.length === 1 ? '' : `${answers.length} times: `}${last === '' ? 'closed' : last}`)
}

function sendAll(target: Target, messages: readonly string[], gotIn?: (answer: string) => boolean): Promise<Finding> {
  return asAttacker(target, async (client) => {
    const answers: string[] = []
    for (const message of messages) answers.push(await client.send(message))
    return judge(answers, gotIn)
  })
}

/** Uses alice's recorded token once, as whoever has it can. */
const useRecordedToken: Attack = async (target) => {
  const { token } = await record(target)
  return sendAll(target, [transferWith(token, '999')])
}

const noHeader = 'The token has no header that could name an algorithm or a key.'
const noEnvelope = 'Messages have no envelope.'

export const hmacAttacks: Readonly<Record<AttackName, Attack | string>> = {
  'no-token': async (target) => {
    await record(target)
    const names = ['', '&username=alice', '&user=alice', '&token=']
    return sendAll(
      target,
      names.map((extra) => `action=transfer&amount=100${extra}`),
      isAccepted,
    )
  },

  'forged-token': async (target) => {
    await record(target)
    const seconds = Math.floor(Date.now() / 1000)
    const unkeyed = createHmac('sha256', '').update(`alice.${seconds}`).digest('hex')
    const macs = [randomBytes(32).toString('hex'), '0'.repeat(64), unkeyed, 'fakehmacsignature']
    return sendAll(
      target,
      macs.map((mac) => transferWith(`alice.${seconds}.${mac}`)),
    )
  },

  'tampered-token': async (target) => {
    const { token } = await record(target)
    const changed = Array.from(
      token,
      (each, at) => token.slice(0, at) + (each === '1' ? '2' : '1') + token.slice(at + 1),
    )
    const [name = '', seconds = '', mac = ''] = token.split('.')
    const made = [`admin.${seconds}.${mac}`, `${name}.${Number(seconds) + 3600}.${mac}`, `${name}.${seconds}.${mac}0`]
    return sendAll(
      target,
      [...changed, ...made].map((each) => transferWith(each)),
      isAccepted,
    )
  },

  'alg-none': noHeader,
  'key-confusion': noHeader,

  'weak-secret-guess': async (target) => {
    const { token } = await record(target)
    const macAt = token.lastIndexOf('.')
    const [signed, mac] = [token.slice(0, macAt), token.slice(macAt + 1)]
    const secret = commonSecrets.find((each) => createHmac('sha256', each).update(signed).digest('hex') === mac)
    if (secret === undefined) return blocked(`none of ${commonSecrets.length} common secrets makes the recorded token`)
    const seconds = Math.floor(Date.now() / 1000)
    const forged = createHmac('sha256', secret).update(`alice.${seconds}`).digest('hex')
    return sendAll(target, [transferWith(`alice.${seconds}.${forged}`)])
  },

  'mac-stripping': async (target) => {
    const { token } = await record(target)
    const [name = '', seconds = ''] = token.split('.')
    const stripped = [`${name}.${seconds}`, `${name}.${seconds}.`, `${name}..`, name, `${name}.${seconds}.none`]
    return sendAll(
      target,
      stripped.map((each) => transferWith(each)),
    )
  },

  'expired-token': async (target) => {
    const { url } = await target.start({ tokenTtlSeconds: 1 })
    const aged = { ...target, url }
    const { token } = await record(aged)
    await delay(1500)
    return sendAll(aged, [transferWith(token)])
  },

  'replayed-token': useRecordedToken,
  'stale-token': 'The server keeps no list of tokens: none is older than it should be.',
  'stolen-token': useRecordedToken,

  'token-of-other-user': async (target) => {
    await record(target)
    const { token } = await record(target, 'bob')
    const asAlice = token.replace('bob', 'alice')
    const messages = [`${transferWith(token)}&username=alice`, `${transferWith(token)}&user=alice`]
    return sendAll(target, [...messages, transferWith(asAlice), transferWith(`alice.${token}`)])
  },

  'token-in-query': 'A line of TCP has no URL.',

  eavesdrop: async (target) => {
    const { transfer } = await record(target)
    const read = new URLSearchParams(transfer)
    const token = read.get('token')
    if (token === null) return blocked('nothing in the recording can be read')
    return succeeded(`read in the recording: token=${token} amount=${read.get('amount') ?? ''}`)
  },

  'replayed-message': async (target) => {
    const { transfer } = await record(target)
    return sendAll(target, [transfer])
  },

  'tampered-message': async (target) => {
    const { transfer } = await record(target)
    return sendAll(target, [transfer.replace('amount=100', 'amount=100000')], (answer) => answer.includes('$100000 '))
  },

  'reordered-message': 'Messages do not depend on one another: any order is right.',
  'bit-flip': noEnvelope,
  'padding-oracle': noEnvelope,
  'nonce-reuse': 'Messages have no nonce.',

  'session-hijack': async (target) => {
    const alice = await openLineClient(target.url, { from: 'alice', report: target.report })
    const token = (await alice.send('action=init&username=alice&password=123456', 'log in')).split(' ').at(-1) ?? ''
    const finding = await sendAll(target, [transferWith(token, '999')])
    const goesOn = await alice.send(transferWith(token), 'transfer')
    alice.close()
    return isIn(goesOn) ? finding : blocked("alice's session ended at once")
  },

  race: async (target) => {
    const { transfer } = await record(target)
    const once = (): Promise<string> => asAttacker(target, (client) => client.send(transfer))
    const answers = await Promise.all(Array.from({ length: 100 }, once))
    const count = answers.filter(isIn).length
    const evidence = `${count} of 100 at once got in`
    return count > 1 ? succeeded(evidence) : blocked(evidence)
  },

  'password-guess': async (target) => {
    const { url } = await target.start({})
    return asAttacker({ ...target, url }, (client) =>
      guessPassword(async (password) => {
        const answer = await client.send(`action=init&username=alice&password=${password}`)
        return { isIn: answer.startsWith('🔑'), answer }
      }),
    )
  },

  'user-enumeration': async (target) => {
    const { now, waitAMinute } = createSteppedClock()
    const { url } = await target.start({ now })
    return asAttacker({ ...target, url }, (client) =>
      tellNamesApart({
        known: 'alice',
        unknown: 'alina',
        ask: (name) => client.send(`action=init&username=${name}&password=wrong`),
        waitAMinute,
      }),
    )
  },

  'duplicate-field': async (target) => {
    await record(target)
    const { token } = await record(target, 'bob')
    const messages = [
      `${transferWith(token, '1')}&amount=999`,
      `${transferWith(token)}&a%6dount=999`,
      `${transferWith(token)}&action=transfer`,
      `token=x&${transferWith(token)}`,
      `${transferWith(token)}&token=`,
    ]
    return sendAll(target, messages, isAccepted)
  },

  'oversized-message': async (target) => {
    const { transfer } = await record(target)
    const padded = `${transfer}&padding=${'x'.repeat(1024 * 1024)}`
    return asAttacker(target, async (client) => {
      const answer = await client.send(padded)
      const goesOn = [await client.send(transfer), await asAttacker(target, (other) => other.send(transfer))]
      return goesOn.every(isIn) ? judge([answer]) : succeeded('the server does not go on')
    })
  },
}

function isAccepted(answer: string): boolean {
  return answer.startsWith('✅')
}
